#include "core/crib/primitive_words.h"

#include "core/filter/printer.h"

namespace anchoko::crib {
namespace {

using filter::Direction;
using filter::Primitive;
using filter::PrimitiveKind;
using filter::Proto;

std::string protocol_name(Proto proto) {
  switch (proto) {
    case Proto::none:
      return "TCP, UDP, SCTP";
    case Proto::ether:
      return "Ethernet";
    case Proto::ip:
      return "IPv4";
    case Proto::ip6:
      return "IPv6";
    case Proto::arp:
      return "ARP";
    case Proto::rarp:
      return "RARP";
    case Proto::tcp:
      return "TCP";
    case Proto::udp:
      return "UDP";
    case Proto::sctp:
      return "SCTP";
    case Proto::icmp:
      return "ICMP";
    case Proto::icmp6:
      return "ICMPv6";
    case Proto::igmp:
      return "IGMP";
    case Proto::esp:
      return "ESP";
    case Proto::ah:
      return "AH";
    case Proto::pim:
      return "PIM";
    case Proto::vrrp:
      return "VRRP";
  }
  return {};
}

BilingualText protocol(Proto proto) {
  const std::string name = protocol_name(proto);
  switch (proto) {
    case Proto::ip:
    case Proto::ip6:
    case Proto::arp:
    case Proto::rarp:
      return {"the packet is " + name, name + " のパケットである"};
    case Proto::icmp:
    case Proto::igmp:
    case Proto::vrrp:
      return {name + " in IPv4", "IPv4 の " + name + " である"};
    case Proto::icmp6:
      return {name + " in IPv6, directly or behind one fragment header",
              "IPv6 の " + name + " である（フラグメントヘッダー 1 個の後ろも可）"};
    default:
      return {name + " in IPv4, or in IPv6 directly or behind one fragment header",
              "IPv4 または IPv6 の " + name + " である（IPv6 ではフラグメントヘッダー 1 個の後ろも可）"};
  }
}

// "from", "to", "from or to", "from and to", with the Japanese for the same.
BilingualText end_words(Direction direction) {
  switch (direction) {
    case Direction::src:
      return {"the source is", "送信元が"};
    case Direction::dst:
      return {"the destination is", "宛先が"};
    case Direction::src_and_dst:
      return {"both source and destination are", "送信元と宛先の両方が"};
    default:
      return {"the source or the destination is", "送信元か宛先が"};
  }
}

BilingualText address(const Primitive& p) {
  const BilingualText end = end_words(p.direction);
  Primitive bare = p;
  bare.proto = Proto::none;
  bare.direction = Direction::unspecified;
  std::string value = filter::print(bare);
  if (p.proto == Proto::ether) {
    bare.proto = Proto::ether;
    value = filter::print(bare).substr(std::string("ether ").size());
  }
  const std::string what = value.substr(value.find(' ') + 1);
  const bool net = p.kind == PrimitiveKind::net;
  std::string where_en;
  std::string where_ja;
  if (p.proto == Proto::ether) {
    where_en = "the MAC address ";
    where_ja = "MAC アドレス ";
  } else if (p.is_ipv6) {
    where_en = net ? "in the IPv6 network " : "the IPv6 address ";
    where_ja = net ? "IPv6 ネットワーク " : "IPv6 アドレス ";
  } else {
    const std::string of = p.proto == Proto::none ? "IPv4, ARP or RARP" : protocol_name(p.proto);
    const std::string of_ja = p.proto == Proto::none ? "IPv4・ARP・RARP の" : protocol_name(p.proto) + " の";
    where_en = (net ? "in the network " : "the address ");
    where_ja = of_ja + (net ? "ネットワーク " : "アドレス ");
    return {end.en + " " + where_en + what + " (" + of + ")",
            end.ja + " " + where_ja + what + (net ? " に属する" : " である")};
  }
  return {end.en + " " + where_en + what, end.ja + " " + where_ja + what + (net ? " に属する" : " である")};
}

BilingualText ports(const Primitive& p) {
  const BilingualText end = end_words(p.direction);
  const bool range = p.kind == PrimitiveKind::portrange && p.low != p.high;
  const std::string value =
      range ? std::to_string(p.low) + "-" + std::to_string(p.high) : std::to_string(p.low);
  const std::string name = protocol_name(p.proto);
  return {end.en + (range ? " in the port range " : " port ") + value + " (" + name + ")",
          end.ja + "ポート " + value + (range ? " の範囲である（" : " である（") + name + "）"};
}

BilingualText number(const Primitive& p) {
  const std::string value = std::to_string(p.number);
  if (p.proto == Proto::ether) {
    const std::string text = filter::print(p).substr(std::string("ether proto ").size());
    return {"the ethertype (up to 1500: the LLC SAP) is " + text,
            "イーサタイプ（1500 以下は LLC SAP）が " + text + " である"};
  }
  const std::string in = p.proto == Proto::none ? "IPv4 or IPv6" : protocol_name(p.proto);
  const std::string in_ja = p.proto == Proto::none ? "IPv4 または IPv6" : protocol_name(p.proto);
  return {"the protocol number in " + in + " is " + value,
          in_ja + " のプロトコル番号が " + value + " である"};
}

BilingualText shifted(const Primitive& p, const char* en, const char* ja) {
  const std::string value = p.has_number ? " " + std::to_string(p.number) : "";
  return {std::string(en) + value + "; what follows is read behind it",
          std::string(ja) + value + " がある（以降はその後ろを読む）"};
}

}  // namespace

BilingualText describe(const Primitive& p) {
  switch (p.kind) {
    case PrimitiveKind::protocol:
      return protocol(p.proto);
    case PrimitiveKind::host:
    case PrimitiveKind::net:
      return address(p);
    case PrimitiveKind::port:
    case PrimitiveKind::portrange:
      return ports(p);
    case PrimitiveKind::proto:
      return number(p);
    case PrimitiveKind::broadcast:
      return {"the frame goes to the broadcast MAC address",
              "ブロードキャスト MAC アドレス宛てのフレームである"};
    case PrimitiveKind::multicast:
      if (p.proto == Proto::ether)
        return {"the frame goes to a group MAC address (broadcast too)",
                "グループ MAC アドレス（ブロードキャストを含む）宛てのフレームである"};
      if (p.proto == Proto::ip)
        return {"IPv4 to an address from 224.0.0.0 on", "宛先が 224.0.0.0 以降の IPv4 である"};
      return {"IPv6 to a multicast address (ff00::/8)", "宛先がマルチキャスト（ff00::/8）の IPv6 である"};
    case PrimitiveKind::less:
      return {"at most " + std::to_string(p.number) + " bytes on the wire",
              "回線上の長さが " + std::to_string(p.number) + " バイト以下である"};
    case PrimitiveKind::greater:
      return {"at least " + std::to_string(p.number) + " bytes on the wire",
              "回線上の長さが " + std::to_string(p.number) + " バイト以上である"};
    case PrimitiveKind::inbound:
      return {"received by the capturing host", "キャプチャしたホストが受信したパケットである"};
    case PrimitiveKind::outbound:
      return {"sent by the capturing host", "キャプチャしたホストが送信したパケットである"};
    case PrimitiveKind::vlan:
      return shifted(p, "there is a VLAN tag", "VLAN タグ");
    case PrimitiveKind::mpls:
      return shifted(p, "there is an MPLS label", "MPLS ラベル");
    case PrimitiveKind::relation: {
      const std::string text = filter::print(p);
      return {text + " (unsigned 32-bit arithmetic)", text + "（符号なし 32 ビット演算）"};
    }
  }
  return {};
}

}  // namespace anchoko::crib
