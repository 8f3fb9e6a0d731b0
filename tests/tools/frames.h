// Packets made for tests: every shape that the filter language can tell apart, on every link type that is
// evaluated. Addresses are documentation ranges (RFC 5737, RFC 3849), and 10/8 for the short forms of `net`.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/packet/link_type.h"

namespace anchoko::testing {

using Octets = std::vector<std::uint8_t>;

struct Frame {
  std::string name;  // what it is, for messages: "ethernet/8100.5/ip/tcp …"
  LinkType link_type = LinkType::ethernet;
  Octets data;
  std::uint32_t original_length = 0;  // bytes on the wire; more than data where the frame was cut
};

struct VlanTag {
  std::uint16_t tpid = 0x8100;
  std::uint16_t tci = 0;  // priority, DEI and id
};

// A packet without its link layer. `ethertype` is what a link layer says about it.
struct Packet {
  std::string name;
  std::uint16_t ethertype = 0x0800;
  Octets bytes;
};

// What stands in an IPv4 header; the rest is computed. Addresses in host byte order.
struct Ipv4Header {
  std::uint8_t protocol = 17;
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint16_t fragment =
      0;  // flags and offset as they stand in the header: 0x2000 more fragments, low 13 bits offset / 8
  Octets options;  // a multiple of 4, at most 40
};

struct Ipv6Header {
  std::uint8_t next_header = 17;
  Octets source;  // 16 bytes
  Octets destination;
};

// Text to bytes; the text must be a well-formed address (this is test code: anything else ends the program).
std::uint32_t ipv4_address(std::string_view text);
Octets ipv6_address(std::string_view text);

Octets ipv4(const Ipv4Header& header, const Octets& payload);
Octets ipv6(const Ipv6Header& header, const Octets& payload);
Octets tcp(std::uint16_t source, std::uint16_t destination, std::string_view text = "tcp");
Octets udp(std::uint16_t source, std::uint16_t destination, std::string_view text = "udp");
Octets sctp(std::uint16_t source, std::uint16_t destination);
// operation 1 request, 2 reply; 3 and 4 for RARP. `address_length` other than 4 makes the odd ones.
Octets arp(std::uint16_t operation, std::uint32_t sender, std::uint32_t target,
           std::uint8_t address_length = 4);

// An Ethernet frame; tags outermost first. Documentation MAC addresses (RFC 7042).
Octets ethernet(std::uint16_t ethertype, const Octets& payload, const std::vector<VlanTag>& tags = {});
// Linux cooked capture, version 1 and 2; tags stand in the payload, as for frames sent with them in place.
Octets linux_sll(std::uint16_t protocol, const Octets& payload, const std::vector<VlanTag>& tags = {});
Octets linux_sll2(std::uint16_t protocol, const Octets& payload, const std::vector<VlanTag>& tags = {});

// MPLS label stack entries, outermost first; the last one has the bottom bit unless `bottom` is false.
Octets mpls(const std::vector<std::uint32_t>& labels, const Octets& payload, bool bottom = true);
// 802.2 LLC with a SNAP header in front of the payload.
Octets snap(std::uint16_t ethertype, const Octets& payload, std::uint32_t organisation = 0);

// Everything above in all its variety, without a link layer.
std::vector<Packet> every_packet();
// every_packet() on every link type that is evaluated (on Ethernet untagged and behind each stack of tags);
// and frames that only one link layer has (802.3 with LLC, SNAP; every kind of 802.11 frame …).
std::vector<Frame> every_frame();
// The part of it on link types other than Ethernet, Linux cooked, raw IP, IPv4 and IPv6.
void add_other_link_layers(std::vector<Frame>& out, const std::vector<Packet>& packets);

// Ethernet frames to send on a real interface: every packet behind some stack of tags, the commonest behind
// every stack. 18 to 1514 bytes each.
std::vector<Frame> live_frames();
// Marks the beginning and the end of what a live test looks at; ethertype 0x88b5 (IEEE local experimental).
Octets marker_frame(bool begin);

// The first `length` captured bytes of a frame; its original length is kept.
Frame truncated(const Frame& frame, std::size_t length);

// Reproducible on every platform (std::mt19937_64 is fully specified; the distributions are not, so none is
// used).
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }  // limit > 0
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  template <typename T>
  const T& pick(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(below(values.size()))];
  }

 private:
  std::mt19937_64 engine_;
};

// ANCHOKO_SEED from the environment, else `fallback`; printed, so that a failure can be repeated.
std::uint64_t announced_seed(std::uint64_t fallback);

// The frame with a few bytes changed, inserted, removed or cut off; headers are hit most.
Frame mutated(const Frame& frame, Random& random);

// "0800 4500 …" for messages.
std::string hex(std::span<const std::uint8_t> bytes);

}  // namespace anchoko::testing
