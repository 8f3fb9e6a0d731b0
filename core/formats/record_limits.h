// What a record may claim before it is taken for damage.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/packet/link_type.h"

namespace anchoko::formats {

// Largest captured length that libpcap and Wireshark accept for a link type; a larger one is damage for them
// and for us.
inline std::uint32_t max_captured_length(LinkType type) {
  switch (static_cast<std::uint16_t>(type)) {
    case 231:  // D-Bus
    case 249:  // USBPcap
      return 128u * 1024 * 1024;
    case 279:  // EBHSCR
      return 8u * 1024 * 1024;
    default:
      return 262144;
  }
}

constexpr std::size_t max_damage_details = 100;

}  // namespace anchoko::formats
