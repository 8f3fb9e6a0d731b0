// netfmt: makes text of traces (reference section 6).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "backends/nettl/emulator_facts.h"

namespace anchoko::nettl::emulated {

struct FormatOptions {
  bool summary = false, parse_only = false, follow = false, debug = false;
  bool no_inverse = false, numeric = false, decoded = false, terse = false;
  bool link_addresses = false, times = false, kernel = false;
  std::optional<std::string> filter_file, file;
  std::optional<std::uint32_t> last;
};
// Errors: usage.
Result<FormatOptions> parse_netfmt(const lab::EmulatedHost& host, const Edition& edition,
                                   std::span<const std::string> words);

struct FormatStreams {
  bool input_is_terminal = false;
  // More of standard input; empty: no more.
  std::function<std::string()> read_input;
  std::function<void(const std::string&)> print, complain;
  std::function<bool()> stopped;  // by a signal
};
int run_netfmt(const lab::EmulatedHost& host, std::span<const std::string> words,
               const FormatStreams& streams);

int run_nettlconf(const lab::EmulatedHost& host, std::span<const std::string> words, std::string& out,
                  std::string& err);

}  // namespace anchoko::nettl::emulated
