// HP-UX tracing subsystems: which ids there are and what their packet records hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/packet/link_type.h"

namespace anchoko::formats::nettl {

// What stands in a packet record, behind the record header.
enum class Content : std::uint8_t {
  ethernet,
  token_ring,
  fddi,
  fddi_hp_pb,  // pads that differ with the direction, see payload.cpp
  lan_driver,  // Ethernet behind a sub-header with lengths of its own
  ip,          // from the IP header on
  sctp,        // no IP header, as for all that follow
  icmp,
  icmpv6,
  igmp,  // with or without an IP header: no source says
  telnet,
  lapb,
  x25,
  unknown_link,     // Ethernet frames where they look like such, otherwise opaque
  unknown_network,  // IP packets where they look like such, otherwise opaque
};

struct Subsystem {
  std::uint16_t id = 0;
  const char* name = nullptr;
  Content content = Content::unknown_link;
  std::uint8_t layer = 0;  // as InterfaceInfo::layer
  std::uint8_t pad = 0;    // bytes before the packet that both lengths count
};

// Never fails: an id that is not in the table has no name and unknown content.
Subsystem find_subsystem(std::uint16_t id);

// The subsystem of that name (exactly as in the table); nothing: id 0 with a null name.
Subsystem find_subsystem(std::string_view name);

// Ids reach from 0 to about 530 (KL_*) on every release known.
constexpr std::uint16_t max_plausible_subsystem = 1023;

// "lan2 IGELAN" for a link driver, "NS_LS_IP" above it, "subsystem 300 device 4" for an unknown one. Device
// ids count as N of lanN; -1 is no device.
std::string interface_name(const Subsystem& subsystem, std::int32_t device);

}  // namespace anchoko::formats::nettl
