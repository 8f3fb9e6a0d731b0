// Which tcpdump it is, and what that release can do. Source: option strings of the upstream tags 3.5
// to 4.99.6.
#pragma once

#include <compare>
#include <string>

namespace anchoko::tcpdump {

struct ToolVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const ToolVersion&) const = default;
  bool known() const { return major > 0; }
};

// The first "N.N[.N]" of "4.99.3" or "4.9.3 -- Apple version 121"; unknown when there is none.
ToolVersion parse_version(const std::string& text);

// What --version prints (to stdout, in older releases to stderr, in the oldest with the usage).
struct VersionText {
  std::string tool;     // "4.99.3"; empty: not found
  std::string library;  // "libpcap 1.10.3"
};
VersionText read_version(const std::string& text);

struct ToolOptions {
  bool flush_each_packet = false;  // -U, since 3.8
  bool stay_user = false;          // -Z USER, since 3.9
  bool buffer_size = false;        // -B KiB, since 4.0
  bool immediate_mode = false;     // --immediate-mode, since 4.7
  std::string direction;           // "-Q" since 4.6, "-P" in 4.5; empty: no such option
  bool any_is_sll2 = false;        // `-i any` writes LINUX_SLL2: 4.99 with libpcap 1.10
};
// An unknown version counts as 4.0.
ToolOptions tool_options(const ToolVersion& tool, const ToolVersion& library);

}  // namespace anchoko::tcpdump
