#include "backends/tcpdump/filter_age.h"

#include <algorithm>
#include <utility>

#include "backends/tcpdump/tool_version.h"
#include "core/packet/ethertype.h"

namespace anchoko::tcpdump {
namespace {

using filter::ArithmeticExpr;
using filter::ArithmeticKind;
using filter::FilterExpr;
using filter::Primitive;
using filter::PrimitiveKind;
using filter::Proto;

constexpr std::uint32_t ipv6_fragment = 44;

Verdict exact() {
  return {Legality::exact, nullptr, {}, {}};
}
Verdict unsupported(std::string why) {
  return {Legality::unsupported, nullptr, std::move(why), {}};
}
Verdict wider(std::vector<FilterExpr> alternatives, std::string why) {
  return {Legality::inexact, filter::disjunction(std::move(alternatives)), std::move(why), {}};
}

// `proto proto N` at the place of `like`.
FilterExpr by_number(const Primitive& like, Proto proto, std::uint32_t number) {
  Primitive p;
  p.kind = PrimitiveKind::proto;
  p.proto = proto;
  p.has_number = true;
  p.number = number;
  p.vlan_depth = like.vlan_depth;
  p.mpls_depth = like.mpls_depth;
  return filter::primitive(p);
}

bool any_load(const ArithmeticExpr& expr, const auto& test) {
  return expr && (test(*expr) || any_load(expr->left, test) || any_load(expr->right, test));
}

bool reads_icmp6(const Primitive& p) {
  const auto test = [](const filter::Arithmetic& a) {
    return a.kind == ArithmeticKind::load && a.proto == Proto::icmp6;
  };
  return any_load(p.left, test) || any_load(p.right, test);
}

// Operators whose handling changed, or that came late.
bool divides(const Primitive& p) {
  const auto test = [](const filter::Arithmetic& a) {
    return a.kind == ArithmeticKind::divide || a.kind == ArithmeticKind::modulo ||
           a.kind == ArithmeticKind::bit_xor;
  };
  return any_load(p.left, test) || any_load(p.right, test);
}

// Asks IPv4 and IPv6, the latter also through one fragment header.
bool looks_through_fragments(const Primitive& p) {
  if (p.kind == PrimitiveKind::proto) return p.proto == Proto::none || p.proto == Proto::ip6;
  if (p.kind != PrimitiveKind::protocol) return false;
  switch (p.proto) {
    case Proto::tcp:
    case Proto::udp:
    case Proto::sctp:
    case Proto::icmp6:
    case Proto::esp:
    case Proto::ah:
    case Proto::pim:
      return true;
    default:
      return false;
  }
}

// IP protocol number of a protocol that old releases need not know by name; 0: IPv6 only.
std::uint32_t number_of(Proto proto) {
  switch (proto) {
    case Proto::tcp:
      return 6;
    case Proto::udp:
      return 17;
    case Proto::sctp:
      return 132;
    case Proto::esp:
      return 50;
    case Proto::ah:
      return 51;
    case Proto::pim:
      return 103;
    case Proto::vrrp:
      return 112;
    default:
      return 0;
  }
}

constexpr const char* no_ipv6 =
    "this libpcap may be built without IPv6, or its version is not known: all IPv6 frames are captured too";

Verdict oldest_protocol(const Primitive& p, const FilterExpr& ipv6) {
  switch (p.proto) {
    case Proto::ip:
    case Proto::arp:
    case Proto::rarp:
    case Proto::icmp:
    case Proto::igmp:
      return exact();
    case Proto::ip6:
    case Proto::icmp6:
      return wider({ipv6}, no_ipv6);
    case Proto::vrrp:
      return wider({by_number(p, Proto::ip, number_of(p.proto))}, "its name is newer than 0.9");
    default:
      return wider({by_number(p, Proto::ip, number_of(p.proto)), ipv6}, no_ipv6);
  }
}

// Ports: a bare one asks TCP, UDP and (in newer releases) SCTP.
Verdict oldest_port(const Primitive& p, const FilterExpr& ipv6) {
  const bool by_name = p.kind == PrimitiveKind::port && p.proto != Proto::sctp;
  std::vector<FilterExpr> parts;
  if (by_name) {
    parts.push_back(filter::primitive(p));
    if (p.proto == Proto::none) parts.push_back(by_number(p, Proto::ip, number_of(Proto::sctp)));
  } else if (p.proto == Proto::none) {
    for (const Proto proto : {Proto::tcp, Proto::udp, Proto::sctp})
      parts.push_back(by_number(p, Proto::ip, number_of(proto)));
  } else {
    parts.push_back(by_number(p, Proto::ip, number_of(p.proto)));
  }
  parts.push_back(ipv6);
  return wider(std::move(parts), by_name ? no_ipv6 : "a range of ports or SCTP is newer than 0.8");
}

Verdict judge_oldest(const Primitive& p) {
  const FilterExpr ipv6 = by_number(p, Proto::ether, ethertype_ip6);
  switch (p.kind) {
    case PrimitiveKind::protocol:
      return oldest_protocol(p, ipv6);
    case PrimitiveKind::host:
    case PrimitiveKind::net:
      if (p.is_ipv6) return wider({ipv6}, no_ipv6);
      return exact();
    case PrimitiveKind::port:
    case PrimitiveKind::portrange:
      return oldest_port(p, ipv6);
    case PrimitiveKind::proto:
      if (p.proto == Proto::ip || p.proto == Proto::ether) return exact();
      if (p.proto == Proto::ip6) return wider({ipv6}, no_ipv6);
      return wider({by_number(p, Proto::ip, p.number), ipv6}, no_ipv6);
    case PrimitiveKind::multicast:
      if (p.proto == Proto::ip6) return wider({ipv6}, no_ipv6);
      return exact();
    case PrimitiveKind::broadcast:
    case PrimitiveKind::less:
    case PrimitiveKind::greater:
    case PrimitiveKind::vlan:  // given up as a whole, because of what stands behind it
    case PrimitiveKind::mpls:
      return exact();
    case PrimitiveKind::inbound:
    case PrimitiveKind::outbound:
    case PrimitiveKind::relation:
      return unsupported("libpcap before 1.0, or of unknown version, need not know it");
  }
  return unsupported("libpcap before 1.0, or of unknown version, need not know it");
}

Verdict judge_frame_only(const Primitive& p) {
  const bool by_direction = p.kind == PrimitiveKind::inbound || p.kind == PrimitiveKind::outbound;
  if (by_direction) return unsupported("libpcap before 1.7 need not know directions on Ethernet");
  if (looks_through_fragments(p)) {
    return wider({filter::primitive(p), by_number(p, Proto::ip6, ipv6_fragment)},
                 "libpcap before 1.7 need not look behind an IPv6 fragment header: all IPv6 fragments are "
                 "captured too");
  }
  return exact();
}

}  // namespace

FilterAge filter_age(const std::string& tool_library) {
  const ToolVersion version = parse_version(tool_library);
  // A release before the first of its number may lack what that has.
  const bool early = version.patch == 0 && tool_library.find("PRE") != std::string::npos;
  const auto at_least = [&](ToolVersion other) { return early ? version > other : version >= other; };
  if (at_least({1, 9, 1})) return FilterAge::current;
  if (at_least({1, 9, 0})) return FilterAge::whole_tag;
  if (at_least({1, 7, 0})) return FilterAge::metadata;
  if (at_least({1, 0, 0})) return FilterAge::frame_only;
  return FilterAge::oldest;
}

Verdict judge_for(FilterAge age, const std::string& tool_library, const Primitive& p) {
  if (age == FilterAge::oldest) return judge_oldest(p);
  if (p.kind == PrimitiveKind::relation) {
    if (reads_icmp6(p) && parse_version(tool_library) < ToolVersion{1, 10, 0})
      return unsupported("libpcap before 1.10 need not know icmp6[...]");
    const bool old = age == FilterAge::metadata || age == FilterAge::frame_only;
    if (old && divides(p)) return unsupported("division, % and ^ differ before libpcap 1.9");
  }
  if (age == FilterAge::whole_tag && p.kind == PrimitiveKind::vlan && p.has_number) {
    Primitive any = p;
    any.has_number = false;
    any.number = 0;
    return wider({filter::primitive(any)},
                 "libpcap 1.9.0 misses tags that carry a priority: every tag is captured");
  }
  if (age == FilterAge::frame_only) return judge_frame_only(p);
  return exact();
}

std::vector<FilterExpr> tags_in_place() {
  std::vector<FilterExpr> result;
  for (const std::uint32_t number : {0x8100U, 0x88a8U, 0x9100U})
    result.push_back(by_number({}, Proto::ether, number));
  return result;
}

}  // namespace anchoko::tcpdump
