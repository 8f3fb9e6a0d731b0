// A filter as a tree. The meaning of every primitive is libpcap's (pcap-filter(7)), judged by
// pcap_compile(optimize=0).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace anchoko::filter {

// Protocol qualifier in front of a primitive, or the primitive itself (`tcp`).
enum class Proto : std::uint8_t {
  none,
  ether,
  ip,
  ip6,
  arp,
  rarp,
  tcp,
  udp,
  sctp,
  icmp,
  icmp6,
  igmp,
  esp,
  ah,
  pim,
  vrrp,
};

enum class Direction : std::uint8_t { unspecified, src, dst, src_or_dst, src_and_dst };

enum class PrimitiveKind : std::uint8_t {
  protocol,   // `ip`, `tcp`, `icmp6`: proto says which
  host,       // one address: ipv4/ipv6; with proto ether a MAC address
  net,        // address and mask
  port,       // low == high
  portrange,  // low <= high
  proto,      // `ip proto 6`, `ether proto 0x806`: number
  broadcast,  // `ether broadcast`
  multicast,  // `ether multicast`, `ip multicast`, `ip6 multicast`: proto says which
  less,       // `less N`: original length <= number
  greater,    // `greater N`: original length >= number
  inbound,    // by the record's own direction
  outbound,
  vlan,      // `vlan [id]`: number when has_number; shifts everything after it
  mpls,      // `mpls [label]`: the same
  relation,  // `tcp[13] & 3 != 0`
};

using Ipv6Bytes = std::array<std::uint8_t, 16>;
using MacBytes = std::array<std::uint8_t, 6>;

// Arithmetic over packet bytes: 32 bits, unsigned, wrapping. Division by zero rejects the record.
enum class ArithmeticKind : std::uint8_t {
  constant,
  length,  // of the packet on the wire
  load,    // `proto[left : size]`
  add,
  subtract,
  multiply,
  divide,
  modulo,
  bit_and,
  bit_or,
  bit_xor,
  shift_left,
  shift_right,
  negate,  // of left
};

struct Arithmetic;
using ArithmeticExpr = std::shared_ptr<const Arithmetic>;

struct Arithmetic {
  ArithmeticKind kind = ArithmeticKind::constant;
  std::uint32_t value = 0;      // constant
  Proto proto = Proto::none;    // load
  std::uint8_t size = 1;        // load: 1, 2 or 4 bytes
  std::uint8_t vlan_depth = 0;  // load: as in Primitive
  std::uint8_t mpls_depth = 0;
  ArithmeticExpr left;  // load: the offset
  ArithmeticExpr right;
};

enum class Relation : std::uint8_t { equal, not_equal, greater, greater_equal, less, less_equal };

bool equal(const ArithmeticExpr& left, const ArithmeticExpr& right);

struct Primitive {
  PrimitiveKind kind = PrimitiveKind::protocol;
  Proto proto = Proto::none;
  Direction direction = Direction::unspecified;
  bool is_ipv6 = false;         // host, net: which of the two addresses counts
  bool has_number = false;      // vlan: an id was given
  std::uint8_t vlan_depth = 0;  // tags that earlier `vlan` primitives have stepped over
  std::uint8_t mpls_depth = 0;
  std::uint32_t ipv4 = 0;  // host byte order, host bits zero
  std::uint32_t ipv4_mask = 0xffffffff;
  Ipv6Bytes ipv6{};
  std::uint8_t ipv6_prefix = 128;
  MacBytes mac{};
  std::uint16_t low = 0;  // port, portrange
  std::uint16_t high = 0;
  // proto: protocol number or ethertype; vlan: id; mpls: label; less, greater: bytes
  std::uint32_t number = 0;
  Relation relation = Relation::equal;
  ArithmeticExpr left;  // relation
  ArithmeticExpr right;
  // Where it stands in the text it was parsed from, for messages; not part of equality.
  std::uint32_t text_offset = 0;
  std::uint32_t text_length = 0;

  bool operator==(const Primitive& other) const;
};

enum class NodeKind : std::uint8_t { all, none, primitive, conjunction, disjunction, negation };

struct Node;
// Never null where a filter is required; shared because normalisation and lowering reuse subtrees.
using FilterExpr = std::shared_ptr<const Node>;

struct Node {
  NodeKind kind = NodeKind::all;
  Primitive primitive;  // kind == primitive
  // conjunction, disjunction: two or more, in evaluation order; negation: one
  std::vector<FilterExpr> children;
};

FilterExpr match_all();
FilterExpr match_none();
FilterExpr primitive(Primitive value);
// Children of the same kind are spliced in, order kept. No child: match_all / match_none. One child: that
// child.
FilterExpr conjunction(std::vector<FilterExpr> children);
FilterExpr disjunction(std::vector<FilterExpr> children);
FilterExpr negation(FilterExpr child);

inline bool is_match_all(const FilterExpr& expr) {
  return expr->kind == NodeKind::all;
}

bool equal(const FilterExpr& left, const FilterExpr& right);
// Every primitive, left to right.
void for_each_primitive(const FilterExpr& expr, const std::function<void(const Primitive&)>& visit);
bool any_primitive(const FilterExpr& expr, const std::function<bool(const Primitive&)>& test);

// The same expression as it reads behind `count` more VLAN tags.
FilterExpr behind_vlan(const FilterExpr& expr, std::uint8_t count = 1);

}  // namespace anchoko::filter
