// A packet of a trace, before it gets its time and its interface.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/packet/link_type.h"
#include "core/packet/packet_record.h"

namespace anchoko::formats::etl {

// Where a packet was seen: one interface for each.
struct Source {
  enum class Tool : std::uint8_t { adapter, switch_port, ras, component };
  Tool tool = Tool::adapter;
  LinkType link_type = LinkType::ethernet;
  std::uint32_t miniport = 0;  // interface index of the adapter, or the component's id
  std::uint32_t lower = 0;     // of the layer below which it was seen
  std::uint32_t port = 0;      // of a virtual switch
  auto operator<=>(const Source&) const = default;
};

struct Frame {
  Source source;
  std::span<const std::byte> data;
  std::uint32_t original_length = 0;
  bool inferred_length = false;  // from the IP header
  bool unknown_length = false;   // it was cut, and nothing tells from what length
  // Of a packet in fragments, by the session's clock: when the first one was logged.
  std::optional<std::int64_t> first_time;
  PacketDirection direction = PacketDirection::unknown;
};

// What the IP header says of the packet's length on the wire, with the link layer's header. Nothing (0):
// there is none, or it does not tell (segmentation offload, jumbograms).
std::uint32_t length_by_ip(LinkType link_type, std::span<const std::byte> data);

// Windows gives 802.11 frames decrypted and leaves their Protected bit, by which dissectors take the rest for
// ciphertext. For the reading that shows one copy of a packet; the one of everything shows frames as they
// were logged. Copies the frame where the bit has to go.
std::span<const std::byte> without_protected_bit(std::span<const std::byte> data,
                                                 std::vector<std::byte>& scratch);

constexpr std::size_t ethernet_header_size = 14;
// The Ethernet frame that an 802.11 data frame becomes further up: its header, and what follows. False: it is
// none that carries LLC and SNAP.
bool as_ethernet(std::span<const std::byte> data, std::array<std::byte, ethernet_header_size>& header,
                 std::span<const std::byte>& payload);

// An Ethernet frame, as its type and what follows show. Only for places where something else may stand: the
// bytes of an 802.11 frame seldom look so.
bool looks_like_ethernet(std::span<const std::byte> data);
// An IP packet without link-layer header.
bool looks_like_ip(std::span<const std::byte> data);

}  // namespace anchoko::formats::etl
