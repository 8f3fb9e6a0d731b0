#include "core/filter/compile.h"

#include <algorithm>

#include "core/filter/cells.h"
#include "core/filter/emitter.h"
#include "core/filter/mutant.h"
#include "core/filter/protocol_code.h"
#include "core/filter/relation_code.h"

namespace anchoko::filter {
namespace {

constexpr std::uint32_t ethertype_mpls = 0x8847;

Depth depth_of(const Primitive& p) {
  return {p.vlan_depth, p.mpls_depth};
}

class Compiler {
 public:
  Compiler(LinkType type, const LinkLayout& layout, ByteOrder order) : e_(type, layout, order) {}

  Code whole(const FilterExpr& expr) {
    const std::uint32_t entry = node(expr, {verdict_accept, verdict_reject});
    return e_.finish(entry);
  }

 private:
  std::uint32_t node(const FilterExpr& expr, Ways ways) {
    switch (expr->kind) {
      case NodeKind::all:
        return ways.yes;
      case NodeKind::none:
        return ways.no;
      case NodeKind::primitive:
        return primitive(expr->primitive, ways);
      case NodeKind::negation:
        return node(expr->children[0], ways.swapped());
      case NodeKind::conjunction:
        for (std::size_t i = expr->children.size(); i-- > 0;) ways.yes = node(expr->children[i], ways);
        return ways.yes;
      case NodeKind::disjunction:
        for (std::size_t i = expr->children.size(); i-- > 0;) ways.no = node(expr->children[i], ways);
        return ways.no;
    }
    return ways.no;
  }

  std::uint32_t primitive(const Primitive& p, Ways ways) {
    switch (p.kind) {
      case PrimitiveKind::protocol:
        return emit_protocol(e_, p.proto, depth_of(p), ways);
      case PrimitiveKind::host:
      case PrimitiveKind::net:
        return address(p, ways);
      case PrimitiveKind::port:
      case PrimitiveKind::portrange:
        return ports(p, ways);
      case PrimitiveKind::proto:
        return emit_number(e_, p.proto, p.number, depth_of(p), ways);
      case PrimitiveKind::broadcast:
        return e_.mac({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, false, ways);
      case PrimitiveKind::multicast:
        return multicast(p, ways);
      case PrimitiveKind::less:
        return length(mutant(26) ? Test::Compare::greater_equal : Test::Compare::greater, p.number,
                      ways.swapped());
      case PrimitiveKind::greater:
        return length(mutant(27) ? Test::Compare::greater : Test::Compare::greater_equal, p.number, ways);
      case PrimitiveKind::inbound:
        return e_.direction(false, ways);
      case PrimitiveKind::outbound:
        return e_.direction(true, ways);
      case PrimitiveKind::vlan:
        return vlan(p, ways);
      case PrimitiveKind::mpls:
        return mpls(p, ways);
      case PrimitiveKind::relation:
        return emit_relation(e_, p, ways);
    }
    return ways.no;
  }

  // Source test, destination test or both, joined as the direction says.
  template <typename Side>
  std::uint32_t sides(Direction direction, Side side, Ways ways) {
    switch (direction) {
      case Direction::src:
        return side(!mutant(21), ways);
      case Direction::dst:
        return side(mutant(22), ways);
      case Direction::src_and_dst:
        if (mutant(23)) break;
        return side(true, ways.then(side(false, ways)));
      case Direction::unspecified:
      case Direction::src_or_dst:
        break;
    }
    return side(true, ways.otherwise(side(false, ways)));
  }

  std::uint32_t address(const Primitive& p, Ways ways) {
    if (p.proto == Proto::ether) {
      return sides(
          p.direction, [&](bool source, Ways w) { return e_.mac(p.mac, source, w); }, ways);
    }
    if (p.is_ipv6) return address_v6(p, ways);
    switch (p.proto) {
      case Proto::ip:
        return address_v4(p, ethertype_ip, 12, 16, ways);
      case Proto::arp:
        return address_v4(p, ethertype_arp, 14, 24, ways);
      case Proto::rarp:
        return address_v4(p, ethertype_rarp, 14, 24, ways);
      default:
        break;
    }
    if (p.mpls_depth == 0) {
      ways.no = address_v4(p, ethertype_rarp, 14, 24, ways);
      if (!mutant(33)) ways.no = address_v4(p, ethertype_arp, 14, 24, ways);
    }
    return address_v4(p, ethertype_ip, 12, 16, ways);
  }

  std::uint32_t address_v4(const Primitive& p, std::uint32_t ethertype, std::uint32_t source,
                           std::uint32_t destination, Ways ways) {
    const auto side = [&](bool from, Ways w) {
      const std::uint32_t at =
          e_.in_payload(depth_of(p), from ? source : destination, 4, p.ipv4, w, p.ipv4_mask);
      return e_.ethertype(ethertype, depth_of(p), {at, w.no});
    };
    return sides(p.direction, side, ways);
  }

  std::uint32_t address_v6(const Primitive& p, Ways ways) {
    const auto side = [&](bool from, Ways w) {
      for (std::uint32_t word = 4; word-- > 0;) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i) value = value << 8 | p.ipv6[std::size_t{word} * 4 + i];
        const unsigned bits = p.ipv6_prefix <= word * 32 ? 0U : std::min(32U, p.ipv6_prefix - word * 32U);
        const std::uint32_t mask =
            bits == 0 ? 0 : 0xffffffffU << (mutant(30) ? std::min(31U, 33 - bits) : 32 - bits);
        w.yes = e_.in_payload(depth_of(p), (from ? 8U : 24U) + word * 4, 4, value, w, mask);
      }
      return e_.ethertype(ethertype_ip6, depth_of(p), w);
    };
    return sides(p.direction, side, ways);
  }

  std::uint32_t ports(const Primitive& p, Ways ways) {
    ways.no = e_.ethertype(ethertype_ip, depth_of(p), ways.then(transports(p, false, ways)));
    return e_.ethertype(ethertype_ip6, depth_of(p), ways.then(transports(p, true, ways)));
  }

  std::uint32_t transports(const Primitive& p, bool ipv6, Ways ways) {
    if (p.proto != Proto::none) return transport(p, protocol_number(p.proto), ipv6, ways);
    for (const Proto proto : {Proto::udp, Proto::tcp, Proto::sctp})
      ways.no = transport(p, protocol_number(proto), ipv6, ways);
    return ways.no;
  }

  std::uint32_t transport(const Primitive& p, std::uint32_t protocol, bool ipv6, Ways ways) {
    const Depth d = depth_of(p);
    const std::uint32_t match = sides(
        p.direction, [&](bool from, Ways w) { return port(p, ipv6, from ? 0 : 2, w); }, ways);
    if (ipv6) return e_.in_payload(d, 6, 1, protocol, {match, ways.no});
    return e_.in_payload(d, 9, 1, protocol,
                         {mutant(19) ? match : emit_later_fragment(e_, d, {ways.no, match}), ways.no});
  }

  std::uint32_t port(const Primitive& p, bool ipv6, std::uint32_t field, Ways ways) {
    const std::uint32_t at = e_.payload(depth_of(p));
    Test test;
    test.base = e_.payload_base();
    test.width = 2;
    test.offset = at + field + (ipv6 ? 40 : mutant(34) ? 1 : 0);
    if (!ipv6) {
      test.source = Test::Source::ipv4_payload;
      test.header = at;
    }
    if (p.kind == PrimitiveKind::port) {
      test.value = p.low;
      return e_.emit(test, ways);
    }
    test.compare = Test::Compare::greater;
    test.value = p.high + (mutant(24) ? 1U : 0U);
    const std::uint32_t not_above = e_.emit(test, ways.swapped());
    test.compare = Test::Compare::greater_equal;
    test.value = p.low + (mutant(25) ? 1U : 0U);
    return e_.emit(test, {not_above, ways.no});
  }

  std::uint32_t multicast(const Primitive& p, Ways ways) {
    const Depth d = depth_of(p);
    if (p.proto == Proto::ether) return e_.link_multicast(ways);
    if (p.proto == Proto::ip6) {
      return e_.ethertype(ethertype_ip6, d, {e_.in_payload(d, 24, 1, 0xff, ways), ways.no});
    }
    Test test;  // as libpcap has it: class E too
    test.compare = Test::Compare::greater_equal;
    test.base = e_.payload_base();
    test.offset = e_.payload(d) + 16;
    test.value = mutant(31) ? 225 : 224;
    return e_.ethertype(ethertype_ip, d, {e_.emit(test, ways), ways.no});
  }

  std::uint32_t length(Test::Compare compare, std::uint32_t value, Ways ways) {
    Test test;
    test.source = Test::Source::length;
    test.compare = compare;
    test.value = value;
    return e_.emit(test, ways);
  }

  std::uint32_t vlan(const Primitive& p, Ways ways) {
    const LinkStyle style = e_.layout().style;
    if (style != LinkStyle::ethernet && style != LinkStyle::wifi) e_.no_meaning("'vlan'");
    if (p.has_number)
      ways.yes = e_.in_payload(depth_of(p), 0, 2, p.number, ways, mutant(28) ? 0xffff : 0x0fff);
    for (const std::uint32_t tpid : {0x9100U, 0x88a8U, 0x8100U})
      ways.no = e_.ethertype(tpid, depth_of(p), ways);
    return ways.no;
  }

  std::uint32_t mpls(const Primitive& p, Ways ways) {
    const LinkStyle style = e_.layout().style;
    if (style != LinkStyle::ethernet && style != LinkStyle::ppp) e_.no_meaning("'mpls'");
    const Depth d = depth_of(p);
    if (p.has_number) ways.yes = e_.in_payload(d, 0, 4, p.number << 12, ways, 0xfffff000);
    constexpr std::uint32_t ppp_mpls =
        0x0281;  // libpcap maps it for this primitive only, not for `ether proto`
    if (d.mpls == 0 && style == LinkStyle::ppp) {
      return e_.bytes(Base::record, e_.layout().type_offset, 2, ppp_mpls, ways);
    }
    if (d.mpls == 0) return e_.ethertype(ethertype_mpls, d, ways);
    // Another label follows one that is not the bottom of the stack.
    return e_.bytes(e_.payload_base(), e_.payload(d) - 2, 1, mutant(29) ? 1 : 0, ways, 0x01);
  }

  Emitter e_;
};

}  // namespace

Result<Code> compile(const FilterExpr& expr, LinkType link_type, ByteOrder file_order) {
  const auto layout = link_layout(link_type);
  if (!layout) {
    return fail(ErrorKind::failed,
                "records of link type " + link_type_name(link_type) + " cannot be judged by a filter");
  }
  switch (deal_cells(expr, *layout)) {
    case CellProblem::none:
      break;
    case CellProblem::too_many:
      return fail(ErrorKind::usage, "a comparison needs too many intermediate values",
                  "use fewer nested parentheses");
    // Nobody wants that meaning, and another one would not be libpcap's.
    case CellProblem::overwritten:
      return fail(ErrorKind::usage,
                  "on link type " + link_type_name(link_type) +
                      " libpcap misjudges a filter with a comparison in front",
                  "put the comparison behind the primitives that name a protocol, an address or a port");
  }
  try {
    return Compiler(link_type, *layout, file_order).whole(expr);
  } catch (CompileStop& stop) {
    return fail(std::move(stop.error));
  }
}

}  // namespace anchoko::filter
