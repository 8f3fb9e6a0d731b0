// Damage of a trace file, as its reader reports it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "core/formats/record_limits.h"
#include "core/formats/record_reader.h"

namespace anchoko::formats::etl {

class DamageLog {
 public:
  explicit DamageLog(ReadReport& report) : report_(report) {}

  // `lost`: bytes of the file. What is said of bytes that were lost before must not count them again.
  void note(std::uint64_t offset, std::string what, std::uint64_t lost) {
    ++report_.damage_count;
    report_.lost_bytes += lost;
    if (report_.damage.size() < max_damage_details) report_.damage.push_back({offset, std::move(what), {}});
  }
  std::uint64_t count() const { return report_.damage_count; }

 private:
  ReadReport& report_;
};

}  // namespace anchoko::formats::etl
