// Damage of a trace file, as its reader reports it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "core/formats/record_limits.h"
#include "core/formats/record_reader.h"

namespace anchoko::formats::etl {

class DamageLog {
 public:
  DamageLog(ReadReport& report, std::uint64_t file_size) : report_(report), file_size_(file_size) {}

  // `lost`: bytes of the file. Never more than it has, also where damage overlaps.
  void note(std::uint64_t offset, std::string what, std::uint64_t lost) {
    ++report_.damage_count;
    report_.lost_bytes = std::min(report_.lost_bytes + lost, file_size_);
    if (report_.damage.size() < max_damage_details) report_.damage.push_back({offset, std::move(what), {}});
  }
  std::uint64_t count() const { return report_.damage_count; }

 private:
  ReadReport& report_;
  std::uint64_t file_size_;
};

}  // namespace anchoko::formats::etl
