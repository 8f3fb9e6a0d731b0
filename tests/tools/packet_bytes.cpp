// Headers and link layers, byte by byte.
#include <cstdlib>
#include <string>

#include <arpa/inet.h>

#include "tests/tools/frames.h"
#include "tests/tools/octets.h"

namespace anchoko::testing {
namespace {

std::uint16_t header_checksum(const Octets& header) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < header.size(); i += 2) sum += (header[i] * 256U) + header[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum & 0xffff);
}

const Octets source_mac = {0x00, 0x00, 0x5e, 0x00, 0x53, 0x01};
const Octets destination_mac = {0x00, 0x00, 0x5e, 0x00, 0x53, 0x02};

void put_tags(Octets& out, std::uint16_t type, const std::vector<VlanTag>& tags) {
  for (const VlanTag& tag : tags) {
    put16(out, tag.tpid);
    put16(out, tag.tci);
  }
  put16(out, type);
}

// The type field of the link layer, and the tags that stand behind it.
std::uint16_t outer_type(std::uint16_t type, const std::vector<VlanTag>& tags) {
  return tags.empty() ? type : tags.front().tpid;
}
void put_inner_tags(Octets& out, std::uint16_t type, const std::vector<VlanTag>& tags) {
  for (std::size_t i = 0; i < tags.size(); ++i) {
    put16(out, tags[i].tci);
    put16(out, i + 1 < tags.size() ? tags[i + 1].tpid : type);
  }
}

}  // namespace

std::uint32_t ipv4_address(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) std::abort();
  return ntohl(address.s_addr);
}

Octets ipv6_address(std::string_view text) {
  Octets out(16);
  if (inet_pton(AF_INET6, std::string(text).c_str(), out.data()) != 1) std::abort();
  return out;
}

Octets ipv4(const Ipv4Header& header, const Octets& payload) {
  Octets out;
  const std::size_t header_length = 20 + header.options.size();
  put8(out, static_cast<unsigned>(0x40 | (header_length / 4)));
  put8(out, 0);
  put16(out, static_cast<unsigned>(header_length + payload.size()));
  put16(out, 0x1234);
  put16(out, header.fragment);
  put8(out, 64);
  put8(out, header.protocol);
  put16(out, 0);
  put32(out, header.source);
  put32(out, header.destination);
  append(out, header.options);
  const std::uint16_t sum = header_checksum(out);
  out[10] = static_cast<std::uint8_t>(sum >> 8);
  out[11] = static_cast<std::uint8_t>(sum & 0xff);
  append(out, payload);
  return out;
}

Octets ipv6(const Ipv6Header& header, const Octets& payload) {
  Octets out;
  put32(out, 0x60000000);
  put16(out, static_cast<unsigned>(payload.size()));
  put8(out, header.next_header);
  put8(out, 64);
  append(out, header.source);
  append(out, header.destination);
  append(out, payload);
  return out;
}

Octets tcp(std::uint16_t source, std::uint16_t destination, std::string_view text) {
  Octets out;
  put16(out, source);
  put16(out, destination);
  put32(out, 1);
  put32(out, 2);
  put16(out, 0x5018);
  put16(out, 512);
  put32(out, 0);
  append(out, text_octets(text));
  return out;
}

Octets udp(std::uint16_t source, std::uint16_t destination, std::string_view text) {
  Octets out;
  put16(out, source);
  put16(out, destination);
  put16(out, static_cast<unsigned>(8 + text.size()));
  put16(out, 0);
  append(out, text_octets(text));
  return out;
}

Octets sctp(std::uint16_t source, std::uint16_t destination) {
  Octets out;
  put16(out, source);
  put16(out, destination);
  put32(out, 7);
  put32(out, 0);
  return out;
}

Octets arp(std::uint16_t operation, std::uint32_t sender, std::uint32_t target, std::uint8_t address_length) {
  Octets out;
  put16(out, 1);
  put16(out, 0x0800);
  put8(out, 6);
  put8(out, address_length);
  put16(out, operation);
  append(out, source_mac);
  put32(out, sender);
  out.resize(out.size() + address_length - 4U, 0);
  append(out, Octets(6, 0));
  put32(out, target);
  return out;
}

Octets mpls(const std::vector<std::uint32_t>& labels, const Octets& payload, bool bottom) {
  Octets out;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const bool last = bottom && i + 1 == labels.size();
    put32(out, (labels[i] << 12) | (last ? 0x100U : 0U) | 64U);
  }
  append(out, payload);
  return out;
}

Octets snap(std::uint16_t ethertype, const Octets& payload, std::uint32_t organisation) {
  Octets out = {0xaa, 0xaa, 0x03};
  put8(out, (organisation >> 16) & 0xff);
  put16(out, organisation & 0xffff);
  put16(out, ethertype);
  append(out, payload);
  return out;
}

Octets ethernet(std::uint16_t ethertype, const Octets& payload, const std::vector<VlanTag>& tags) {
  Octets out = destination_mac;
  append(out, source_mac);
  put_tags(out, ethertype, tags);
  append(out, payload);
  return out;
}

Octets linux_sll(std::uint16_t protocol, const Octets& payload, const std::vector<VlanTag>& tags) {
  Octets out;
  put16(out, 0);
  put16(out, 1);
  put16(out, 6);
  append(out, source_mac);
  put16(out, 0);
  put16(out, outer_type(protocol, tags));
  put_inner_tags(out, protocol, tags);
  append(out, payload);
  return out;
}

Octets linux_sll2(std::uint16_t protocol, const Octets& payload, const std::vector<VlanTag>& tags) {
  Octets out;
  put16(out, outer_type(protocol, tags));
  put16(out, 0);
  put32(out, 3);
  put16(out, 1);
  put8(out, 0);
  put8(out, 6);
  append(out, source_mac);
  put16(out, 0);
  put_inner_tags(out, protocol, tags);
  append(out, payload);
  return out;
}

}  // namespace anchoko::testing
