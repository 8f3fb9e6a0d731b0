#include "core/formats/etl/frame.h"

#include <algorithm>

#include "core/base/byte_cursor.h"
#include "core/packet/ethertype.h"

namespace anchoko::formats::etl {
namespace {

constexpr std::size_t ethernet_header = ethernet_header_size;
constexpr std::size_t ip6_header = 40;
constexpr std::uint32_t ethertype_vlan = 0x8100;
constexpr std::uint32_t ethertype_provider_vlan = 0x88a8;

std::uint16_t word(std::span<const std::byte> data, std::size_t at) {
  return load<std::uint16_t>(data.data() + at, ByteOrder::big);
}

unsigned ip_version(std::span<const std::byte> data) {
  return std::to_integer<unsigned>(data[0]) >> 4;
}

// Of the IP packet that begins there.
std::uint32_t ip_length(std::span<const std::byte> ip) {
  if (ip.size() >= 4 && ip_version(ip) == 4) return word(ip, 2);
  if (ip.size() >= 6 && ip_version(ip) == 6 && word(ip, 4) != 0)
    return static_cast<std::uint32_t>(ip6_header + word(ip, 4));
  return 0;
}

// The header's length of a data frame whose payload begins with LLC and SNAP; 0: something else.
std::size_t wifi_header(std::span<const std::byte> data) {
  constexpr std::size_t shortest = 24;
  if (data.size() < shortest + 8) return 0;
  const auto control = std::to_integer<unsigned>(data[0]);
  const auto flags = std::to_integer<unsigned>(data[1]);
  if ((control & 0x0c) != 0x08) return 0;
  std::size_t length = shortest;
  if ((flags & 3) == 3) length += 6;                              // four addresses
  if ((control & 0x80) != 0) length += 2;                         // QoS
  if ((control & 0x80) != 0 && (flags & 0x80) != 0) length += 4;  // HT control
  if (data.size() < length + 8) return 0;
  return word(data, length) == 0xaaaa ? length : 0;
}

}  // namespace

std::uint32_t length_by_ip(LinkType link_type, std::span<const std::byte> data) {
  std::size_t header = 0;
  if (link_type == LinkType::ethernet) {
    if (data.size() < ethernet_header) return 0;
    header = ethernet_header;
    std::uint32_t type = word(data, 12);
    while ((type == ethertype_vlan || type == ethertype_provider_vlan) && data.size() >= header + 4) {
      type = word(data, header + 2);
      header += 4;
    }
    if (type != ethertype_ip && type != ethertype_ip6) return 0;
  } else if (link_type == LinkType::ieee802_11) {
    header = wifi_header(data);
    if (header == 0) return 0;
    const std::uint32_t type = word(data, header + 6);
    if (type != ethertype_ip && type != ethertype_ip6) return 0;
    header += 8;
  } else if (link_type != LinkType::raw) {
    return 0;
  }
  const std::uint32_t length = ip_length(data.subspan(header));
  return length == 0 ? 0 : static_cast<std::uint32_t>(header) + length;
}

std::span<const std::byte> without_protected_bit(std::span<const std::byte> data,
                                                 std::vector<std::byte>& scratch) {
  constexpr std::byte protected_bit{0x40};
  if (data.size() < 2 || (data[1] & protected_bit) == std::byte{0}) return data;
  scratch.assign(data.begin(), data.end());
  scratch[1] &= ~protected_bit;
  return scratch;
}

bool as_ethernet(std::span<const std::byte> data, std::array<std::byte, ethernet_header_size>& header,
                 std::span<const std::byte>& payload) {
  constexpr std::size_t address = 6;
  const std::size_t length = wifi_header(data);
  if (length == 0) return false;
  const auto flags = std::to_integer<unsigned>(data[1]) & 3;
  // Addresses 1, 2, 3 stand at 4, 10 and 16, a fourth one at 24: by the To DS and From DS bits.
  constexpr std::array<std::size_t, 4> destinations{4, 16, 4, 16};
  constexpr std::array<std::size_t, 4> sources{10, 10, 16, 24};
  std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(destinations[flags]), address, header.begin());
  std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(sources[flags]), address, header.begin() + address);
  constexpr std::size_t llc_snap = 8;  // ends in the ethertype
  std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(length + llc_snap - 2), 2,
              header.begin() + 2 * address);
  payload = data.subspan(length + llc_snap);
  return true;
}

bool looks_like_ethernet(std::span<const std::byte> data) {
  if (data.size() < ethernet_header + 2) return false;
  switch (word(data, 12)) {
    case ethertype_ip:
      return ip_version(data.subspan(ethernet_header)) == 4;
    case ethertype_ip6:
      return ip_version(data.subspan(ethernet_header)) == 6;
    case ethertype_arp:
      return word(data, ethernet_header) == 1;  // hardware type
    case ethertype_vlan:
    case ethertype_provider_vlan:
    case 0x888e:  // 802.1X
    case 0x88cc:  // LLDP
    case 0x88d9:  // LLTD
      return true;
    default:
      return false;
  }
}

bool looks_like_ip(std::span<const std::byte> data) {
  if (data.size() < 20) return false;
  if (ip_version(data) == 4) return (std::to_integer<unsigned>(data[0]) & 15) >= 5 && word(data, 2) >= 20;
  return ip_version(data) == 6 && data.size() >= ip6_header;
}

}  // namespace anchoko::formats::etl
