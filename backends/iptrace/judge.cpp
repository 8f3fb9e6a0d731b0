// One primitive as boxes of iptrace's keys. Whatever an open fact may turn out to be, the boxes hold all that
// it matches.
#include <optional>
#include <utility>

#include "backends/iptrace/iptrace.h"
#include "core/backend/mutant.h"
#include "core/filter/address.h"

namespace anchoko::iptrace {
namespace {

using filter::Direction;
using filter::Primitive;
using filter::PrimitiveKind;
using filter::Proto;

constexpr std::uint32_t fragment_header = 44;

KeyedVerdict everything(std::string why, std::string assume = {}) {
  return {{KeyedBox{{}, {{{}, std::move(why), std::move(assume)}}}}};
}

Box frames(const char* kind) {
  return {{frame_key, {{kind}, false}}};
}

// What iptrace lets pass is judged again all the same: nobody has compared it with pcap-filter on a real
// machine.
KeyedBox again(Box box) {
  return {std::move(box),
          {{{},
            "the result is filtered again: how iptrace combines its options is known from its manual only",
            {}}}};
}

class Judgement {
 public:
  Judgement(const Primitive& primitive, const DialectContext& context) : p_(primitive), context_(context) {}

  KeyedVerdict boxes() const {
    if (p_.kind == PrimitiveKind::vlan || p_.vlan_depth > 0 || (p_.mpls_depth > 0 && !mutant(208)))
      return everything("iptrace cannot look behind VLAN tags or MPLS labels");
    switch (p_.kind) {
      case PrimitiveKind::protocol:
        return protocol_alone();
      case PrimitiveKind::proto:
        if (p_.proto == Proto::ether) return ethertype();
        return protocol(p_.number, p_.proto != Proto::ip6, p_.proto != Proto::ip);
      case PrimitiveKind::host:
        if (p_.proto != Proto::ether && !p_.is_ipv6) return address();
        break;
      case PrimitiveKind::net:
        if (p_.proto != Proto::ether && !p_.is_ipv6) return network();
        break;
      case PrimitiveKind::port:
      case PrimitiveKind::portrange:
        return ports();
      default:
        break;
    }
    return everything("iptrace has no option for it");
  }

 private:
  KeyedVerdict protocol_alone() const {
    switch (p_.proto) {
      case Proto::ip:
        return {{again(frames("ip"))}};
      case Proto::ip6:
        return {{again(frames("ip6"))}};
      case Proto::arp:
        return {{again(frames("arp"))}};
      case Proto::rarp:
        return {{again(frames("rarp"))}};
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
    return everything("iptrace has no option for it");
  }

  KeyedVerdict ethertype() const {
    switch (p_.number) {
      case 0x0800:
        return {{again(frames("ip"))}};
      case 0x86dd:
        return {{again(frames("ip6"))}};
      case 0x0806:
        return {{again(frames("arp"))}};
      case 0x8035:
        return {{again(frames("rarp"))}};
      default:
        return everything("iptrace has no option for ethertypes");
    }
  }

  KeyedVerdict protocol(std::uint32_t number, bool on_ipv4, bool on_ipv6) const {
    if (number > 0xff) return {};
    KeyedVerdict result;
    if (on_ipv4) {
      Box box = frames("ip");
      box[protocol_key] = {{std::to_string(number)}, false};
      result.boxes.push_back(again(std::move(box)));
    }
    // libpcap also looks behind one fragment header.
    if (on_ipv6 && !mutant(209))
      result.boxes.push_back(ipv6(mutant(210) ? std::set{number} : std::set{number, fragment_header}));
    return result;
  }

  KeyedBox ipv6(const std::set<std::uint32_t>& numbers) const {
    KeyedBox box{frames("ip6"), {}};
    if (!mutant(211) && !context_.assumes(fact::protocol_ipv6)) {
      box.wider.push_back({{}, "whether -P judges IPv6 is not known", fact::protocol_ipv6});
      return box;
    }
    box = again(std::move(box.box));
    for (const std::uint32_t number : numbers) box.box[protocol_key].values.insert(std::to_string(number));
    return box;
  }

  KeyedVerdict ports() const {
    std::set<std::uint32_t> protocols;
    const bool sctp = (p_.proto == Proto::none && !mutant(213)) || p_.proto == Proto::sctp;
    if (p_.proto == Proto::none || p_.proto == Proto::tcp) protocols.insert(6);
    if ((p_.proto == Proto::none && !mutant(212)) || p_.proto == Proto::udp) protocols.insert(17);
    KeyedVerdict result;
    if (!protocols.empty()) {
      result.boxes.push_back(with_ports("ip", protocols));
      result.boxes.push_back(with_ports("ip6", protocols));
    }
    if (sctp) {
      for (const char* kind : {"ip", "ip6"}) {
        KeyedBox box = with_ports(kind, {132});
        if (!mutant(214) && !context_.assumes(fact::port_sctp)) {
          box.box.erase(port_key);
          box.wider.push_back({{}, "whether -p knows the ports of SCTP is not known", fact::port_sctp});
        }
        result.boxes.push_back(std::move(box));
      }
    }
    return result;
  }

  KeyedBox with_ports(const std::string& kind, const std::set<std::uint32_t>& protocols) const {
    KeyedBox box = kind == "ip" ? again(frames("ip")) : ipv6(protocols);
    if (kind == "ip") {
      for (const std::uint32_t number : protocols)
        box.box[protocol_key].values.insert(std::to_string(number));
    } else if (!mutant(215) && !context_.assumes(fact::port_ipv6)) {
      box.wider.push_back({{}, "whether -p judges IPv6 is not known", fact::port_ipv6});
      return box;
    }
    if (!mutant(216) && !context_.assumes(fact::port_either_end)) {
      box.wider.push_back({{}, "which end of a packet -p asks for is not known", fact::port_either_end});
      return box;
    }
    if (p_.high - p_.low >= static_cast<int>(max_listed)) {
      box.wider.push_back({{}, "iptrace takes single ports, and the range is too long for a list", {}});
      return box;
    }
    for (std::uint32_t port = p_.low; port <= p_.high - (mutant(217) && p_.high > p_.low ? 1U : 0U); ++port)
      box.box[port_key].values.insert(std::to_string(port));
    if (p_.direction != Direction::unspecified && p_.direction != Direction::src_or_dst)
      box.wider.push_back({{}, "-p matches a port at either end", {}});
    return box;
  }

  // In ARP an address is another thing than in IP: whether -s and -d look there is not known, so these frames
  // have no such key.
  KeyedVerdict address() const {
    KeyedVerdict result;
    if (p_.proto == Proto::none || p_.proto == Proto::ip) {
      Box box = frames("ip");
      const KeySet value{{filter::print_ipv4(p_.ipv4)}, false};
      switch (p_.direction) {
        case Direction::src:
          box[source_key] = value;
          break;
        case Direction::dst:
          box[mutant(218) ? source_key : destination_key] = value;
          break;
        case Direction::src_and_dst:
          box[source_key] = value;
          box[destination_key] = value;
          break;
        case Direction::unspecified:
        case Direction::src_or_dst:
          box[host_key] = value;
          break;
      }
      result.boxes.push_back(again(std::move(box)));
    }
    add_arp(result, "iptrace cannot be asked for the addresses inside ARP");
    return result.boxes.empty() ? everything("iptrace has no option for it") : result;
  }

  KeyedVerdict network() const {
    KeyedVerdict result;
    if (p_.proto == Proto::none || p_.proto == Proto::ip)
      result.boxes.push_back({frames("ip"), {{{}, "iptrace has no option for networks", {}}}});
    add_arp(result, "iptrace has no option for networks");
    return result.boxes.empty() ? everything("iptrace has no option for it") : result;
  }

  void add_arp(KeyedVerdict& result, const char* why) const {
    for (const auto& [proto, kind] : {std::pair{Proto::arp, "arp"}, std::pair{Proto::rarp, "rarp"}}) {
      if ((p_.proto == Proto::none && !mutant(219)) || p_.proto == proto)
        result.boxes.push_back({frames(kind), {{{}, why, {}}}});
    }
  }

  const Primitive& p_;
  const DialectContext& context_;
};

}  // namespace

KeyedVerdict judge(const Primitive& primitive, bool negated, const DialectContext& context) {
  if (!negated) return Judgement(primitive, context).boxes();
  // Kinds of frames can be told apart in thought, which serves `not arp`.
  const bool kind = primitive.kind == PrimitiveKind::protocol || primitive.kind == PrimitiveKind::proto;
  if (kind && primitive.vlan_depth == 0 && primitive.mpls_depth == 0) {
    const KeyedVerdict plain = Judgement(primitive, context).boxes();
    if (plain.boxes.size() == 1 && plain.boxes[0].box.size() == 1 && plain.boxes[0].box.contains(frame_key)) {
      const bool exact_kind = mutant(220) ? true
                              : primitive.kind == PrimitiveKind::proto
                                  ? primitive.proto == Proto::ether
                                  : primitive.proto == Proto::arp || primitive.proto == Proto::rarp ||
                                        primitive.proto == Proto::ip || primitive.proto == Proto::ip6;
      if (exact_kind) return {{again({{frame_key, {plain.boxes[0].box.at(frame_key).values, true}}})}};
    }
  }
  return everything("iptrace has no 'not'");
}

}  // namespace anchoko::iptrace
