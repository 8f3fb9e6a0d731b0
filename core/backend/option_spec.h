// One option of a native tool.
#pragma once

#include <string>
#include <vector>

#include "core/model/crib.h"

namespace anchoko {

struct OptionSpec {
  std::string id;         // "-i", or "--count" where there is no letter: the crib's name for it
  char letter = 0;        // 'i'; 0: none
  std::string long_name;  // "interface"; empty: none
  std::string argument;   // what its value is: "INTERFACE"; empty: it takes none
  std::string since;      // first release that has it; empty: it has always been there
  std::vector<CribElsewhere> elsewhere;
};

}  // namespace anchoko
