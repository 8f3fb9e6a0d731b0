// What did not make it into the output, and why. Nothing is lost without standing here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/formats/record_reader.h"
#include "core/packet/link_type.h"

namespace anchoko::convert {

struct LossReport {
  std::uint64_t damage_count = 0;
  std::vector<std::string> damage;  // "FILE: byte 1234: …", the first 100
  std::uint64_t lost_bytes = 0;
  std::uint64_t skipped_blocks = 0;
  std::uint64_t shortened = 0;  // records cut to the asked snap length
  std::map<std::string, std::uint64_t>
      unfiltered;  // link type name -> records kept although they could not be judged
  // Damage or unfiltered records: exit status 3.
  bool partial() const { return damage_count > 0 || !unfiltered.empty(); }
};

}  // namespace anchoko::convert
