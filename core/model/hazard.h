// A known danger of a native tool, to be accepted before it runs.
#pragma once

#include <string>

namespace anchoko {

enum class HazardSeverity { low, high };  // high ones need --accept ID

struct Hazard {
  std::string id;  // "nic-link-flap"
  HazardSeverity severity = HazardSeverity::low;
  std::string text_en;
  std::string text_ja;
  std::string source;
  std::string when;  // when it applies, in words; empty: always
};

}  // namespace anchoko
