// Where the fields of the link layer are, per link type.
#pragma once

#include <cstdint>
#include <optional>

#include "core/packet/link_type.h"

namespace anchoko::filter {

enum class LinkStyle : std::uint8_t {
  ethernet,
  llc,
  cooked,
  cooked2,
  ppp,
  loopback,
  raw,
  ipv4_only,
  ipv6_only,
  ipnet,
  wifi
};

struct LinkLayout {
  LinkStyle style = LinkStyle::ethernet;
  std::uint32_t type_offset = 0;     // of the ethertype; behind a SNAP header where there is one
  std::uint32_t llc_offset = 0;      // of the 802.2 header, where there is one
  std::uint32_t payload_offset = 0;  // of the network layer
  std::optional<std::uint32_t> mac_destination;
  std::optional<std::uint32_t> mac_source;
  bool radiotap = false;  // wifi: the 802.11 header follows one of variable length
};

// Nothing for a link type that is not evaluated.
std::optional<LinkLayout> link_layout(LinkType type);

}  // namespace anchoko::filter
