#include "backends/snoop/emulator_link.h"

#include <array>

#include "core/base/byte_cursor.h"

namespace anchoko::snoop::emulated {
namespace {

constexpr std::uint32_t largest_length = 1500;
constexpr std::uint32_t ipnet_ip4 = 2, ipnet_ip6 = 26;  // address families of Solaris

// The walk over the extension headers reads the first byte of the next header where the next-header field
// belongs (reference, end of 4.3): right by luck only.
std::optional<std::size_t> end_of_ip6(std::span<const std::byte> bytes, std::size_t network) {
  auto next = number_at(bytes, network + 6, 1);
  std::size_t at = network + 40;
  while (next) {
    if (*next == 44) {  // fragment
      at += 8;
    } else if (*next == 0 || *next == 43 || *next == 60) {
      const auto length = number_at(bytes, at + 1, 1);
      if (!length) return std::nullopt;
      at += (*length + 1) * std::size_t{8};
    } else {
      return at;
    }
    next = number_at(bytes, at, 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Medium> medium_of(std::uint32_t dlpi_type) {
  static constexpr std::array known{Medium::ieee8023,   Medium::token_ring, Medium::ethernet,
                                    Medium::fddi,       Medium::infiniband, Medium::tunnel_ip4,
                                    Medium::tunnel_ip6, Medium::ipnet,      Medium::tunnel_6to4};
  for (const Medium medium : known)
    if (static_cast<std::uint32_t>(medium) == dlpi_type) return medium;
  return std::nullopt;
}

bool is_ethernet(Medium medium) {
  return medium == Medium::ethernet || medium == Medium::ieee8023;
}

bool is_tunnel(Medium medium) {
  return medium == Medium::tunnel_ip4 || medium == Medium::tunnel_ip6 || medium == Medium::tunnel_6to4;
}

std::optional<std::uint32_t> number_at(std::span<const std::byte> bytes, std::uint64_t at, std::size_t size) {
  if (at > bytes.size() || bytes.size() - at < size) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

std::optional<std::size_t> Layout::ethertype_at(const Packet& packet) const {
  switch (medium_) {
    case Medium::infiniband:
      return 0;
    case Medium::fddi:
      return 19;  // 13 of FDDI, 8 of LLC with SNAP
    case Medium::token_ring:
      return 20;  // 14 without routing, 8 of LLC with SNAP
    case Medium::ieee8023:
    case Medium::ethernet: {
      const auto type = number_at(packet.bytes, 12, 2);
      if (!type) return std::nullopt;
      return *type == ethertype_tag && release_.tags ? 16 : 12;
    }
    default:
      return std::nullopt;
  }
}

std::optional<std::size_t> Layout::network_at(const Packet& packet) const {
  if (medium_ == Medium::ipnet) return ipnet_header;
  if (is_tunnel(medium_)) return 0;
  const auto type = ethertype_at(packet);
  if (!type) return std::nullopt;
  return medium_ == Medium::infiniband ? 4 : *type + 2;
}

std::optional<int> Layout::family(const Packet& packet) const {
  if (medium_ == Medium::ipnet) {
    const auto family = number_at(packet.bytes, 1, 1);
    if (!family) return std::nullopt;
    return *family == ipnet_ip4 ? 4 : *family == ipnet_ip6 ? 6 : 0;
  }
  if (is_tunnel(medium_)) {
    const auto first = number_at(packet.bytes, 0, 1);
    return first ? std::optional(static_cast<int>(*first >> 4)) : std::nullopt;
  }
  const auto at = ethertype_at(packet);
  const auto type = at ? number_at(packet.bytes, *at, 2) : std::nullopt;
  if (!type) return std::nullopt;
  if (*type == ethertype_ip4) return 4;
  if (*type == ethertype_ip6) return 6;
  return is_ethernet(medium_) && *type <= largest_length ? 1 : 0;
}

std::optional<std::size_t> Layout::transport_at(const Packet& packet) const {
  const auto kind = family(packet);
  const auto network = network_at(packet);
  if (!kind || !network) return std::nullopt;
  if (*kind == 6) return end_of_ip6(packet.bytes, *network);
  // What a frame with a length is taken for, the reference does not say; as IPv4 here.
  if (*kind != 4 && !(*kind == 1 && release_.length_frames_pass)) return std::nullopt;
  const auto first = number_at(packet.bytes, *network, 1);
  if (!first) return std::nullopt;
  return *network + (*first & 15) * 4;
}

}  // namespace anchoko::snoop::emulated
