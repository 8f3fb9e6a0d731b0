// How the manual of iptrace can be read: the open facts of the emulated one, and what the dialect assumes.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tests/differential/cases.h"

namespace anchoko::differential {

// An open fact of the emulator, its readings, and what the dialect's fact of that name makes of it.
struct IptraceFact {
  const char* name;
  std::vector<const char*> readings;
  const char* assumption = nullptr;
  std::vector<const char*> assumed = {};  // the readings that are left
};
const std::vector<IptraceFact>& iptrace_facts();

// Whole frames without a tag (the dialect takes it as given that tags are gone), whose IP header is there and
// is none of less than 20 bytes, which libpcap looks behind and a host drops.
Cases iptrace_frames();

// One reading for each fact: as `choose` says among those that are left.
template <typename Choose>
std::string readings_with(const std::vector<std::string>& assume, const Choose& choose) {
  std::string lines;
  for (const IptraceFact& fact : iptrace_facts()) {
    const bool assumed =
        fact.assumption && std::find(assume.begin(), assume.end(), fact.assumption) != assume.end();
    const auto& left = assumed ? fact.assumed : fact.readings;
    lines += std::string("fact ") + fact.name + " " + left[choose(fact, left.size())] + "\n";
  }
  return lines;
}

// None, all, and each alone.
std::vector<std::vector<std::string>> iptrace_assumptions();

}  // namespace anchoko::differential
