// As much of a packet as the layers of HP-UX look at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace anchoko::nettl::emulated {

using Bytes = std::span<const std::byte>;

struct Packet {
  // Link layer; absent where only the IP layer is seen.
  std::optional<std::uint64_t> mac_source, mac_destination;
  std::optional<std::uint16_t> type;  // not the length of an 802.3 frame
  bool tagged = false;
  // IP layer.
  Bytes ip;  // without what a driver appended as padding; empty: no IP
  bool version6 = false;
  std::optional<std::uint32_t> source, destination;  // of version 4
  std::optional<std::uint8_t> protocol;              // the last one of version 6, too
  // Behind the IP header; empty in fragments other than the first.
  Bytes transport;
};

// An Ethernet frame. `through_tags`: what is behind VLAN tags counts, too.
Packet look_at_frame(Bytes frame, bool through_tags);
Packet look_at_ip(Bytes ip);

std::uint16_t word_at(Bytes bytes, std::size_t at);  // 0 where the bytes end before
inline std::uint8_t byte_at(Bytes bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<std::uint8_t>(bytes[at]) : std::uint8_t{0};
}

}  // namespace anchoko::nettl::emulated
