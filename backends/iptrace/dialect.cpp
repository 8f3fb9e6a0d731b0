// iptrace's filter: an AND over its options, each with values. What its manual leaves open: README.md.
#include <algorithm>
#include <utility>

#include "backends/iptrace/iptrace.h"
#include "core/backend/mutant.h"
#include "core/filter/address.h"

namespace anchoko::iptrace {
namespace {

using filter::Direction;
using filter::FilterExpr;
using filter::Primitive;
using filter::PrimitiveKind;
using filter::Proto;

FilterExpr protocol(Proto proto) {
  Primitive p;
  p.kind = PrimitiveKind::protocol;
  p.proto = proto;
  return filter::primitive(p);
}

FilterExpr number(const std::string& value) {
  Primitive p;
  p.kind = PrimitiveKind::proto;
  p.proto = Proto::ip;
  p.number = static_cast<std::uint32_t>(std::stoul(value));
  return filter::primitive(p);
}

FilterExpr host(const std::string& value, Direction direction) {
  Primitive p;
  p.kind = PrimitiveKind::host;
  p.proto = Proto::ip;
  p.direction = direction;
  p.ipv4 = filter::parse_partial_ipv4(value).value_or(filter::PartialIpv4{}).value;
  return filter::primitive(p);
}

// Numbers in order.
std::string listed(const KeySet& set) {
  std::vector<std::string> values(set.values.begin(), set.values.end());
  std::ranges::sort(values, {}, [](const std::string& value) { return std::stoul(value); });
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ",") + value;
  return text;
}

class IptraceDialect final : public Dialect {
 public:
  Shape shape() const override { return Shape::keyed; }
  std::vector<OpenFact> open_facts() const override {
    return {
        {fact::other_frames_pass, "Frames that are not IP, ARP among them, pass every filter."},
        {fact::protocol_ipv6, "-P judges IPv6 packets by their first next-header."},
        {fact::port_ipv6, "-p judges IPv6 packets too."},
        {fact::port_either_end, "-p matches a port at either end."},
        {fact::port_sctp, "-p knows the ports of SCTP."},
    };
  }
  std::string frame_key() const override { return iptrace::frame_key; }

  KeyedVerdict boxes(const Primitive& primitive, bool negated, const DialectContext& context) const override {
    return iptrace::judge(primitive, negated, context);
  }

  KeyTraits traits(const std::string& key, const DialectContext& context) const override {
    KeyTraits result;
    if (key == iptrace::frame_key) return result;
    result.passes_other_frames = mutant(201) || context.assumes(fact::other_frames_pass);
    result.passing_fact = fact::other_frames_pass;
    result.negatable = false;
    if (key == protocol_key || key == port_key) {
      result.frame_types = {"ip", "ip6"};
      result.max_values = max_listed;
      // A packet has two ports.
      result.single_valued = mutant(202) || key == protocol_key;
      return result;
    }
    // Whether a host filter passes IPv6 is not told: such packets have addresses, but never that one.
    result.frame_types = mutant(203) ? std::set<std::string>{"ip"} : std::set<std::string>{"ip", "ip6"};
    result.max_values = 1;
    if (key == host_key) {
      result.either_end = true;
      result.source_key = one_end_key;
      result.destination_key = other_end_key;
    } else if (key == one_end_key || key == other_end_key) {
      result.max_values = 2;
    }
    return result;
  }

  std::vector<LoweringNote> axioms() const override {
    return {{{},
             "taken as given (tags-stripped): VLAN tags are removed below the point where iptrace captures",
             {}}};
  }

  std::vector<std::string> box_words(const Box& box, const DialectContext&) const override {
    std::vector<std::string> words;
    if (leaves_out_arp(box)) words.emplace_back("-a");
    if (const KeySet* set = find(box, protocol_key)) words.insert(words.end(), {"-P", listed(*set)});
    if (const auto ends = both_ends(box)) {
      words.insert(words.end(), {"-s", ends->first, "-d", ends->second});
      if (!mutant(204)) words.emplace_back("-b");
    } else if (const KeySet* source = find(box, source_key), *destination = find(box, destination_key);
               source || destination) {
      if (source) words.insert(words.end(), {"-s", *source->values.begin()});
      if (destination) words.insert(words.end(), {"-d", *destination->values.begin()});
    } else if (const KeySet* either = find(box, host_key)) {
      words.insert(words.end(), {mutant(205) ? "-d" : "-s", *either->values.begin()});
      if (!mutant(205)) words.emplace_back("-b");
    }
    if (const KeySet* set = find(box, port_key)) words.insert(words.end(), {"-p", listed(*set)});
    return words;
  }

  // What may pass, under every reading: the options are taken to judge IPv4 only.
  FilterExpr as_filter(const Box& box) const override {
    std::vector<FilterExpr> parts;
    if (const KeySet* set = find(box, protocol_key)) {
      std::vector<FilterExpr> numbers;
      for (const auto& value : set->values) numbers.push_back(number(value));
      parts.push_back(filter::disjunction(std::move(numbers)));
    }
    if (const auto ends = both_ends(box)) {
      parts.push_back(host(ends->first, Direction::unspecified));
      parts.push_back(host(ends->second, Direction::unspecified));
    } else if (const KeySet* source = find(box, source_key), *destination = find(box, destination_key);
               source || destination) {
      if (source)
        parts.push_back(host(*source->values.begin(), mutant(207) ? Direction::dst : Direction::src));
      if (destination) parts.push_back(host(*destination->values.begin(), Direction::dst));
    } else if (const KeySet* either = find(box, host_key)) {
      parts.push_back(host(*either->values.begin(), Direction::unspecified));
    }
    std::vector<FilterExpr> whole;
    if (!parts.empty())
      whole.push_back(filter::disjunction(
          {filter::negation(protocol(Proto::ip)), filter::conjunction(std::move(parts))}));
    if (leaves_out_arp(box)) whole.push_back(filter::negation(protocol(Proto::arp)));
    return filter::conjunction(std::move(whole));
  }

 private:
  static const KeySet* find(const Box& box, const char* key) {
    const auto found = box.find(key);
    return found == box.end() || found->second.negated || found->second.values.empty() ? nullptr
                                                                                       : &found->second;
  }

  // Both ends named: frames from one to the other, either way. The algebra makes the pair of two hosts under
  // `and`, never of one alone.
  static std::optional<std::pair<std::string, std::string>> both_ends(const Box& box) {
    const KeySet* ends = find(box, one_end_key);
    const KeySet* others = find(box, other_end_key);
    if (!ends || !others || ends->values.size() != 2 || ends->values != others->values) return std::nullopt;
    return std::pair{*ends->values.begin(), *std::next(ends->values.begin())};
  }

  // Whether -a takes RARP for ARP is not told.
  static bool leaves_out_arp(const Box& box) {
    const auto found = box.find(iptrace::frame_key);
    if (found == box.end()) return false;
    const auto& [values, negated] = found->second;
    return (values.contains("arp") == negated) && (mutant(206) || values.contains("rarp") == negated);
  }
};

}  // namespace

const Dialect& dialect() {
  static const IptraceDialect instance;
  return instance;
}

}  // namespace anchoko::iptrace
