// The order of loads is libpcap's (gencode, without its optimiser; seen with `tcpdump -O -d`, 1.10.3): a load
// beyond the captured bytes rejects the record, so order is part of the meaning.
#include "core/filter/compile.h"

#include <array>
#include <optional>

#include "core/filter/printer.h"

namespace anchoko::filter {
namespace {

constexpr std::uint32_t ethertype_ip = 0x0800;
constexpr std::uint32_t ethertype_arp = 0x0806;
constexpr std::uint32_t ethertype_rarp = 0x8035;
constexpr std::uint32_t ethertype_ip6 = 0x86dd;
constexpr std::uint32_t protocol_tcp = 6;
constexpr std::uint32_t protocol_udp = 17;
constexpr std::uint32_t protocol_sctp = 132;
constexpr std::uint32_t protocol_fragment = 44;

enum class LinkStyle { ethernet, cooked, raw, ipv4_only, ipv6_only };
struct LinkLayout {
  LinkStyle style;
  std::uint32_t type_offset;     // of the ethertype
  std::uint32_t payload_offset;  // of the network layer
};

std::optional<LinkLayout> layout_of(LinkType type) {
  switch (type) {
    case LinkType::ethernet:
      return LinkLayout{LinkStyle::ethernet, 12, 14};
    case LinkType::linux_sll:
      return LinkLayout{LinkStyle::cooked, 14, 16};
    case LinkType::linux_sll2:
      return LinkLayout{LinkStyle::cooked, 0, 20};
    case LinkType::raw:
      return LinkLayout{LinkStyle::raw, 0, 0};
    case LinkType::ipv4:
      return LinkLayout{LinkStyle::ipv4_only, 0, 0};
    case LinkType::ipv6:
      return LinkLayout{LinkStyle::ipv6_only, 0, 0};
    default:
      return std::nullopt;
  }
}

struct Stop {
  Error error;
};

// Blocks are emitted from the last to the first: each knows where its two ways lead before it exists.
class Compiler {
 public:
  Compiler(LinkType link_type, LinkLayout layout) : link_type_(link_type), layout_(layout) {}

  std::uint32_t node(const FilterExpr& expr, std::uint32_t yes, std::uint32_t no) {
    switch (expr->kind) {
      case NodeKind::all:
        return yes;
      case NodeKind::none:
        return no;
      case NodeKind::primitive:
        return primitive(expr->primitive, yes, no);
      case NodeKind::negation:
        return node(expr->children[0], no, yes);
      case NodeKind::conjunction:
        for (std::size_t i = expr->children.size(); i-- > 0;) yes = node(expr->children[i], yes, no);
        return yes;
      case NodeKind::disjunction:
        for (std::size_t i = expr->children.size(); i-- > 0;) no = node(expr->children[i], yes, no);
        return no;
    }
    return no;
  }

  std::vector<Instruction> take_code() { return std::move(code_); }

 private:
  std::uint32_t emit(Instruction instruction, std::uint32_t yes, std::uint32_t no) {
    instruction.on_true = yes;
    instruction.on_false = no;
    code_.push_back(instruction);
    return static_cast<std::uint32_t>(code_.size() - 1);
  }

  std::uint32_t test(std::uint32_t offset, std::uint8_t width, std::uint32_t value, std::uint32_t yes,
                     std::uint32_t no, std::uint32_t mask = 0xffffffff) {
    Instruction i;
    i.offset = offset;
    i.width = width;
    i.value = value;
    i.mask = mask;
    return emit(i, yes, no);
  }

  std::uint32_t payload(const Primitive& p) const { return layout_.payload_offset + 4U * p.vlan_depth; }

  std::uint32_t link(const Primitive& p, std::uint32_t ethertype, std::uint32_t yes, std::uint32_t no) {
    switch (layout_.style) {
      case LinkStyle::ethernet:
      case LinkStyle::cooked:
        return test(layout_.type_offset + 4U * p.vlan_depth, 2, ethertype, yes, no);
      case LinkStyle::raw:
        if (ethertype == ethertype_ip) return test(0, 1, 0x40, yes, no, 0xf0);
        if (ethertype == ethertype_ip6) return test(0, 1, 0x60, yes, no, 0xf0);
        return no;
      case LinkStyle::ipv4_only:
        return ethertype == ethertype_ip ? yes : no;
      case LinkStyle::ipv6_only:
        return ethertype == ethertype_ip6 ? yes : no;
    }
    return no;
  }

  std::uint32_t primitive(const Primitive& p, std::uint32_t yes, std::uint32_t no) {
    switch (p.kind) {
      case PrimitiveKind::protocol:
        return protocol(p, yes, no);
      case PrimitiveKind::host:
      case PrimitiveKind::net:
        return address(p, yes, no);
      case PrimitiveKind::port:
      case PrimitiveKind::portrange:
        return ports(p, yes, no);
      case PrimitiveKind::proto:
        return number(p, p.number, yes, no);
      case PrimitiveKind::vlan:
        return vlan(p, yes, no);
    }
    return no;
  }

  std::uint32_t protocol(const Primitive& p, std::uint32_t yes, std::uint32_t no) {
    Primitive numbered = p;
    switch (p.proto) {
      case Proto::ip:
        return link(p, ethertype_ip, yes, no);
      case Proto::ip6:
        return link(p, ethertype_ip6, yes, no);
      case Proto::arp:
        return link(p, ethertype_arp, yes, no);
      case Proto::rarp:
        return link(p, ethertype_rarp, yes, no);
      case Proto::icmp:
        numbered.proto = Proto::ip;
        return number(numbered, 1, yes, no);
      case Proto::icmp6:
        numbered.proto = Proto::ip6;
        return number(numbered, 58, yes, no);
      case Proto::tcp:
        numbered.proto = Proto::none;
        return number(numbered, protocol_tcp, yes, no);
      case Proto::udp:
        numbered.proto = Proto::none;
        return number(numbered, protocol_udp, yes, no);
      case Proto::sctp:
        numbered.proto = Proto::none;
        return number(numbered, protocol_sctp, yes, no);
      case Proto::none:
      case Proto::ether:
        return no;
    }
    return no;
  }

  std::uint32_t number(const Primitive& p, std::uint32_t value, std::uint32_t yes, std::uint32_t no) {
    switch (p.proto) {
      case Proto::ether:
        return link(p, value, yes, no);
      case Proto::ip:
        return link(p, ethertype_ip, test(payload(p) + 9, 1, value, yes, no), no);
      // Also behind one fragment header, whichever fragment it is.
      case Proto::ip6: {
        const std::uint32_t inner = test(payload(p) + 40, 1, value, yes, no);
        const std::uint32_t fragment = test(payload(p) + 6, 1, protocol_fragment, inner, no);
        return link(p, ethertype_ip6, test(payload(p) + 6, 1, value, yes, fragment), no);
      }
      default: {
        Primitive one = p;
        one.proto = Proto::ip6;
        const std::uint32_t second = number(one, value, yes, no);
        one.proto = Proto::ip;
        return number(one, value, yes, second);
      }
    }
  }

  // Source test, destination test or both, joined as the direction says.
  template <typename Side>
  std::uint32_t sides(Direction direction, Side side, std::uint32_t yes, std::uint32_t no) {
    switch (direction) {
      case Direction::src:
        return side(true, yes, no);
      case Direction::dst:
        return side(false, yes, no);
      case Direction::src_and_dst:
        return side(true, side(false, yes, no), no);
      case Direction::unspecified:
      case Direction::src_or_dst:
        break;
    }
    return side(true, yes, side(false, yes, no));
  }

  std::uint32_t address(const Primitive& p, std::uint32_t yes, std::uint32_t no) {
    if (p.is_ipv6) return address_v6(p, yes, no);
    switch (p.proto) {
      case Proto::ip:
        return address_v4(p, ethertype_ip, 12, 16, yes, no);
      case Proto::arp:
        return address_v4(p, ethertype_arp, 14, 24, yes, no);
      case Proto::rarp:
        return address_v4(p, ethertype_rarp, 14, 24, yes, no);
      default:
        break;
    }
    const std::uint32_t third = address_v4(p, ethertype_rarp, 14, 24, yes, no);
    const std::uint32_t second = address_v4(p, ethertype_arp, 14, 24, yes, third);
    return address_v4(p, ethertype_ip, 12, 16, yes, second);
  }

  std::uint32_t address_v4(const Primitive& p, std::uint32_t ethertype, std::uint32_t source,
                           std::uint32_t destination, std::uint32_t yes, std::uint32_t no) {
    return sides(
        p.direction,
        [&](bool from, std::uint32_t y, std::uint32_t n) {
          const std::uint32_t at = payload(p) + (from ? source : destination);
          return link(p, ethertype, test(at, 4, p.ipv4, y, n, p.ipv4_mask), n);
        },
        yes, no);
  }

  std::uint32_t address_v6(const Primitive& p, std::uint32_t yes, std::uint32_t no) {
    return sides(
        p.direction,
        [&](bool from, std::uint32_t y, std::uint32_t n) {
          for (std::uint32_t word = 4; word-- > 0;) {
            std::uint32_t value = 0;
            for (std::size_t i = 0; i < 4; ++i) value = value << 8 | p.ipv6[word * 4 + i];
            const unsigned bits = p.ipv6_prefix <= word * 32 ? 0U : std::min(32U, p.ipv6_prefix - word * 32U);
            const std::uint32_t mask = bits == 0 ? 0 : 0xffffffffU << (32 - bits);
            y = test(payload(p) + (from ? 8U : 24U) + word * 4, 4, value, y, n, mask);
          }
          return link(p, ethertype_ip6, y, n);
        },
        yes, no);
  }

  std::uint32_t ports(const Primitive& p, std::uint32_t yes, std::uint32_t no) {
    const std::uint32_t ipv4 = link(p, ethertype_ip, transports(p, false, yes, no), no);
    return link(p, ethertype_ip6, transports(p, true, yes, ipv4), ipv4);
  }

  std::uint32_t transports(const Primitive& p, bool ipv6, std::uint32_t yes, std::uint32_t no) {
    switch (p.proto) {
      case Proto::tcp:
        return transport(p, protocol_tcp, ipv6, yes, no);
      case Proto::udp:
        return transport(p, protocol_udp, ipv6, yes, no);
      case Proto::sctp:
        return transport(p, protocol_sctp, ipv6, yes, no);
      default:
        break;
    }
    const std::uint32_t third = transport(p, protocol_udp, ipv6, yes, no);
    const std::uint32_t second = transport(p, protocol_tcp, ipv6, yes, third);
    return transport(p, protocol_sctp, ipv6, yes, second);
  }

  std::uint32_t transport(const Primitive& p, std::uint32_t protocol, bool ipv6, std::uint32_t yes,
                          std::uint32_t no) {
    const std::uint32_t ports_match = sides(
        p.direction,
        [&](bool from, std::uint32_t y, std::uint32_t n) { return port(p, ipv6, from ? 0 : 2, y, n); }, yes,
        no);
    if (ipv6) return test(payload(p) + 6, 1, protocol, ports_match, no);
    Instruction first_fragment;
    first_fragment.compare = Instruction::Compare::any_bit;
    first_fragment.offset = payload(p) + 6;
    first_fragment.width = 2;
    first_fragment.value = 0x1fff;
    return test(payload(p) + 9, 1, protocol, emit(first_fragment, no, ports_match), no);
  }

  std::uint32_t port(const Primitive& p, bool ipv6, std::uint32_t field, std::uint32_t yes,
                     std::uint32_t no) {
    Instruction i;
    i.width = 2;
    i.offset = payload(p) + field + (ipv6 ? 40 : 0);
    if (!ipv6) {
      i.base = Instruction::Base::ipv4_payload;
      i.header = payload(p);
    }
    if (p.kind == PrimitiveKind::port) {
      i.value = p.low;
      return emit(i, yes, no);
    }
    i.compare = Instruction::Compare::greater;
    i.value = p.high;
    const std::uint32_t not_above = emit(i, no, yes);
    i.compare = Instruction::Compare::greater_equal;
    i.value = p.low;
    return emit(i, not_above, no);
  }

  std::uint32_t vlan(const Primitive& p, std::uint32_t yes, std::uint32_t no) {
    if (layout_.style != LinkStyle::ethernet) {
      throw Stop{
          make_error(ErrorKind::usage, "'vlan' means nothing on link type " + link_type_name(link_type_))};
    }
    if (p.has_number) yes = test(payload(p), 2, p.number, yes, no, 0x0fff);
    for (const std::uint32_t tpid : {0x9100U, 0x88a8U, 0x8100U}) no = link(p, tpid, yes, no);
    return no;
  }

  LinkType link_type_;
  LinkLayout layout_;
  std::vector<Instruction> code_;
};

}  // namespace

bool is_evaluated(LinkType link_type) {
  return layout_of(link_type).has_value();
}

Result<CompiledCode> compile(const FilterExpr& expr, LinkType link_type) {
  const auto layout = layout_of(link_type);
  if (!layout) {
    return fail(ErrorKind::failed,
                "records of link type " + link_type_name(link_type) + " cannot be judged by a filter yet");
  }
  Compiler compiler(link_type, *layout);
  try {
    CompiledCode result;
    result.entry = compiler.node(expr, Program::accept, Program::reject);
    result.code = compiler.take_code();
    return result;
  } catch (Stop& stop) {
    return fail(std::move(stop.error));
  }
}

}  // namespace anchoko::filter
