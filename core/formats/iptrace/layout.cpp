#include "core/formats/iptrace/layout.h"

#include <charconv>

#include "core/formats/other_link_types.h"

namespace anchoko::formats::iptrace {

std::optional<LinkType> link_type_of(std::uint8_t type) {
  switch (type) {
    case interface_type::ethernet:
    case interface_type::ieee802_3:
      return LinkType::ethernet;
    case interface_type::token_ring:
      return LinkType::token_ring;
    // With its address bits in the order of the ring, as in pcap files of systems that do not turn them:
    // Wireshark and tcpdump expect that order in LINKTYPE_FDDI, so that nothing is turned here either.
    case interface_type::fddi:
      return LinkType::fddi;
    case interface_type::x25_ddn:
    case interface_type::sp_switch:
    case interface_type::loopback:
    case interface_type::host_fabric:
      return LinkType::raw;
    case interface_type::atm:
      return link_sunatm;
    default:
      return std::nullopt;
  }
}

std::optional<std::uint8_t> interface_type_of(LinkType type) {
  switch (type) {
    case LinkType::ethernet:
      return interface_type::ethernet;
    case LinkType::token_ring:
      return interface_type::token_ring;
    case LinkType::fddi:
      return interface_type::fddi;
    case LinkType::raw:
    case LinkType::ipv4:
    case LinkType::ipv6:
      return interface_type::loopback;
    default:
      break;
  }
  if (type == link_sunatm) return interface_type::atm;
  return std::nullopt;
}

std::optional<Circuit> parse_circuit(std::span<const std::byte, circuit_size> text) {
  const char* at = reinterpret_cast<const char*>(text.data());
  const char* end = std::find(at, at + text.size(), '\0');
  Circuit circuit;
  const auto vpi = std::from_chars(at, end, circuit.vpi);
  if (vpi.ec != std::errc() || vpi.ptr == end || *vpi.ptr != '.') return std::nullopt;
  const auto vci = std::from_chars(vpi.ptr + 1, end, circuit.vci);
  if (vci.ec != std::errc() || vci.ptr != end) return std::nullopt;
  return circuit;
}

}  // namespace anchoko::formats::iptrace
