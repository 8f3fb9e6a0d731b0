// One primitive as boxes of netsh's keys. Whatever an open fact may turn out to be, the boxes hold all that
// it matches.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "backends/netsh/keys.h"
#include "backends/netsh/netsh.h"
#include "core/backend/mutant.h"
#include "core/filter/address.h"

namespace anchoko::netsh {
namespace {

using filter::Direction;
using filter::Primitive;
using filter::PrimitiveKind;
using filter::Proto;

constexpr const char* no_networks =
    "netsh has no key for networks; whether its address keys take ranges is not known (netsh-address-ranges)";

KeySet only(std::set<std::string> values) {
  return {std::move(values), false};
}
KeySet all_but(std::set<std::string> values) {
  return {std::move(values), true};
}

Box typed(std::uint32_t ethertype) {
  return {{type_key, only({type_word(ethertype)})}};
}

using Reasons = std::vector<LoweringNote>;

KeyedVerdict nothing() {
  return {};
}
KeyedVerdict everything(Reasons wider = {}) {
  return {{KeyedBox{{}, std::move(wider)}}};
}

// IPv6 headers that may stand in front of another one: a key that looks behind them never sees their number.
bool is_extension_header(std::uint32_t number) {
  constexpr std::array<std::uint32_t, 9> headers{0, 43, 44, 50, 51, 60, 135, 139, 140};
  return std::ranges::find(headers, number) != headers.end();
}

// One question to the dialect: a primitive, perhaps negated, under the assumptions of a context.
class Judgement {
 public:
  Judgement(const Primitive& primitive, bool negated, const DialectContext& context)
      : p_(primitive), negated_(negated), context_(context) {}

  KeyedVerdict boxes() const {
    if (p_.kind == PrimitiveKind::vlan || p_.vlan_depth > 0 || (p_.mpls_depth > 0 && !mutant(306))) {
      return anything("netsh cannot look behind VLAN tags or MPLS labels");
    }
    switch (p_.kind) {
      case PrimitiveKind::protocol:
        return protocol_alone();
      case PrimitiveKind::proto:
        if (p_.proto == Proto::ether) return ethertype(p_.number);
        return protocol(p_.number, p_.proto != Proto::ip6, p_.proto != Proto::ip);
      case PrimitiveKind::host:
      case PrimitiveKind::net:
        if (p_.proto == Proto::ether) break;
        return p_.is_ipv6 ? address_v6() : address_v4();
      case PrimitiveKind::port:
      case PrimitiveKind::portrange:
        return ports();
      default:
        break;
    }
    return anything("netsh has no key for it, or anchoko does not use it yet");
  }

 private:
  // What netsh's help promises is still filtered again, unless a person vouches for it.
  Reasons as_documented() const {
    if (context_.assumes(fact::keys_exact)) return {};
    return {{{},
             "the result is filtered again: nobody has compared netsh's filter with pcap-filter on a real "
             "machine",
             fact::keys_exact}};
  }
  KeyedBox documented(Box box) const { return {std::move(box), as_documented()}; }

  KeyedVerdict protocol_alone() const {
    switch (p_.proto) {
      case Proto::ip:
        return ethertype(ethertype_ip);
      case Proto::ip6:
        return ethertype(ethertype_ip6);
      case Proto::arp:
        return ethertype(ethertype_arp);
      case Proto::rarp:
        return ethertype(ethertype_rarp);
      case Proto::tcp:
        return protocol(6, true, true);
      case Proto::udp:
        return protocol(17, true, true);
      case Proto::sctp:
        return protocol(132, true, true);
      case Proto::icmp:
        return protocol(1, true, false);
      case Proto::icmp6:
        return protocol(58, false, true);
      case Proto::igmp:
        return protocol(2, true, false);
      case Proto::vrrp:
        return protocol(112, true, false);
      case Proto::esp:
        return protocol(50, true, true);
      case Proto::ah:
        return protocol(51, true, true);
      case Proto::pim:
        return protocol(103, true, true);
      case Proto::none:
      case Proto::ether:
        break;
    }
    return anything("netsh has no key for it");
  }

  KeyedVerdict ethertype(std::uint32_t number) const {
    // AppleTalk and AARP also come in 802.3 frames, whose type netsh may read as a length.
    constexpr std::array<std::uint32_t, 5> tags{0x8100, 0x88a8, 0x9100, 0x809b, 0x80f3};
    if (number < 0x600 || std::ranges::find(tags, number) != tags.end()) {
      return anything("how netsh reads the type of such frames is not known");
    }
    if (number > 0xffff) return negated_ ? everything() : nothing();
    const std::set<std::string> value{type_word(number)};
    return {{documented({{type_key, negated_ && !mutant(307) ? all_but(value) : only(value)}})}};
  }

  // `tcp`, `ip proto N`, `ip6 proto N`. libpcap looks at the first next-header of IPv6, and behind it when it
  // is a fragment header.
  KeyedVerdict protocol(std::uint32_t number, bool on_ipv4, bool on_ipv6) const {
    if (number > 0xff) return negated_ ? everything() : nothing();
    const std::set<std::string> value{protocol_word(number)};
    KeyedVerdict result;
    std::set<std::string> types;
    if (on_ipv4) {
      Box box = typed(ethertype_ip);
      box[protocol_key] = negated_ ? all_but(value) : only(value);
      result.boxes.push_back(documented(std::move(box)));
      types.insert(type_word(ethertype_ip));
    }
    if (on_ipv6 && !mutant(308)) {
      result.boxes.push_back(ipv6_protocol({number}, true));
      types.insert(type_word(ethertype_ip6));
    }
    if (negated_ && !mutant(309)) result.boxes.push_back(documented({{type_key, all_but(types)}}));
    return result;
  }

  // IPv6 frames that carry one of the protocols: as next header, or behind a fragment header too.
  KeyedBox ipv6_protocol(const std::set<std::uint32_t>& numbers, bool behind_fragment) const {
    const auto whole = [](const char* reason, const char* assume = "") {
      return KeyedBox{typed(ethertype_ip6), {{{}, reason, assume}}};
    };
    // A key that looks behind extension headers would reject frames that libpcap's `not` accepts.
    if (negated_ && !mutant(310))
      return whole("IPv6 is captured whole: Protocol may look behind extension headers");
    if (!mutant(311) && std::ranges::any_of(numbers, is_extension_header)) {
      return whole("IPv6 is captured whole: Protocol may look behind this extension header");
    }
    const bool looks_behind = context_.assumes(fact::extension_headers);
    if (!mutant(312) && !looks_behind && !context_.assumes(fact::protocol_ipv6)) {
      return whole(
          "IPv6 is captured whole: whether Protocol judges it, and behind extension headers, is not known",
          behind_fragment ? fact::extension_headers : fact::protocol_ipv6);
    }
    std::set<std::string> values;
    for (const std::uint32_t number : numbers) values.insert(protocol_word(number));
    // With the fragment header's own number the set holds under either reading.
    if (behind_fragment && !looks_behind && !mutant(313)) values.insert(protocol_word(44));
    KeyedBox result = whole("Protocol may find it in IPv6 where pcap-filter does not look");
    result.box[protocol_key] = only(std::move(values));
    return result;
  }

  KeyedVerdict ports() const {
    const LoweringNote no_key{{}, "netsh has no key for ports", {}};
    std::set<std::uint32_t> numbers;
    switch (p_.proto) {
      case Proto::none:
        numbers = mutant(314) ? std::set<std::uint32_t>{6, 17} : std::set<std::uint32_t>{6, 17, 132};
        break;
      case Proto::tcp:
        numbers = {6};
        break;
      case Proto::udp:
        numbers = {17};
        break;
      case Proto::sctp:
        numbers = {132};
        break;
      default:
        break;
    }
    if ((negated_ && !mutant(315)) || numbers.empty()) return everything({no_key});
    KeyedBox ipv4{typed(ethertype_ip), {no_key}};
    for (const std::uint32_t number : numbers) ipv4.box[protocol_key].values.insert(protocol_word(number));
    KeyedBox ipv6 = ipv6_protocol(numbers, false);
    ipv6.wider.insert(ipv6.wider.begin(), no_key);
    return {{std::move(ipv4), std::move(ipv6)}};
  }

  // The addresses a host or a small network stands for; nothing: too many.
  std::optional<std::set<std::string>> ipv4_values() const {
    const std::uint32_t open_bits = ~p_.ipv4_mask;
    if ((open_bits & (open_bits + 1)) != 0 || open_bits >= max_ipv4_values) return std::nullopt;
    std::set<std::string> values;
    for (std::uint32_t i = mutant(316) && open_bits > 0 ? 1 : 0; i <= open_bits; ++i)
      values.insert(filter::print_ipv4(p_.ipv4 + i));
    return values;
  }

  KeyedVerdict address_v4() const {
    const bool any = p_.proto == Proto::none;
    KeyedVerdict result;
    std::set<std::string> types;
    if (any || p_.proto == Proto::ip) {
      result.boxes = address_boxes(ethertype_ip, "IPv4", ipv4_values(), {{}, no_networks, {}});
      types.insert(type_word(ethertype_ip));
    }
    for (const auto& [proto, type] :
         {std::pair{Proto::arp, ethertype_arp}, std::pair{Proto::rarp, ethertype_rarp}}) {
      if ((!any || mutant(317)) && p_.proto != proto) continue;
      result.boxes.push_back({typed(type), {{{}, "netsh has no key for the addresses inside ARP", {}}}});
      types.insert(type_word(type));
    }
    if (types.empty()) return anything("netsh has no key for it");
    if (negated_) result.boxes.push_back(documented({{type_key, all_but(types)}}));
    return result;
  }

  KeyedVerdict address_v6() const {
    if (p_.proto != Proto::none && p_.proto != Proto::ip6) return anything("netsh has no key for it");
    // How netsh wants the scope of link-local and multicast addresses is not known (its help escapes a `%`).
    const bool scoped = p_.ipv6[0] == 0xff || (p_.ipv6[0] == 0xfe && (p_.ipv6[1] & 0xc0) == 0x80);
    const bool host = mutant(318) || p_.ipv6_prefix == 128;
    std::optional<std::set<std::string>> values;
    if (host && !scoped) values = std::set{filter::print_ipv6(p_.ipv6)};
    const char* reason = host ? "how netsh reads addresses that have a scope is not known" : no_networks;
    KeyedVerdict result{address_boxes(ethertype_ip6, "IPv6", values, {{}, reason, {}})};
    if (negated_) result.boxes.push_back(documented({{type_key, all_but({type_word(ethertype_ip6)})}}));
    return result;
  }

  // Frames of one family; without values they stay open for the reason given.
  std::vector<KeyedBox> address_boxes(std::uint32_t ethertype, const std::string& family,
                                      const std::optional<std::set<std::string>>& values,
                                      const LoweringNote& open) const {
    if (!values) return {{typed(ethertype), {open}}};
    const auto with = [&](std::initializer_list<const char*> keys) {
      Box box = typed(ethertype);
      for (const char* key : keys) box[family + "." + key] = negated_ ? all_but(*values) : only(*values);
      return documented(std::move(box));
    };
    const bool one_end = p_.direction == Direction::src || p_.direction == Direction::dst;
    if (one_end)
      return {
          with({(p_.direction == Direction::src) != mutant(319) ? "SourceAddress" : "DestinationAddress"})};
    const bool both_ends = p_.direction == Direction::src_and_dst;
    // Neither end and both ends are an AND over the two keys; `not (both)` is an OR of two.
    if (both_ends && negated_ && !mutant(320)) return {with({"SourceAddress"}), with({"DestinationAddress"})};
    if (both_ends || negated_) return {with({"SourceAddress", "DestinationAddress"})};
    return {with({"Address"})};
  }

  const Primitive& p_;
  bool negated_;
  const DialectContext& context_;
};

}  // namespace

KeyedVerdict judge(const Primitive& primitive, bool negated, const DialectContext& context) {
  return Judgement(primitive, negated, context).boxes();
}

KeyedVerdict anything(const std::string& reason) {
  return everything({{{}, reason, {}}});
}

}  // namespace anchoko::netsh
