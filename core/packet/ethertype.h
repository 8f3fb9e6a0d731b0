// Ethertypes, as in IANA's IEEE 802 numbers.
#pragma once

#include <cstdint>

namespace anchoko {

inline constexpr std::uint32_t ethertype_ip = 0x0800;
inline constexpr std::uint32_t ethertype_arp = 0x0806;
inline constexpr std::uint32_t ethertype_rarp = 0x8035;
inline constexpr std::uint32_t ethertype_ip6 = 0x86dd;

}  // namespace anchoko
