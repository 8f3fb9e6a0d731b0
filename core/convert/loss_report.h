// What did not make it into the output, and why. Nothing is lost without standing here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/formats/record_reader.h"
#include "core/packet/link_type.h"

namespace anchoko::convert {

struct LossReport {
  std::uint64_t damage_count = 0;
  std::vector<std::string> damage;  // "FILE: byte 1234: …", the first 100
  std::uint64_t lost_bytes = 0;
  std::uint64_t skipped_blocks = 0;
  std::uint64_t skipped_options = 0;  // options of the inputs that could not be carried over
  std::uint64_t rounded_times = 0;    // records whose time was finer than a nanosecond: rounded down
  std::uint64_t untimed = 0;       // records written with time 0 and a comment, because the input gave none
  std::uint64_t shortened = 0;     // records cut to the asked snap length
  std::uint64_t out_of_order = 0;  // records of a pipe that came too late to be put in order
  std::map<std::string, std::uint64_t>
      unfiltered;  // link type name -> records kept although they could not be judged
  // Damage, unfiltered records, records out of order: exit status 3.
  bool partial() const { return damage_count > 0 || !unfiltered.empty() || out_of_order > 0; }
};

// Adds what a reader of `file` reports at its end.
void add_report(LossReport& loss, const std::string& file, const formats::ReadReport& report);

Json to_json(const LossReport& loss);

}  // namespace anchoko::convert
