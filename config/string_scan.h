// Where each byte of a TOML string value was written.
#pragma once

#include <string>
#include <vector>

#include "config/profile.h"

namespace anchoko::config {

struct ScannedString {
  std::string text;            // decoded
  std::vector<TextRun> runs;   // in order of offset
  std::uint32_t end_line = 0;  // place behind the closing quote
  std::uint32_t end_column = 0;
  bool complete = false;  // false: no string there, or it does not end
};

// `lines` are the source lines from the one that holds the opening quote on; `line` is the number of the
// first of them and `column` the 1-based byte of that quote. All four kinds of TOML strings.
ScannedString scan_string(const std::vector<std::string>& lines, std::uint32_t line, std::uint32_t column);

}  // namespace anchoko::config
