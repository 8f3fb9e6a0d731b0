#include "backends/snoop/filter_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "core/backend/mutant.h"
#include "core/filter/protocol_code.h"

namespace anchoko::snoop {
namespace {

using filter::Arithmetic;
using filter::ArithmeticExpr;
using filter::ArithmeticKind;
using filter::Direction;
using filter::FilterExpr;
using filter::NodeKind;
using filter::Primitive;
using filter::PrimitiveKind;
using filter::Proto;

// Reference: snoop, 4.7. One comparison that is joined with '|' costs about 9 words of 1024, one with `and`
// or `or` a few more; each alternative leaves a value on a stack of 64.
constexpr std::size_t words_of_test = 14;
constexpr std::size_t words_of_term4 = 11;
constexpr std::size_t words_of_term6 = 44;
constexpr std::size_t words_of_port = 22;
constexpr std::size_t max_words = 1024;
constexpr std::size_t max_tests = 40;
// Seven nanoseconds each where it was measured; an old SPARC takes up to fifty times as long.
constexpr double max_paths = 2e7;

std::string hex(std::uint32_t value) {
  if (value == 0) return "0";
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%x", value);
  return text.data();
}
std::string decimal(std::uint64_t value) {
  return std::to_string(value);
}

// What is built up: the text of a conjunction or disjunction needs parentheses in another one.
struct Part {
  std::string text;
  enum class Kind { test, all_of, any_of } kind = Kind::test;
  std::size_t tests = 1;
  std::size_t words = words_of_test;
  double paths = 1;  // that snoop's branch optimiser walks
};

Part test(std::string text) {
  return {std::move(text)};
}

Part join(std::vector<Part> parts, Part::Kind kind) {
  if (parts.size() == 1) return std::move(parts.front());
  Part result{{}, kind, 0, 0};
  // Each operand but the last may go on to the next one or to the end.
  result.paths = 0;
  for (std::size_t i = parts.size(); i-- > 0;)
    result.paths = parts[i].paths * (i + 1 == parts.size() ? 1 : result.paths + 1);
  for (const Part& part : parts) {
    if (!result.text.empty()) result.text += kind == Part::Kind::all_of ? " and " : " or ";
    const bool bare = mutant(108) || part.kind == Part::Kind::test || part.kind == kind;
    result.text += bare ? part.text : "(" + part.text + ")";
    result.tests += part.tests;
    result.words += part.words;
  }
  return result;
}
Part all_of(std::vector<Part> parts) {
  return join(std::move(parts), Part::Kind::all_of);
}
Part any_of(std::vector<Part> parts) {
  return join(std::move(parts), Part::Kind::any_of);
}
Part negated(const Part& part) {
  return {"not (" + part.text + ")", Part::Kind::test, part.tests + 1, part.words + 2, part.paths};
}

// Alternatives without branches: values of comparisons, joined.
Part one_of(const std::vector<std::string>& terms, std::size_t words_of_term) {
  Part result{{}, Part::Kind::test, 2, words_of_test + terms.size() * words_of_term};
  for (const auto& term : terms)
    result.text += (result.text.empty() ? "(" : mutant(109) ? " & (" : " | (") + term + ")";
  result.text = "(" + result.text + ") != 0";
  return result;
}

constexpr std::uint32_t ethertype_ip = 0x0800;
constexpr std::uint32_t ethertype_arp = 0x0806;
constexpr std::uint32_t ethertype_rarp = 0x8035;
constexpr std::uint32_t ethertype_ip6 = 0x86dd;

struct Mask {
  std::uint32_t value;
  std::uint32_t mask;
};
std::array<Mask, 4> words_of(const Primitive& p) {
  std::array<Mask, 4> result{};
  for (std::size_t i = 0; i < 4; ++i) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 4; ++k) word = word << 8 | p.ipv6[4 * i + k];
    const int bits = std::clamp(static_cast<int>(p.ipv6_prefix) - static_cast<int>(32 * i), 0, 32);
    const std::uint32_t mask =
        bits == 0 ? 0 : 0xffffffffu << (mutant(107) ? std::max(0, 31 - bits) : 32 - bits);
    result[i] = {word & mask, mask};
  }
  return result;
}

using Group = std::vector<const Primitive*>;

class Writer {
 public:
  explicit Writer(Place place) : place_(place) {}

  std::optional<Part> write(const FilterExpr& expr) {
    switch (expr->kind) {
      case NodeKind::all:
        return test("greater 0");
      case NodeKind::none:
        return test("0");
      case NodeKind::primitive:
        return can_say(expr->primitive) ? std::optional(primitive(expr->primitive)) : std::nullopt;
      case NodeKind::negation: {
        negated_ = !negated_;
        auto child = write(expr->children[0]);
        negated_ = !negated_;
        return child ? std::optional(negated(*child)) : std::nullopt;
      }
      case NodeKind::conjunction:
      case NodeKind::disjunction:
        break;
    }
    std::vector<Part> parts;
    std::vector<bool> taken(expr->children.size());
    for (std::size_t i = 0; i < taken.size(); ++i) {
      if (taken[i]) continue;
      Group group;
      if (expr->kind == NodeKind::disjunction) group = take_group(expr->children, i, taken);
      auto part = group.size() > 1 ? std::optional(primitives(group)) : write(expr->children[i]);
      if (!part) return std::nullopt;
      parts.push_back(std::move(*part));
    }
    return expr->kind == NodeKind::conjunction ? all_of(std::move(parts)) : any_of(std::move(parts));
  }

 private:
  bool plain() const { return place_ == Place::as_it_stands; }

  // ---- places: `depth` tags have been stepped over
  std::string ether(std::uint32_t at, int size) const {
    return "ether[" + decimal(at) + (size == 1 ? "]" : ":" + decimal(static_cast<unsigned>(size)) + "]");
  }
  std::string network(const char* base, std::uint32_t at, int size, std::uint32_t depth) const {
    if (plain()) return ether(14 + 4 * depth + at, size);
    return std::string(base) + "[" + decimal(at) +
           (size == 1 ? "]" : ":" + decimal(static_cast<unsigned>(size)) + "]");
  }
  // Behind an IPv4 header.
  std::string transport(std::uint32_t at, int size, std::uint32_t depth) const {
    const std::string end = size == 1 ? "]" : ":" + decimal(static_cast<unsigned>(size)) + "]";
    if (!plain()) return "tcp[" + decimal(at) + end;
    const std::uint32_t start = 14 + 4 * depth;
    if (mutant(110)) return ether(start + 20 + at, size);
    return "ether[(" + ether(start, 1) + " & 0xf) * 4 + " + decimal(start + at) + end;
  }
  Part is_type(std::uint32_t type, std::uint32_t depth) const {
    if (!plain()) {
      switch (type) {
        case ethertype_ip:
          return test("ip");
        case ethertype_ip6:
          return test("ip6");
        case ethertype_arp:
          return test("arp");
        case ethertype_rarp:
          return test("rarp");
        default:
          break;
      }
    }
    return test(ether(12 + 4 * depth, 2) + " = " + hex(type));
  }

  static std::string compare_text(const std::string& field, std::uint32_t value, std::uint32_t mask) {
    return mask == 0xffffffff ? field + " = " + hex(value) : field + " & " + hex(mask) + " = " + hex(value);
  }
  static Part compare(const std::string& field, std::uint32_t value, std::uint32_t mask = 0xffffffff) {
    return test(compare_text(field, value, mask));
  }
  static Part number(const std::string& field, std::uint32_t value) {
    return test(field + " = " + decimal(value));
  }

  static Part by_direction(Direction direction, Part source, Part destination) {
    switch (direction) {
      case Direction::src:
        return mutant(111) ? destination : source;
      case Direction::dst:
        return destination;
      case Direction::src_and_dst:
        return all_of({std::move(source), std::move(destination)});
      case Direction::unspecified:
      case Direction::src_or_dst:
        break;
    }
    return join({std::move(source), std::move(destination)},
                mutant(112) ? Part::Kind::all_of : Part::Kind::any_of);
  }

  // ---- primitives
  Part primitive(const Primitive& p) {
    switch (p.kind) {
      case PrimitiveKind::protocol:
        return protocol(p.proto, p.vlan_depth);
      case PrimitiveKind::proto:
        return protocol_number_test(p.proto, p.number, p.vlan_depth);
      case PrimitiveKind::host:
      case PrimitiveKind::net:
        return p.proto == Proto::ether ? mac(p) : primitives({&p});
      case PrimitiveKind::port:
      case PrimitiveKind::portrange:
        return primitives({&p});
      case PrimitiveKind::broadcast:
        return all_of({compare(ether(0, 4), 0xffffffff), compare(ether(4, 2), 0xffff)});
      case PrimitiveKind::multicast:
        return multicast(p);
      case PrimitiveKind::less:
        return test("length <= " + decimal(p.number));
      case PrimitiveKind::greater:
        return test("length >= " + decimal(p.number));
      case PrimitiveKind::vlan:
        return vlan(p);
      case PrimitiveKind::relation:
        return relation(p);
      default:
        break;  // can_say() has said no
    }
    return test("greater 0");
  }

  Part protocol(Proto proto, std::uint32_t depth) {
    switch (proto) {
      case Proto::ip:
        return is_type(ethertype_ip, depth);
      case Proto::ip6:
        return is_type(ethertype_ip6, depth);
      case Proto::arp:
        return is_type(ethertype_arp, depth);
      case Proto::rarp:
        return is_type(ethertype_rarp, depth);
      case Proto::icmp:
      case Proto::igmp:
      case Proto::vrrp:
        return protocol_number_test(Proto::ip, filter::protocol_number(proto), depth);
      case Proto::icmp6:
        return protocol_number_test(Proto::ip6, filter::protocol_number(proto), depth);
      default:
        return protocol_number_test(Proto::none, filter::protocol_number(proto), depth);
    }
  }

  Part protocol_number_test(Proto proto, std::uint32_t value, std::uint32_t depth) {
    if (proto == Proto::ether) return compare(ether(12 + 4 * depth, 2), value);
    std::vector<Part> either_one;
    if (proto != Proto::ip6)
      either_one.push_back(all_of({is_type(ethertype_ip, depth), number(network("ip", 9, 1, depth), value)}));
    if (proto != Proto::ip) {
      // libpcap also looks behind one fragment header.
      either_one.push_back(all_of({is_type(ethertype_ip6, depth),
                                   any_of({number(network("ip6", 6, 1, depth), value),
                                           all_of({number(network("ip6", 6, 1, depth), mutant(113) ? 43 : 44),
                                                   number(network("ip6", 40, 1, depth), value)})})}));
    }
    return any_of(std::move(either_one));
  }

  Part mac(const Primitive& p) {
    const auto at = [&](std::uint32_t offset) {
      const auto word = static_cast<std::uint32_t>(p.mac[0]) << 24 |
                        static_cast<std::uint32_t>(p.mac[1]) << 16 |
                        static_cast<std::uint32_t>(p.mac[2]) << 8 | p.mac[3];
      const auto rest = static_cast<std::uint32_t>(p.mac[4]) << 8 | p.mac[5];
      return all_of({compare(ether(offset, 4), word), compare(ether(offset + 4, 2), rest)});
    };
    return by_direction(p.direction, at(6), at(0));
  }

  // Of one field at two places, source and destination, one of the wanted values. A list reads the source
  // first and the destination only when no value was there, as the single comparisons would: it rejects no
  // record for its shortness that they accept.
  template <typename Term>
  Part at_either_end(const Group& group, std::uint32_t source, std::uint32_t destination, const Term& term,
                     std::size_t words_of_term) {
    const auto at = [&](std::uint32_t offset) {
      std::vector<std::string> terms;
      for (const Primitive* p : group) terms.push_back(term(*p, offset));
      if (terms.size() > 1) return one_of(terms, words_of_term);
      Part single = test(terms.front());
      single.words = std::max(single.words, words_of_term);
      return single;
    };
    return by_direction(group.front()->direction, at(source), at(destination));
  }

  Part addresses4(const Group& group) {
    const Primitive& first = *group.front();
    const std::uint32_t d = first.vlan_depth;
    const auto term = [&](const Primitive& p, std::uint32_t at) {
      return compare_text(network("ip", at, 4, d), p.ipv4,
                          mutant(115) ? p.ipv4_mask | p.ipv4_mask >> 1 : p.ipv4_mask);
    };
    const auto in_ip = [&] {
      return all_of({is_type(ethertype_ip, d), at_either_end(group, 12, 16, term, words_of_term4)});
    };
    const auto in_arp = [&](Part type) {
      return all_of({std::move(type), at_either_end(group, mutant(114) ? 12 : 14, 24, term, words_of_term4)});
    };
    if (first.proto == Proto::ip) return in_ip();
    if (first.proto == Proto::arp) return in_arp(is_type(ethertype_arp, d));
    if (first.proto == Proto::rarp) return in_arp(is_type(ethertype_rarp, d));
    return any_of({in_ip(), in_arp(any_of({is_type(ethertype_arp, d), is_type(ethertype_rarp, d)}))});
  }

  Part addresses6(const Group& group) {
    const std::uint32_t d = group.front()->vlan_depth;
    const Part type = is_type(ethertype_ip6, d);
    if (group.size() == 1) {
      const auto at = [&](std::uint32_t offset) {
        std::vector<Part> parts;
        for (const auto& text : comparisons6(*group.front(), offset)) parts.push_back(test(text));
        return all_of(std::move(parts));
      };
      return all_of({type, by_direction(group.front()->direction, at(8), at(24))});
    }
    const auto term = [&](const Primitive& p, std::uint32_t offset) {
      std::string text;
      for (const auto& one : comparisons6(p, offset)) text += (text.empty() ? "(" : " & (") + one + ")";
      return text;
    };
    // A list reads all of an address, single comparisons end at the first word that differs. Packets without
    // the whole header are let through (below a negation: not), which none on a wire are.
    Part list = at_either_end(group, 8, 24, term, words_of_term6);
    const std::string whole = decimal(plain() ? 54 + 4 * d : 58);
    if (negated_) return all_of({type, test("length >= " + whole), std::move(list)});
    return all_of({type, any_of({test("length < " + whole), std::move(list)})});
  }

  std::vector<std::string> comparisons6(const Primitive& p, std::uint32_t offset) const {
    std::vector<std::string> texts;
    const auto words = words_of(p);
    for (std::uint32_t i = 0; i < words.size(); ++i) {
      if (words[i].mask == 0 && i != 0) continue;  // nothing is asked for
      texts.push_back(
          compare_text(network("ip6", offset + 4 * i, 4, p.vlan_depth), words[i].value, words[i].mask));
    }
    return texts;
  }

  Part ports(const Group& group) {
    const Primitive& first = *group.front();
    const std::uint32_t d = first.vlan_depth;
    const auto carries_ports = [&](const std::string& field) {
      if (first.proto != Proto::none) return number(field, filter::protocol_number(first.proto));
      return any_of({number(field, 6), number(field, 17), number(field, mutant(116) ? 136 : 132)});
    };
    const auto inside = [&](const Primitive& p, const std::string& field) {
      if (p.low == p.high) return field + " = " + decimal(p.low);
      const std::string both = "(" + field + (mutant(117) ? " > " : " >= ") + decimal(p.low) + ") & (" +
                               field + " <= " + decimal(p.high) + ")";
      return group.size() > 1 ? both : "(" + both + ") != 0";
    };
    const auto term4 = [&](const Primitive& p, std::uint32_t at) { return inside(p, transport(at, 2, d)); };
    const auto term6 = [&](const Primitive& p, std::uint32_t at) {
      return inside(p, network("ip6", (mutant(118) ? 42 : 40) + at, 2, d));
    };
    // A range reads its field twice, and behind a tag in place a field costs twice as much.
    std::size_t cost = words_of_port;
    if (std::any_of(group.begin(), group.end(), [](const Primitive* p) { return p->low != p->high; }))
      cost *= 2;
    if (plain()) cost *= 2;
    // libpcap does not look for ports in later fragments of IPv4, and behind no extension header of IPv6.
    return any_of({all_of({is_type(ethertype_ip, d), carries_ports(network("ip", 9, 1, d)),
                           compare(network("ip", 6, 2, d), 0, mutant(119) ? 0x3fff : 0x1fff),
                           at_either_end(group, 0, 2, term4, cost)}),
                   all_of({is_type(ethertype_ip6, d), carries_ports(network("ip6", 6, 1, d)),
                           at_either_end(group, 0, 2, term6, cost)})});
  }

  Part primitives(const Group& group) {
    const Primitive& first = *group.front();
    if (first.kind == PrimitiveKind::port || first.kind == PrimitiveKind::portrange) return ports(group);
    return first.is_ipv6 ? addresses6(group) : addresses4(group);
  }

  // Addresses or ports that stand beside each other as alternatives, all but for their values alike.
  static bool alike(const Primitive& a, const Primitive& b) {
    return is_listed(a) && is_listed(b) && is_port(a) == is_port(b) && a.is_ipv6 == b.is_ipv6 &&
           (mutant(120) || a.proto == b.proto) && (mutant(121) || a.direction == b.direction) &&
           a.vlan_depth == b.vlan_depth;
  }
  static bool is_port(const Primitive& p) {
    return p.kind == PrimitiveKind::port || p.kind == PrimitiveKind::portrange;
  }
  static bool is_listed(const Primitive& p) {
    const bool address = p.kind == PrimitiveKind::host || p.kind == PrimitiveKind::net;
    // Both ends at once: an AND within each alternative.
    return (is_port(p) || (address && p.proto != Proto::ether)) && p.direction != Direction::src_and_dst &&
           can_say(p);
  }
  static Group take_group(const std::vector<FilterExpr>& children, std::size_t from,
                          std::vector<bool>& taken) {
    Group group;
    for (std::size_t i = from; i < children.size(); ++i) {
      if (taken[i] || children[i]->kind != NodeKind::primitive) continue;
      if (i != from && !alike(children[from]->primitive, children[i]->primitive)) continue;
      group.push_back(&children[i]->primitive);
      taken[i] = true;
    }
    return group;
  }

  Part multicast(const Primitive& p) {
    const std::uint32_t d = p.vlan_depth;
    if (p.proto == Proto::ip)
      return all_of({is_type(ethertype_ip, d), test(network("ip", 16, 1, d) + " >= 224")});
    if (p.proto == Proto::ip6)
      return all_of({is_type(ethertype_ip6, d), number(network("ip6", 24, 1, d), 255)});
    return test(ether(0, 1) + " & 1 != 0");
  }

  Part vlan(const Primitive& p) {
    const std::uint32_t at = 12 + 4u * p.vlan_depth;
    Part tag =
        any_of({compare(ether(at, 2), 0x8100), compare(ether(at, 2), 0x88a8), compare(ether(at, 2), 0x9100)});
    if (!p.has_number) return tag;
    return all_of(
        {std::move(tag), test(ether(at + 2, 2) + (mutant(122) ? " = " : " & 0xfff = ") + decimal(p.number))});
  }

  Part relation(const Primitive& p) {
    const Arithmetic* load = p.left.get();
    std::optional<std::uint32_t> mask;
    if (load->kind == ArithmeticKind::bit_and) {
      mask = load->right->value;
      load = load->left.get();
    }
    std::vector<Part> parts;
    std::string field = "length";
    if (load->kind == ArithmeticKind::load) {
      const std::uint32_t d = load->vlan_depth;
      const std::uint32_t at = load->left->value;
      const int size = load->size;
      switch (load->proto) {
        case Proto::ether:
          field = ether(at, size);
          break;
        case Proto::ip:
        case Proto::ip6:
        case Proto::arp:
        case Proto::rarp:
          parts.push_back(protocol(load->proto, d));
          field = network(load->proto == Proto::ip6 ? "ip6" : "ip", at, size, d);
          break;
        case Proto::icmp6:
          parts.push_back(is_type(ethertype_ip6, d));
          parts.push_back(number(network("ip6", 6, 1, d), 58));
          field = network("ip6", 40 + at, size, d);
          break;
        default:
          parts.push_back(is_type(ethertype_ip, d));
          parts.push_back(number(network("ip", 9, 1, d), filter::protocol_number(load->proto)));
          parts.push_back(compare(network("ip", 6, 2, d), 0, 0x1fff));
          field = transport(at, size, d);
      }
    }
    if (mask && !mutant(123)) field += " & " + hex(*mask);
    parts.push_back(test(field + " " + sign(p.relation) + " " + decimal(p.right->value)));
    return all_of(std::move(parts));
  }

  static const char* sign(filter::Relation relation) {
    switch (relation) {
      case filter::Relation::equal:
        return "=";
      case filter::Relation::not_equal:
        return "!=";
      case filter::Relation::greater:
        return ">";
      case filter::Relation::greater_equal:
        return ">=";
      case filter::Relation::less:
        return "<";
      case filter::Relation::less_equal:
        return "<=";
    }
    return "=";
  }

  Place place_;
  bool negated_ = false;  // of what is written now
};

// What arithmetic it takes: one load at a fixed place, or the length, perhaps with a mask, against a number.
// Anything else would rest on how snoop computes (signs, division), of which little is known.
bool can_say_relation(const Primitive& p) {
  if (p.right->kind != ArithmeticKind::constant) return false;
  const Arithmetic* load = p.left.get();
  std::uint32_t mask = 0xffffffff;
  if (load->kind == ArithmeticKind::bit_and) {
    if (load->right->kind != ArithmeticKind::constant) return false;
    mask = load->right->value;
    load = load->left.get();
  }
  const bool of_length = load->kind == ArithmeticKind::length;
  if (!of_length) {
    constexpr std::uint32_t far = 0xffff;
    if (load->kind != ArithmeticKind::load || load->left->kind != ArithmeticKind::constant) return false;
    if (load->left->value > far || load->mpls_depth > 0) return false;
  }
  // Whether words of 32 bits are compared with a sign is not certain.
  if (p.relation == filter::Relation::equal || p.relation == filter::Relation::not_equal) return true;
  constexpr std::uint32_t largest = 0x7fffffff;
  return p.right->value <= largest && (of_length || load->size < 4 || mask <= largest);
}

}  // namespace

bool can_say(const Primitive& p) {
  if (p.mpls_depth > 0 && !mutant(124)) return false;
  switch (p.kind) {
    case PrimitiveKind::inbound:
    case PrimitiveKind::outbound:
    case PrimitiveKind::mpls:
      return false;
    case PrimitiveKind::proto: {
      // Up to 1500 it is a length field and libpcap asks the LLC header; of AppleTalk it asks SNAP too.
      constexpr std::uint32_t largest_length = 1500;
      constexpr std::uint32_t appletalk = 0x809b;
      constexpr std::uint32_t appletalk_arp = 0x80f3;
      return p.proto != Proto::ether ||
             (p.number > largest_length && p.number != appletalk && p.number != appletalk_arp);
    }
    case PrimitiveKind::relation:
      return can_say_relation(p);
    // How snoop compares larger numbers is not certain.
    case PrimitiveKind::less:
    case PrimitiveKind::greater:
      return p.number <= 0x7fffffff;
    default:
      return true;
  }
}

std::optional<FilterText> filter_text(const FilterExpr& expr, Place place) {
  Writer writer(place);
  auto part = writer.write(expr);
  if (!part) return std::nullopt;
  return FilterText{std::move(part->text), part->tests, part->words, part->paths};
}

bool fits(const FilterText& text) {
  return (mutant(125) || text.words <= max_words) && (mutant(126) || text.tests <= max_tests) &&
         (mutant(127) || text.paths <= max_paths);
}

}  // namespace anchoko::snoop
