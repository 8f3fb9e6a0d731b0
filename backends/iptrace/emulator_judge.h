// Which frames a tcpdump expression takes, and how tcpdump prints them: this machine's own tcpdump says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace anchoko::iptrace::emulated {

struct JudgedFrame {
  std::int64_t time = 0;  // ns
  std::uint32_t original = 0;
  std::vector<std::byte> bytes;
};

constexpr std::uint32_t link_ethernet = 1, link_raw = 101;  // of pcap

// The expression is wrong or can never be true. Error: usage, with tcpdump's own words after its name.
Result<void> check_expression(const std::string& expression, std::uint32_t link);
// For each frame whether it passes. Error: unavailable, there is no tcpdump here.
Result<std::vector<bool>> judge_frames(const std::string& expression, std::uint32_t link,
                                       const std::vector<JudgedFrame>& frames);
// The text of them all, with these options of tcpdump.
Result<std::string> print_frames(const std::vector<std::string>& options, std::uint32_t link,
                                 const std::vector<JudgedFrame>& frames);

}  // namespace anchoko::iptrace::emulated
