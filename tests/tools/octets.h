// Putting numbers into bytes, most significant first; shared by the makers of packets.
#pragma once

#include <cstdint>
#include <string_view>

#include "tests/tools/frames.h"

namespace anchoko::testing {

inline void put8(Octets& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value));
}
inline void put16(Octets& out, unsigned value) {
  put8(out, (value >> 8) & 0xff);
  put8(out, value & 0xff);
}
inline void put32(Octets& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}
inline void append(Octets& out, const Octets& more) {
  out.insert(out.end(), more.begin(), more.end());
}
inline Octets text_octets(std::string_view text) {
  return Octets(text.begin(), text.end());
}

}  // namespace anchoko::testing
