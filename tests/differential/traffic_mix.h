// The traffic of a made-up server room, for figures that should mean something: the same on every machine.
#pragma once

#include <string>
#include <vector>

#include "tests/tools/frames.h"

namespace anchoko::differential {

// Frames of one kind.
struct TrafficKind {
  const char* what;  // for people
  unsigned count;    // frames
  unsigned size;     // bytes of payload, at the most
  testing::Octets (*make)(testing::Random& random, unsigned payload);
};
const std::vector<TrafficKind>& traffic_kinds();

// One in so many frames comes with a tag of VLAN 5 or 100.
inline constexpr unsigned tagged_one_in = 20;

// All of them, on Ethernet, in no order. `tags_stripped`: the same as tools see them from whom tags are
// taken.
std::vector<testing::Octets> traffic_mix(bool tags_stripped);

}  // namespace anchoko::differential
