#include "backends/tcpdump/tool_version.h"

#include <string_view>

namespace anchoko::tcpdump {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Reads at most four digits; -1 when there is none.
int read_number(std::string_view text, std::size_t& at) {
  if (at >= text.size() || !is_digit(text[at])) return -1;
  int value = 0;
  for (int digits = 0; at < text.size() && is_digit(text[at]); ++at, ++digits) {
    if (digits == 4) return -1;
    value = value * 10 + (text[at] - '0');
  }
  return value;
}

// The version-like text at `at`: digits, dots, letters of a suffix.
std::string version_word(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && end - at < 40 && static_cast<unsigned char>(text[end]) > 0x20 &&
         text[end] != ',')
    ++end;
  return std::string(text.substr(at, end - at));
}

std::string after(std::string_view text, std::string_view label) {
  for (std::size_t at = text.find(label); at != std::string_view::npos; at = text.find(label, at + 1)) {
    const std::size_t value = at + label.size();
    if (value < text.size() && is_digit(text[value])) return version_word(text, value);
  }
  return {};
}

}  // namespace

ToolVersion parse_version(const std::string& text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_digit(text[at])) continue;
    ToolVersion version;
    version.major = read_number(text, at);
    if (version.major <= 0 || at >= text.size() || text[at] != '.') return {};
    ++at;
    version.minor = read_number(text, at);
    if (version.minor < 0) return {};
    if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
      ++at;
      version.patch = read_number(text, at);
      if (version.patch < 0) version.patch = 0;
    }
    return version;
  }
  return {};
}

VersionText read_version(const std::string& text) {
  VersionText result;
  result.tool = after(text, "tcpdump version ");
  const std::string library = after(text, "libpcap version ");
  if (!library.empty()) result.library = "libpcap " + library;
  return result;
}

ToolOptions tool_options(const ToolVersion& tool, const ToolVersion& library) {
  const ToolVersion version = tool.known() ? tool : ToolVersion{4, 0, 0};
  ToolOptions options;
  options.flush_each_packet = version >= ToolVersion{3, 8, 0};
  options.stay_user = version >= ToolVersion{3, 9, 0};
  options.buffer_size = version >= ToolVersion{4, 0, 0};
  options.immediate_mode = version >= ToolVersion{4, 7, 0};
  if (version >= ToolVersion{4, 6, 0}) {
    options.direction = "-Q";
  } else if (version >= ToolVersion{4, 5, 0}) {
    options.direction = "-P";
  }
  options.any_is_sll2 = version >= ToolVersion{4, 99, 0} && library >= ToolVersion{1, 10, 0};
  return options;
}

}  // namespace anchoko::tcpdump
