#include "backends/nettl/emulator_packet.h"

#include <algorithm>

#include "core/base/byte_cursor.h"

namespace anchoko::nettl::emulated {
namespace {

constexpr std::uint16_t type_ipv4 = 0x0800, type_ipv6 = 0x86dd, type_tag = 0x8100, type_outer_tag = 0x88a8;
constexpr std::uint16_t least_type = 0x05dd;  // reference section 4: below are lengths of 802.3

void look_at_version4(Packet& packet, Bytes bytes) {
  const std::size_t header = (byte_at(bytes, 0) & 0x0fU) * std::size_t{4};
  const std::size_t total = word_at(bytes, 2);
  if (header < 20 || header > bytes.size()) return;
  // Total length 0: the card cut the packet into segments, so the header does not say.
  packet.ip = total >= header ? bytes.first(std::min(total, bytes.size())) : bytes;
  packet.protocol = byte_at(bytes, 9);
  packet.source = load_be32(bytes.data() + 12);
  packet.destination = load_be32(bytes.data() + 16);
  const bool later_fragment = (word_at(bytes, 6) & 0x1fff) != 0;
  if (!later_fragment) packet.transport = packet.ip.subspan(header);
}

void look_at_version6(Packet& packet, Bytes bytes) {
  constexpr std::size_t fixed = 40;
  if (bytes.size() < fixed) return;
  packet.version6 = true;
  packet.ip = bytes.first(std::min(fixed + word_at(bytes, 4), bytes.size()));
  std::uint8_t next = byte_at(bytes, 6);
  std::size_t at = fixed;
  bool later_fragment = false;
  constexpr std::uint8_t hop = 0, routing = 43, fragment = 44, destination = 60;
  while ((next == hop || next == routing || next == fragment || next == destination) &&
         at + 8 <= packet.ip.size()) {
    if (next == fragment) later_fragment = (word_at(packet.ip, at + 2) & 0xfff8) != 0;
    const std::size_t length = next == fragment ? 8 : (byte_at(packet.ip, at + 1) + std::size_t{1}) * 8;
    next = byte_at(packet.ip, at);
    at += length;
  }
  packet.protocol = next;
  if (!later_fragment && at <= packet.ip.size()) packet.transport = packet.ip.subspan(at);
}

std::uint64_t address_at(Bytes bytes, std::size_t at) {
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < 6; ++i) address = address << 8 | byte_at(bytes, at + i);
  return address;
}

}  // namespace

std::uint16_t word_at(Bytes bytes, std::size_t at) {
  return at + 2 <= bytes.size() ? load_be16(bytes.data() + at) : std::uint16_t{0};
}

Packet look_at_ip(Bytes ip) {
  Packet packet;
  if (byte_at(ip, 0) >> 4 == 4 && ip.size() >= 20) look_at_version4(packet, ip);
  if (byte_at(ip, 0) >> 4 == 6) look_at_version6(packet, ip);
  return packet;
}

Packet look_at_frame(Bytes frame, bool through_tags) {
  constexpr std::size_t header = 14;
  if (frame.size() < header) return {};
  std::size_t type_at = 12;
  bool tagged = false;
  const auto is_tag = [&] {
    const auto type = word_at(frame, type_at);
    return type == type_tag || type == type_outer_tag;
  };
  while (through_tags && is_tag() && type_at + 6 <= frame.size()) {
    type_at += 4;
    tagged = true;
  }
  const std::uint16_t type = word_at(frame, type_at);
  Packet packet;
  if (type == type_ipv4 || type == type_ipv6) packet = look_at_ip(frame.subspan(type_at + 2));
  // An IP packet of the other version than its type says is none.
  if (packet.version6 != (type == type_ipv6)) packet = {};
  packet.tagged = tagged;
  packet.mac_destination = address_at(frame, 0);
  packet.mac_source = address_at(frame, 6);
  if (type >= least_type) packet.type = type;
  return packet;
}

}  // namespace anchoko::nettl::emulated
