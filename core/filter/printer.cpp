#include "core/filter/printer.h"

#include <array>
#include <cstdio>

#include "core/filter/address.h"

namespace anchoko::filter {
namespace {

const char* word(Proto proto) {
  switch (proto) {
    case Proto::none:
      return "";
    case Proto::ether:
      return "ether";
    case Proto::ip:
      return "ip";
    case Proto::ip6:
      return "ip6";
    case Proto::arp:
      return "arp";
    case Proto::rarp:
      return "rarp";
    case Proto::tcp:
      return "tcp";
    case Proto::udp:
      return "udp";
    case Proto::sctp:
      return "sctp";
    case Proto::icmp:
      return "icmp";
    case Proto::icmp6:
      return "icmp6";
    case Proto::igmp:
      return "igmp";
    case Proto::esp:
      return "esp";
    case Proto::ah:
      return "ah";
    case Proto::pim:
      return "pim";
    case Proto::vrrp:
      return "vrrp";
  }
  return "";
}

const char* word(Direction direction) {
  switch (direction) {
    case Direction::unspecified:
    case Direction::src_or_dst:
      return "";
    case Direction::src:
      return "src";
    case Direction::dst:
      return "dst";
    case Direction::src_and_dst:
      return "src and dst";
  }
  return "";
}

std::string prefixed(const Primitive& p, const std::string& rest) {
  std::string text = word(p.proto);
  const std::string direction = word(p.direction);
  if (!direction.empty()) text += (text.empty() ? "" : " ") + direction;
  return text + (text.empty() ? "" : " ") + rest;
}

std::string network(const Primitive& p) {
  if (p.is_ipv6) return print_ipv6(p.ipv6) + "/" + std::to_string(p.ipv6_prefix);
  unsigned length = 0;
  while (length < 32 && (p.ipv4_mask << length & 0x80000000U) != 0) ++length;
  const std::uint32_t straight = length == 0 ? 0 : 0xffffffffU << (32 - length);
  if (straight == p.ipv4_mask) return print_ipv4(p.ipv4) + "/" + std::to_string(length);
  return print_ipv4(p.ipv4) + " mask " + print_ipv4(p.ipv4_mask);
}

std::string print_mac(const MacBytes& mac) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                mac[4], mac[5]);
  return text.data();
}

const char* sign(ArithmeticKind kind) {
  switch (kind) {
    case ArithmeticKind::add:
      return " + ";
    case ArithmeticKind::subtract:
      return " - ";
    case ArithmeticKind::multiply:
      return " * ";
    case ArithmeticKind::divide:
      return " / ";
    case ArithmeticKind::modulo:
      return " % ";
    case ArithmeticKind::bit_and:
      return " & ";
    case ArithmeticKind::bit_or:
      return " | ";
    case ArithmeticKind::bit_xor:
      return " ^ ";
    case ArithmeticKind::shift_left:
      return " << ";
    case ArithmeticKind::shift_right:
      return " >> ";
    default:
      return "";
  }
}

const char* sign(Relation relation) {
  switch (relation) {
    case Relation::equal:
      return " = ";
    case Relation::not_equal:
      return " != ";
    case Relation::greater:
      return " > ";
    case Relation::greater_equal:
      return " >= ";
    case Relation::less:
      return " < ";
    case Relation::less_equal:
      return " <= ";
  }
  return "";
}

// Every operator inside another one in parentheses: precedence differs between readers.
std::string print(const ArithmeticExpr& expr, bool nested) {
  switch (expr->kind) {
    case ArithmeticKind::constant:
      return std::to_string(expr->value);
    case ArithmeticKind::length:
      return "len";
    case ArithmeticKind::load: {
      const std::string size = expr->size == 1 ? "" : ":" + std::to_string(expr->size);
      return std::string(word(expr->proto)) + "[" + print(expr->left, false) + size + "]";
    }
    case ArithmeticKind::negate:
      return nested ? "(-" + print(expr->left, true) + ")" : "-" + print(expr->left, true);
    default: {
      const std::string text = print(expr->left, true) + sign(expr->kind) + print(expr->right, true);
      return nested ? "(" + text + ")" : text;
    }
  }
}

void print_to(std::string& out, const FilterExpr& expr, bool nested) {
  switch (expr->kind) {
    case NodeKind::all:
      return;
    // No word of pcap-filter matches nothing; a protocol number beyond one byte does, on every link type with
    // IP.
    case NodeKind::none:
      out += "ip proto 256";
      return;
    case NodeKind::primitive:
      out += print(expr->primitive);
      return;
    case NodeKind::negation: {
      const bool bare = expr->children[0]->kind == NodeKind::primitive;
      out += bare ? "not " : "not (";
      print_to(out, expr->children[0], false);
      if (!bare) out += ")";
      return;
    }
    case NodeKind::conjunction:
    case NodeKind::disjunction: {
      const char* between = expr->kind == NodeKind::conjunction ? " and " : " or ";
      if (nested) out += "(";
      for (std::size_t i = 0; i < expr->children.size(); ++i) {
        if (i > 0) out += between;
        print_to(out, expr->children[i], true);
      }
      if (nested) out += ")";
      return;
    }
  }
}

}  // namespace

std::string print(const Primitive& p) {
  switch (p.kind) {
    case PrimitiveKind::protocol:
      return word(p.proto);
    case PrimitiveKind::host:
      if (p.proto == Proto::ether) return prefixed(p, "host " + print_mac(p.mac));
      return prefixed(p, "host " + (p.is_ipv6 ? print_ipv6(p.ipv6) : print_ipv4(p.ipv4)));
    case PrimitiveKind::net:
      return prefixed(p, "net " + network(p));
    case PrimitiveKind::port:
      return prefixed(p, "port " + std::to_string(p.low));
    case PrimitiveKind::portrange:
      return prefixed(p, "portrange " + std::to_string(p.low) + "-" + std::to_string(p.high));
    case PrimitiveKind::proto: {
      if (p.proto != Proto::ether) return prefixed(p, "proto " + std::to_string(p.number));
      std::array<char, 16> number{};
      std::snprintf(number.data(), number.size(), "0x%04x", p.number);
      return prefixed(p, std::string("proto ") + number.data());
    }
    case PrimitiveKind::broadcast:
      return prefixed(p, "broadcast");
    case PrimitiveKind::multicast:
      return prefixed(p, "multicast");
    case PrimitiveKind::less:
      return "less " + std::to_string(p.number);
    case PrimitiveKind::greater:
      return "greater " + std::to_string(p.number);
    case PrimitiveKind::inbound:
      return "inbound";
    case PrimitiveKind::outbound:
      return "outbound";
    case PrimitiveKind::vlan:
      return p.has_number ? "vlan " + std::to_string(p.number) : "vlan";
    case PrimitiveKind::mpls:
      return p.has_number ? "mpls " + std::to_string(p.number) : "mpls";
    case PrimitiveKind::relation:
      return print(p.left, false) + sign(p.relation) + print(p.right, false);
  }
  return {};
}

std::string print(const FilterExpr& expr) {
  std::string text;
  print_to(text, expr, false);
  return text;
}

namespace {

bool loads_at(const ArithmeticExpr& expr, std::uint8_t vlan_depth, std::uint8_t mpls_depth) {
  if (!expr) return true;
  if (expr->kind == ArithmeticKind::load &&
      (expr->vlan_depth != vlan_depth || expr->mpls_depth != mpls_depth))
    return false;
  return loads_at(expr->left, vlan_depth, mpls_depth) && loads_at(expr->right, vlan_depth, mpls_depth);
}

}  // namespace

bool prints_faithfully(const FilterExpr& expr) {
  std::uint8_t vlan_depth = 0;
  std::uint8_t mpls_depth = 0;
  return !any_primitive(expr, [&](const Primitive& p) {
    if (p.vlan_depth != vlan_depth || p.mpls_depth != mpls_depth) return true;
    if (!loads_at(p.left, vlan_depth, mpls_depth) || !loads_at(p.right, vlan_depth, mpls_depth)) return true;
    if (p.kind == PrimitiveKind::vlan) ++vlan_depth;
    if (p.kind == PrimitiveKind::mpls) ++mpls_depth;
    return false;
  });
}

}  // namespace anchoko::filter
