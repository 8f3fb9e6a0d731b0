// Something that a look at a machine found out: well, worth knowing, or in the way of a capture.
#pragma once

#include <string>

namespace anchoko {

enum class FindingLevel {
  good,
  warning,  // a capture can run, and may come out otherwise than expected
  missing,  // no capture can run before this is mended
};

struct Finding {
  std::string id;  // "tool", "rights", "spool"…: stable
  FindingLevel level = FindingLevel::good;
  std::string text_en;  // one sentence
  std::string text_ja;
  std::string command;  // what mends it, to be typed as it stands; empty: nothing to type
};

}  // namespace anchoko
