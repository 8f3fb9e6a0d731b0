// Time stamps of pcapng: a count of units since 1970, the unit a power of ten or of two.
#pragma once

#include <cstdint>

namespace anchoko::formats::pcapng {

struct Time {
  std::int64_t ns = 0;
  bool sound = true;     // false: before 1970 or beyond what 64 bits of nanoseconds hold (the year 2262)
  bool rounded = false;  // a part finer than a nanosecond was dropped
};

class TimeResolution {
 public:
  TimeResolution() = default;
  // As in the if_tsresol and if_tsoffset options: the top bit of `resolution` set means a power of two;
  // seconds.
  TimeResolution(std::uint8_t resolution, std::int64_t offset_seconds);

  Time to_ns(std::uint64_t units) const;
  // Decimal digits of a second that hold every time stamp, at most 9.
  std::uint8_t digits() const;

 private:
  Time without_offset(std::uint64_t units) const;

  bool binary_ = false;
  std::uint8_t exponent_ = 6;
  std::uint64_t factor_ = 1000;  // decimal, up to 9 digits: nanoseconds per unit
  std::int64_t offset_seconds_ = 0;
};

}  // namespace anchoko::formats::pcapng
