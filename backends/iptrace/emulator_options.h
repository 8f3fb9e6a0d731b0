// The command line of iptrace, release by release.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/iptrace/emulator_names.h"
#include "core/base/result.h"

namespace anchoko::iptrace::emulated {

// getopt as AIX has it: clusters, attached and separate values, "--" ends, the first operand ends.
struct Words {
  std::vector<std::pair<char, std::string>> options;  // in order; no value: empty
  std::vector<std::string> operands;
};
// `letters` as getopt takes them: "ab:c". The error's message is what the tool prints, without its name.
Result<Words> split_words(std::span<const std::string> words, std::string_view letters);

struct Options {
  bool no_arp = false, both_ways = false, promiscuous = false, unload = false;
  bool bpf = false, tcpdump_file = false;
  std::optional<std::uint64_t> log_size;
  std::optional<std::uint32_t> snap;
  std::vector<Address> sources, destinations;
  std::vector<std::uint16_t> ports;
  std::vector<std::uint8_t> protocols;
  std::vector<std::size_t> interfaces;  // into those of the host; empty: all of them
  std::string file;
};

std::string usage(const lab::EmulatedHost& host);  // the synopsis of its release
// The error's message is what the tool writes to its standard error, with line ends between.
Result<Options> parse_options(const lab::EmulatedHost& host, std::span<const std::string> words);

}  // namespace anchoko::iptrace::emulated
