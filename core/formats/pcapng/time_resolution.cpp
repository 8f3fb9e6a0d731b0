#include "core/formats/pcapng/time_resolution.h"

#include <algorithm>
#include <limits>

namespace anchoko::formats::pcapng {
namespace {

__extension__ using Wide = unsigned __int128;
__extension__ using SignedWide = __int128;
constexpr Wide max_ns = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t second = 1'000'000'000;

std::uint64_t power_of_ten(unsigned exponent) {
  std::uint64_t result = 1;
  for (unsigned i = 0; i < exponent; ++i) result *= 10;
  return result;
}

}  // namespace

TimeResolution::TimeResolution(std::uint8_t resolution, std::int64_t offset_seconds)
    : binary_((resolution & 0x80) != 0),
      exponent_(static_cast<std::uint8_t>(resolution & 0x7f)),
      factor_(power_of_ten(exponent_ <= 9 ? 9u - exponent_ : 0u)),
      offset_seconds_(offset_seconds) {}

std::uint8_t TimeResolution::digits() const {
  return binary_ ? std::uint8_t{9} : std::min<std::uint8_t>(exponent_, 9);
}

Time TimeResolution::without_offset(std::uint64_t units) const {
  Wide ns = 0;
  bool rounded = false;
  if (binary_) {
    // units * 1e9 needs fewer than 94 bits.
    const Wide scaled = Wide{units} * second;
    ns = scaled >> exponent_;
    rounded = (ns << exponent_) != scaled;
  } else if (exponent_ <= 9) {
    ns = Wide{units} * factor_;
  } else if (exponent_ - 9u > 19u) {  // a unit count cannot reach one nanosecond
    rounded = units != 0;
  } else {
    const std::uint64_t divisor = power_of_ten(exponent_ - 9u);
    ns = units / divisor;
    rounded = units % divisor != 0;
  }
  if (ns > max_ns) return {0, false, false};
  return {static_cast<std::int64_t>(ns), true, rounded};
}

Time TimeResolution::to_ns(std::uint64_t units) const {
  Time time = without_offset(units);
  if (offset_seconds_ == 0) return time;
  // The offset may bring back into range what is out of it alone, but such a file is nonsense anyway.
  if (!time.sound) return time;
  const SignedWide moved = SignedWide{time.ns} + SignedWide{offset_seconds_} * SignedWide{second};
  if (moved < 0 || moved > static_cast<SignedWide>(max_ns)) return {0, false, false};
  time.ns = static_cast<std::int64_t>(moved);
  return time;
}

}  // namespace anchoko::formats::pcapng
