// Frames for the tests of the emulated snoop, written by hand: addresses of documentation ranges.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "backends/snoop/emulator_filter.h"
#include "backends/snoop/emulator_names.h"

namespace anchoko::snoop::emulated {

using Bytes = std::vector<std::byte>;

inline void put(Bytes& bytes, std::uint64_t value, int size) {
  while (size-- > 0) bytes.push_back(static_cast<std::byte>(value >> (8 * size)));
}
inline Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

constexpr std::uint64_t mac_a = 0x020000000001, mac_b = 0x020000000002;

inline Bytes ether(std::uint32_t type, const Bytes& payload, std::uint64_t destination = mac_b,
                   std::uint64_t source = mac_a) {
  Bytes bytes;
  put(bytes, destination, 6);
  put(bytes, source, 6);
  put(bytes, type, 2);
  return bytes + payload;
}
inline Bytes tagged(std::uint32_t tag, std::uint32_t type, const Bytes& payload,
                    std::uint32_t tpid = 0x8100) {
  Bytes inner;
  put(inner, tag, 2);
  put(inner, type, 2);
  return ether(tpid, inner + payload);
}

inline std::uint32_t address(const std::string& text) {
  return parse_ip4(text)->word(0);
}
inline Bytes ip4(std::uint32_t protocol, const std::string& source, const std::string& destination,
                 const Bytes& payload, std::uint32_t fragment = 0, std::uint32_t options = 0) {
  Bytes bytes;
  put(bytes, 0x45 + options, 1);
  put(bytes, 0, 1);
  put(bytes, 20 + 4 * options + payload.size(), 2);
  put(bytes, 1, 2);
  put(bytes, fragment, 2);
  put(bytes, 64, 1);
  put(bytes, protocol, 1);
  put(bytes, 0, 2);
  put(bytes, address(source), 4);
  put(bytes, address(destination), 4);
  for (std::uint32_t i = 0; i < options; ++i) put(bytes, 0x01010101, 4);
  return bytes + payload;
}
inline Bytes ip6(std::uint32_t next, const std::string& source, const std::string& destination,
                 const Bytes& payload) {
  Bytes bytes;
  put(bytes, 0x60000000, 4);
  put(bytes, payload.size(), 2);
  put(bytes, next, 1);
  put(bytes, 64, 1);
  for (const auto& text : {source, destination}) {
    const Address address = parse_ip6(text).value();
    for (const auto byte : address.bytes) put(bytes, byte, 1);
  }
  return bytes + payload;
}
// The first words of TCP or UDP, with eight or sixteen bytes more.
inline Bytes ports(std::uint32_t source, std::uint32_t destination, std::uint32_t flags = 0x10) {
  Bytes bytes;
  put(bytes, source, 2);
  put(bytes, destination, 2);
  put(bytes, 0, 8);
  put(bytes, 0x50, 1);
  put(bytes, flags, 1);
  put(bytes, 0, 6);
  return bytes;
}
inline Bytes arp(const std::string& sender, const std::string& target) {
  Bytes bytes;
  put(bytes, 0x0001080006040001, 8);
  put(bytes, mac_a, 6);
  put(bytes, address(sender), 4);
  put(bytes, 0, 6);
  put(bytes, address(target), 4);
  return bytes;
}

inline Bytes tcp_frame(std::uint32_t source = 1025, std::uint32_t destination = 80) {
  return ether(0x0800, ip4(6, "192.0.2.1", "192.0.2.2", ports(source, destination)));
}
inline Bytes udp_frame(std::uint32_t source = 1025, std::uint32_t destination = 53) {
  return ether(0x0800, ip4(17, "192.0.2.1", "192.0.2.2", ports(source, destination)));
}
inline Bytes tcp6_frame() {
  return ether(0x86dd, ip6(6, "2001:db8::1", "2001:db8::2", ports(1025, 80)));
}
inline Bytes arp_frame() {
  return ether(0x0806, arp("192.0.2.1", "192.0.2.2"), 0xffffffffffff);
}
inline Bytes stp_frame() {
  Bytes payload;
  put(payload, 0x4242030000, 5);
  payload.resize(46);
  return ether(38, payload, 0x0180c2000000);
}

inline Release solaris10() {
  Release release;
  release.system = System::solaris10;
  release.tags = false;
  release.net_swapped = true;
  release.pppoe_live_broken = false;
  return release;
}
inline Release solaris11() {
  return {};
}

inline std::string compile_error(std::string_view text, Path path, const Release& release = solaris11(),
                                 Medium medium = Medium::ethernet, const Names& names = {}) {
  const auto filter = make_filter(text, path, medium, release, names);
  return filter ? "" : filter.error().message;
}

// Whether a frame passes; an expression that is refused fails the test.
inline bool passes(std::string_view text, const Bytes& frame, Path path = Path::userland_only,
                   const Release& release = solaris11(), Medium medium = Medium::ethernet,
                   const Names& names = {}) {
  auto filter = make_filter(text, path, medium, release, names);
  if (!filter) throw std::runtime_error(std::string(text) + ": " + filter.error().message);
  const Packet packet{frame, static_cast<std::uint32_t>(frame.size())};
  return filter->kernel_accepts(packet, medium, release) && filter->userland_accepts(packet, medium, release);
}

}  // namespace anchoko::snoop::emulated
