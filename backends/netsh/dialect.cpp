// netsh trace's capture filter: an AND over keys, each with a list of values. A key judges only frames that
// have its header. Sources and what is not certain: README.md.
#include <algorithm>
#include <optional>
#include <utility>

#include "backends/netsh/keys.h"
#include "backends/netsh/netsh.h"
#include "core/backend/mutant.h"
#include "core/filter/address.h"

namespace anchoko::netsh {
namespace {

using filter::Direction;
using filter::FilterExpr;
using filter::Primitive;
using filter::PrimitiveKind;
using filter::Proto;

FilterExpr number_filter(Proto proto, std::uint32_t number) {
  Primitive p;
  p.kind = PrimitiveKind::proto;
  p.proto = proto;
  p.has_number = true;
  p.number = number;
  return filter::primitive(p);
}

FilterExpr type_filter(std::uint32_t ethertype) {
  Primitive p;
  p.kind = PrimitiveKind::protocol;
  switch (ethertype) {
    case ethertype_ip:
      p.proto = Proto::ip;
      break;
    case ethertype_ip6:
      p.proto = Proto::ip6;
      break;
    case ethertype_arp:
      p.proto = Proto::arp;
      break;
    case ethertype_rarp:
      p.proto = Proto::rarp;
      break;
    default:
      return number_filter(Proto::ether, ethertype);
  }
  return filter::primitive(p);
}

FilterExpr address_filter(const std::string& key, const std::string& value) {
  Primitive p;
  p.kind = PrimitiveKind::host;
  p.is_ipv6 = key.starts_with("IPv6");
  p.proto = p.is_ipv6 ? Proto::ip6 : Proto::ip;
  if (key.ends_with(".SourceAddress")) p.direction = Direction::src;
  if (key.ends_with(".DestinationAddress")) p.direction = Direction::dst;
  if (p.is_ipv6) {
    p.ipv6 = filter::parse_ipv6(value).value_or(filter::Ipv6Bytes{});
  } else {
    p.ipv4 = filter::parse_partial_ipv4(value).value_or(filter::PartialIpv4{}).value;
  }
  return filter::primitive(p);
}

// One key as a filter over frames that have its header.
FilterExpr key_filter(const std::string& key, const KeySet& set) {
  std::vector<FilterExpr> values;
  for (const std::string& value : set.values) {
    if (key == type_key) {
      values.push_back(type_filter(number_of(value)));
    } else if (key == protocol_key) {
      values.push_back(number_filter(Proto::ip, number_of(value)));
    } else {
      values.push_back(address_filter(key, value));
    }
  }
  FilterExpr any = filter::disjunction(std::move(values));
  return set.negated && !mutant(305) ? filter::negation(std::move(any)) : any;
}

class NetshDialect final : public Dialect {
 public:
  Shape shape() const override { return Shape::keyed; }
  std::vector<OpenFact> open_facts() const override {
    return {
        {fact::extension_headers,
         "Protocol judges IPv6 frames by the protocol behind their extension headers."},
        {fact::protocol_ipv6, "Protocol judges IPv6 frames at all."},
        {fact::pass_other_frames, "Every key, negated or not, passes frames without its header."},
        {fact::keys_exact, "A key passes nothing but what it names."},
        {fact::interface_lists, "CaptureInterface takes a list of names."},
    };
  }
  std::string frame_key() const override { return type_key; }

  KeyedVerdict boxes(const Primitive& primitive, bool negated, const DialectContext& context) const override {
    for (const auto& interface : covered_interfaces(context.spec, context.facts)) {
      if (!interface.link_type.empty() && interface.link_type != "EN10MB") {
        return anything("on " + interface.name + " netsh's filters are not certain: it is no Ethernet");
      }
    }
    return netsh::judge(primitive, negated, context);
  }

  KeyTraits traits(const std::string& key, const DialectContext& context) const override {
    KeyTraits result;
    const bool passes = mutant(301) || context.assumes(fact::pass_other_frames);
    result.passing_fact = fact::pass_other_frames;
    result.passes_other_frames = passes;
    result.passes_when_negated = passes;
    if (key == type_key) {
      // Whether frames without an ethertype (IEEE 802.3) pass "everything but" is the same open question.
      result.negatable = passes;
      result.negating_fact = fact::pass_other_frames;
      result.max_values = max_type_values;
    } else if (key == protocol_key) {
      result.frame_types = {type_word(ethertype_ip), type_word(ethertype_ip6)};
    } else {
      const bool ipv4 = key.starts_with("IPv4");
      const std::string family = ipv4 ? "IPv4" : "IPv6";
      result.frame_types = {family};
      result.max_values = ipv4 ? max_ipv4_values : max_ipv6_values;
      result.passes_other_frames = mutant(302) || ipv4 || passes;  // netsh's help says it of IPv4 addresses
      if (key.ends_with(".Address") && !mutant(303)) {
        result.either_end = true;
        result.source_key = family + ".SourceAddress";
        result.destination_key = family + ".DestinationAddress";
      } else {
        result.either_key = family + ".Address";
      }
    }
    return result;
  }

  std::vector<LoweringNote> axioms() const override {
    return {{{},
             "taken as given (tags-stripped): VLAN tags are removed below the point where netsh captures",
             {}}};
  }

  std::vector<std::string> box_words(const Box& box, const DialectContext&) const override {
    std::vector<std::string> result;
    for (const char* key :
         {type_key, protocol_key, "IPv4.Address", "IPv4.SourceAddress", "IPv4.DestinationAddress",
          "IPv6.Address", "IPv6.SourceAddress", "IPv6.DestinationAddress"}) {
      const auto found = box.find(key);
      if (found != box.end()) result.push_back(std::string(key) + "=" + value_word(key, found->second));
    }
    return result;
  }

  FilterExpr as_filter(const Box& box) const override {
    const auto types = box.find(type_key);
    if (types == box.end() || types->second.negated) {
      std::vector<FilterExpr> parts;
      if (types != box.end()) parts.push_back(key_filter(type_key, types->second));
      for (const std::uint32_t type : {ethertype_ip, ethertype_ip6}) {
        if (const auto narrowed = frames_filter(type, box)) {
          parts.push_back(filter::disjunction({filter::negation(type_filter(type)), *narrowed}));
        }
      }
      return filter::conjunction(std::move(parts));
    }
    std::vector<FilterExpr> alternatives;
    for (const std::string& value : types->second.values) {
      const std::uint32_t type = number_of(value);
      const auto narrowed = frames_filter(type, box);
      alternatives.push_back(narrowed ? filter::conjunction({type_filter(type), *narrowed})
                                      : type_filter(type));
    }
    return filter::disjunction(std::move(alternatives));
  }

 private:
  // What the box asks of frames of one ethertype beside their type. Protocol is left out for IPv6, where its
  // meaning is open: the filter must hold whatever netsh lets pass.
  static std::optional<FilterExpr> frames_filter(std::uint32_t type, const Box& box) {
    std::vector<FilterExpr> parts;
    for (const auto& [key, set] : box) {
      const bool applies = type == ethertype_ip ? key == protocol_key || key.starts_with("IPv4")
                                                : type == ethertype_ip6 && key.starts_with("IPv6");
      if (applies) parts.push_back(key_filter(key, set));
    }
    if (parts.empty()) return std::nullopt;
    return filter::conjunction(std::move(parts));
  }

  static std::string value_word(const std::string& key, const KeySet& set) {
    std::vector<std::string> values(set.values.begin(), set.values.end());
    if (key == type_key || key == protocol_key) {
      std::ranges::sort(values, {}, number_of);
    } else if (key.starts_with("IPv4")) {
      std::ranges::sort(values, {}, [](const std::string& value) {
        return filter::parse_partial_ipv4(value).value_or(filter::PartialIpv4{}).value;
      });
    }
    if (values.size() == 1 && !set.negated) return values.front();
    std::string list;
    for (const std::string& value : values) list += (list.empty() ? "" : ",") + value;
    return (set.negated && !mutant(304) ? "!(" : "(") + list + ")";
  }
};

}  // namespace

const Dialect& dialect() {
  static const NetshDialect instance;
  return instance;
}

}  // namespace anchoko::netsh
