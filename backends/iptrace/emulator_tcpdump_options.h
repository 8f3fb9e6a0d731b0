// The command line of AIX's tcpdump, an old fork.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/iptrace/emulator_options.h"

namespace anchoko::iptrace::emulated {

struct TcpdumpOptions {
  std::size_t interface = 0;
  std::uint32_t snap = 0;  // 0: whole packets
  std::optional<std::uint64_t> count;
  std::string write, read;          // files; empty: none
  std::uint64_t file_size = 0;      // -C in bytes; 0: none
  std::int64_t rotate_seconds = 0;  // -G; 0: none
  std::string after_rotation;       // -z
  bool unbuffered = false, not_promiscuous = false, lists_interfaces = false, lists_links = false;
  std::vector<std::string> printing;  // -e -v …, for text
  std::string expression;
};

// The error's message is what the tool writes to its standard error, with line ends between.
Result<TcpdumpOptions> parse_tcpdump(const lab::EmulatedHost& host, std::span<const std::string> words);

}  // namespace anchoko::iptrace::emulated
