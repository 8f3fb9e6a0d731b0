#include "backends/iptrace/emulator_filter.h"

#include <algorithm>
#include <cstring>

#include "core/base/byte_cursor.h"

namespace anchoko::iptrace::emulated {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint16_t type_ip = 0x0800, type_arp = 0x0806, type_rarp = 0x8035, type_ipv6 = 0x86dd;
constexpr std::size_t mac_size = 6;
constexpr std::size_t ethernet_size = 14;

Address address_at(Bytes bytes, std::size_t at, bool v6) {
  Address address;
  address.v6 = v6;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), v6 ? 16 : 4, address.bytes.begin());
  return address;
}

template <typename T>
bool is_in(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool is_tag(std::uint16_t type) {
  return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

}  // namespace

struct Filter::Packet {
  enum class Kind { ip, arp, rarp, other } kind = Kind::other;
  bool has_addresses = false;
  Address from, to;
  bool v6 = false;
  bool has_protocol = false;
  std::uint8_t protocol = 0;
  bool later_fragment = false;
  Bytes transport;
};

Filter::Filter(const lab::EmulatedHost& host, const Options& options) : host_(host), options_(options) {
  const auto reads = [&](const char* name, const char* otherwise, const char* value) {
    return host.fact(name, otherwise) == value;
  };
  either_kind_ = reads("iptrace-combine", "and", "or");
  either_host_ = reads("iptrace-host-pair", "and", "or");
  port_any_protocol_ = reads("iptrace-port-protocols", "tcp-udp", "any");
  port_ipv6_ = reads("iptrace-port-ipv6", "yes", "yes");
  protocol_ipv6_ = reads("iptrace-protocol-ipv6", "yes", "yes");
  walk_extensions_ = reads("iptrace-ipv6-extensions", "first", "walk");
  arp_match_host_ = reads("iptrace-arp-host", "drop", "match");
  arp_pass_host_ = reads("iptrace-arp-host", "drop", "pass");
  arp_pass_port_ = reads("iptrace-arp-port", "drop", "pass");
  other_pass_ = reads("iptrace-non-ip", "drop", "pass");
  rarp_is_arp_ = reads("iptrace-a-rarp", "keep", "drop");
  through_tags_ = reads("iptrace-vlan", "opaque", "through");
  received_only_ = !options.interfaces.empty() && reads("iptrace-interface-direction", "both", "received");
  const auto end = host.fact("iptrace-port-end", "either");
  port_end_ = end == "source" ? End::source : end == "destination" ? End::destination : End::either;
  const auto fragments = host.fact("iptrace-port-fragments", "first");
  fragments_ = fragments == "all" ? Fragments::all : fragments == "raw" ? Fragments::raw : Fragments::first;
  promiscuous_ = options.promiscuous && !host.fault("iptrace-no-promiscuous");
}

// Without -e an adapter shows what it sent, what is for it, and what is for groups (aix-iptrace.md 2).
bool Filter::reaches_us(const lab::Frame& frame) const {
  if (promiscuous_ || frame.sent || frame.bytes.size() < mac_size) return true;
  if ((std::to_integer<unsigned>(frame.bytes[0]) & 1) != 0) return true;
  return std::memcmp(frame.bytes.data(), host_.interfaces().at(frame.interface).mac.data(), mac_size) == 0;
}

Filter::Packet Filter::look(Bytes frame) const {
  Packet packet;
  std::size_t at = ethernet_size - 2;
  if (frame.size() < ethernet_size) return packet;
  std::uint16_t type = load_be16(frame.data() + at);
  while (through_tags_ && is_tag(type) && frame.size() >= at + 6) {
    at += 4;
    type = load_be16(frame.data() + at);
  }
  const Bytes body = frame.subspan(at + 2);
  if (type == type_arp || type == type_rarp) {
    packet.kind = type == type_arp ? Packet::Kind::arp : Packet::Kind::rarp;
    constexpr std::size_t sender = 14, target = 24, arp_size = 28;
    if (body.size() < arp_size) return packet;
    packet.has_addresses = true;
    packet.from = address_at(body, sender, false);
    packet.to = address_at(body, target, false);
  } else if (type == type_ip) {
    look_at_ipv4(body, packet);
  } else if (type == type_ipv6) {
    look_at_ipv6(body, packet);
  }
  return packet;
}

void Filter::look_at_ipv4(Bytes ip, Packet& packet) const {
  constexpr std::size_t smallest = 20;
  if (ip.size() < smallest) return;
  packet.kind = Packet::Kind::ip;
  packet.has_addresses = packet.has_protocol = true;
  packet.from = address_at(ip, 12, false);
  packet.to = address_at(ip, 16, false);
  packet.protocol = std::to_integer<std::uint8_t>(ip[9]);
  packet.later_fragment = (load_be16(ip.data() + 6) & 0x1fff) != 0;
  const std::size_t header = (std::to_integer<std::size_t>(ip[0]) & 15) * 4;
  if (header >= smallest && header <= ip.size()) packet.transport = ip.subspan(header);
}

void Filter::look_at_ipv6(Bytes ip, Packet& packet) const {
  constexpr std::size_t fixed = 40;
  if (ip.size() < fixed) return;
  packet.kind = Packet::Kind::ip;
  packet.v6 = packet.has_addresses = packet.has_protocol = true;
  packet.from = address_at(ip, 8, true);
  packet.to = address_at(ip, 24, true);
  packet.protocol = std::to_integer<std::uint8_t>(ip[6]);
  packet.transport = ip.subspan(fixed);
  constexpr std::uint8_t hop_by_hop = 0, routing = 43, fragment = 44, authentication = 51, options = 60;
  while (walk_extensions_ && packet.transport.size() >= 8) {
    const auto next = std::to_integer<std::uint8_t>(packet.transport[0]);
    const auto length = std::to_integer<std::size_t>(packet.transport[1]);
    std::size_t size = 0;
    if (packet.protocol == hop_by_hop || packet.protocol == routing || packet.protocol == options) {
      size = 8 * (length + 1);
    } else if (packet.protocol == authentication) {
      size = 4 * (length + 2);
    } else if (packet.protocol == fragment) {
      size = 8;
      packet.later_fragment = (load_be16(packet.transport.data() + 2) & 0xfff8) != 0;
    } else {
      return;
    }
    packet.protocol = next;
    packet.transport = packet.transport.subspan(std::min(size, packet.transport.size()));
    if (packet.later_fragment) return;
  }
}

bool Filter::one_way(const Address& from, const Address& to) const {
  const bool has_from = !options_.sources.empty(), has_to = !options_.destinations.empty();
  const bool from_is = is_in(options_.sources, from), to_is = is_in(options_.destinations, to);
  if (either_host_) return (has_from && from_is) || (has_to && to_is);
  return (!has_from || from_is) && (!has_to || to_is);
}

bool Filter::host_matches(const Packet& packet) const {
  if (packet.kind == Packet::Kind::other) return other_pass_;
  if (packet.kind != Packet::Kind::ip && !arp_match_host_) return arp_pass_host_;
  if (!packet.has_addresses) return false;
  return one_way(packet.from, packet.to) || (options_.both_ways && one_way(packet.to, packet.from));
}

bool Filter::protocol_matches(const Packet& packet) const {
  if (packet.kind == Packet::Kind::other) return other_pass_;
  if (packet.kind != Packet::Kind::ip) return arp_pass_port_;
  return (!packet.v6 || protocol_ipv6_) && is_in(options_.protocols, packet.protocol);
}

bool Filter::port_matches(const Packet& packet) const {
  if (packet.kind == Packet::Kind::other) return other_pass_;
  if (packet.kind != Packet::Kind::ip) return arp_pass_port_;
  constexpr std::uint8_t tcp = 6, udp = 17;
  if (packet.v6 && !port_ipv6_) return false;
  if (!port_any_protocol_ && packet.protocol != tcp && packet.protocol != udp) return false;
  if (packet.later_fragment && fragments_ != Fragments::raw) return fragments_ == Fragments::all;
  if (packet.transport.size() < 4) return false;
  const bool source = is_in(options_.ports, load_be16(packet.transport.data()));
  const bool destination = is_in(options_.ports, load_be16(packet.transport.data() + 2));
  return (source && port_end_ != End::destination) || (destination && port_end_ != End::source);
}

bool Filter::passes(const lab::Frame& frame) const {
  if (!reaches_us(frame) || (received_only_ && frame.sent)) return false;
  const Packet packet = look(frame.bytes);
  const bool is_arp = packet.kind == Packet::Kind::arp || (rarp_is_arp_ && packet.kind == Packet::Kind::rarp);
  if (options_.no_arp && is_arp) return false;
  bool any = false, all = true, none_given = true;
  const auto judge = [&](bool given, bool verdict) {
    if (!given) return;
    none_given = false;
    any = any || verdict;
    all = all && verdict;
  };
  judge(!options_.sources.empty() || !options_.destinations.empty(), host_matches(packet));
  judge(!options_.ports.empty(), port_matches(packet));
  judge(!options_.protocols.empty(), protocol_matches(packet));
  return none_given || (either_kind_ ? any : all);
}

}  // namespace anchoko::iptrace::emulated
