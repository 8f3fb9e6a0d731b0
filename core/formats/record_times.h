// The times of a file's records, by which a record behind damage is told from other bytes.
#pragma once

#include <cstdint>

namespace anchoko::formats {

class RecordTimes {
 public:
  void note(std::uint32_t seconds) {
    if (!any_) first_ = seconds;
    any_ = true;
    last_ = seconds;
  }

  // Near those of the records so far. The last one may itself be damaged, or that of bytes that were taken
  // for a record: near the first one will do.
  bool plausible(std::uint32_t seconds) const {
    if (!any_) return seconds != 0;
    return near(seconds, last_) || near(seconds, first_);
  }

 private:
  static bool near(std::uint32_t left, std::uint32_t right) {
    constexpr std::int64_t farthest = std::int64_t{366} * 24 * 3600;
    const std::int64_t gap = std::int64_t{left} - std::int64_t{right};
    return gap <= farthest && gap >= -farthest;
  }

  bool any_ = false;
  std::uint32_t first_ = 0;
  std::uint32_t last_ = 0;
};

}  // namespace anchoko::formats
