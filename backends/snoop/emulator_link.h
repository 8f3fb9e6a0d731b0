// Media by their DLPI types, and where in a packet the parts begin that filters load from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "backends/snoop/emulator_release.h"

namespace anchoko::snoop::emulated {

// Reference, section 7.3; no others are read by snoop.
enum class Medium : std::uint32_t {
  ieee8023 = 0,
  token_ring = 2,
  ethernet = 4,
  fddi = 8,
  infiniband = 26,
  tunnel_ip4 = 0x80000001,
  tunnel_ip6 = 0x80000002,
  ipnet = 0x80000005,
  tunnel_6to4 = 0x80000007,
};

std::optional<Medium> medium_of(std::uint32_t dlpi_type);
bool is_ethernet(Medium medium);
bool is_tunnel(Medium medium);

constexpr std::size_t ipnet_header = 24;
constexpr std::uint32_t ethertype_ip4 = 0x0800;
constexpr std::uint32_t ethertype_ip6 = 0x86dd;
constexpr std::uint32_t ethertype_tag = 0x8100;

struct Packet {
  std::span<const std::byte> bytes;
  std::uint32_t original = 0;
};

// A big-endian number of 1, 2 or 4 bytes; nothing when it does not lie within.
std::optional<std::uint32_t> number_at(std::span<const std::byte> bytes, std::uint64_t at, std::size_t size);

// Each gives nothing when the packet is too short to tell, or has no such part: it is rejected then.
class Layout {
 public:
  Layout(Medium medium, const Release& release) : medium_(medium), release_(release) {}

  std::optional<std::size_t> ethertype_at(const Packet& packet) const;
  std::optional<std::size_t> network_at(const Packet& packet) const;
  // The end of the IP header.
  std::optional<std::size_t> transport_at(const Packet& packet) const;
  // 4 or 6; 0: something else, 1: a frame with a length in place of the type.
  std::optional<int> family(const Packet& packet) const;

 private:
  Medium medium_;
  const Release& release_;
};

}  // namespace anchoko::snoop::emulated
