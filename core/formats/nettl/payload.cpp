#include "core/formats/nettl/payload.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/byte_cursor.h"
#include "core/formats/record_limits.h"
#include "core/packet/ethertype.h"

namespace anchoko::formats::nettl {
namespace {

constexpr std::uint32_t max_exported_header = 32;

constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_igmp = 2;
constexpr std::uint8_t protocol_icmpv6 = 58;
constexpr std::uint8_t protocol_sctp = 132;

// The sub-header of driver records: captured length at 4, original at 6, microseconds at 16. HP-UX 11 has two
// bytes more of it.
constexpr std::uint32_t sub_header_10 = 22;
constexpr std::uint32_t sub_header_11 = 24;

bool is_sub_header_size(std::int64_t size) {
  return size == sub_header_10 || size == sub_header_11;
}

std::int64_t difference(std::uint32_t outer, std::uint16_t inner) {
  return std::int64_t{outer} - inner;
}

bool has_consistent_sub_header(const RecordHeader& header, std::span<const std::byte> data) {
  if (data.size() < sub_header_10) return false;
  const std::uint16_t captured = load_be16(data.data() + 4);
  const std::uint16_t original = load_be16(data.data() + 6);
  return is_sub_header_size(difference(header.captured, captured)) && captured <= original &&
         load_be32(data.data() + 16) < 1'000'000;
}

// The captured lengths tell how long the sub-header is; where the record was cut behind it the original ones
// may, and in the end the release does, as Wireshark has it.
std::uint32_t sub_header_size(const RecordHeader& header, std::uint16_t captured, std::uint16_t original,
                              bool is_hpux_11) {
  if (const auto size = difference(header.captured, captured); is_sub_header_size(size))
    return static_cast<std::uint32_t>(size);
  if (const auto size = difference(header.original, original); is_sub_header_size(size))
    return static_cast<std::uint32_t>(size);
  return is_hpux_11 ? sub_header_11 : sub_header_10;
}

void leave_out(Payload& payload, std::uint32_t pad) {
  payload.data = payload.data.subspan(std::min<std::size_t>(pad, payload.data.size()));
  payload.original_length = payload.original_length > pad ? payload.original_length - pad : 0;
}

void find_driver_frame(Payload& payload, const RecordHeader& header, bool is_hpux_11) {
  if (payload.data.size() < sub_header_10) {
    leave_out(payload, is_hpux_11 ? sub_header_11 : sub_header_10);
    return;
  }
  const std::uint16_t captured = load_be16(payload.data.data() + 4);
  const std::uint16_t original = load_be16(payload.data.data() + 6);
  leave_out(payload, sub_header_size(header, captured, original, is_hpux_11));
  payload.data = payload.data.first(std::min<std::size_t>(captured, payload.data.size()));
  payload.original_length = original;
}

// The HP-PB card (Wireshark's nettl.c): outbound nine bytes of which the last counts how many more follow;
// inbound SNAP frames have three stray bytes behind DSAP and SSAP.
constexpr std::size_t stray_offset = 15;
constexpr std::size_t stray_size = 3;

void find_hp_pb_frame(Payload& payload, std::uint32_t record_kind) {
  constexpr std::size_t counted = 9;
  constexpr std::size_t dsap_offset = 13;
  if ((record_kind & kind::pdu_in) == 0) {
    const std::uint32_t more =
        payload.data.size() >= counted ? std::to_integer<std::uint32_t>(payload.data[counted - 1]) : 0;
    leave_out(payload, static_cast<std::uint32_t>(counted) + more);
    return;
  }
  payload.stray_bytes = payload.data.size() > stray_offset && payload.data[dsap_offset] == std::byte{0xaa};
}

bool looks_like_ip(std::span<const std::byte> data) {
  if (data.size() < 20) return false;
  const auto version = std::to_integer<unsigned>(data[0]) >> 4;
  if (version == 6) return data.size() >= 40;
  const auto words = std::to_integer<unsigned>(data[0]) & 0xf;
  return version == 4 && words >= 5 && load_be16(data.data() + 2) >= words * 4;
}

constexpr std::array<std::uint16_t, 17> usual_ethertypes{
    ethertype_arp, ethertype_rarp,
    0x6003,                 // DECnet
    0x6004,                 // LAT
    0x809b,        0x80f3,  // AppleTalk
    0x8100,        0x88a8,  // VLAN
    0x8137,                 // IPX
    0x8808,                 // pause frames
    0x8809,                 // LACP
    0x8847,        0x8848,  // MPLS
    0x8863,        0x8864,  // PPPoE
    0x88cc,                 // LLDP
    0x9000,                 // loop tests
};

bool looks_like_ethernet(std::span<const std::byte> data, std::uint32_t original) {
  constexpr std::size_t header = 14;
  // A group address sends nothing, nor does the address of zeros.
  if (data.size() < header || (data[6] & std::byte{1}) != std::byte{0}) return false;
  const auto is_zero = [](std::byte byte) { return byte == std::byte{0}; };
  if (std::all_of(data.begin() + 6, data.begin() + 12, is_zero)) return false;
  const std::uint16_t type = load_be16(data.data() + 12);
  if (type <= 1500) return type >= 3 && header + type <= original;  // an IEEE 802.3 length
  if (type == ethertype_ip || type == ethertype_ip6)
    return looks_like_ip(data.subspan(header)) || data.size() < header + 40;
  return std::find(usual_ethertypes.begin(), usual_ethertypes.end(), type) != usual_ethertypes.end();
}

bool looks_like_igmp(std::span<const std::byte> data) {
  if (data.size() < 8) return false;
  constexpr std::array<std::uint8_t, 7> types{0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x22};
  return std::find(types.begin(), types.end(), std::to_integer<std::uint8_t>(data[0])) != types.end();
}

constexpr std::uint32_t loopback6_pad = 26;  // what NS_LS_LOOPBACK has

void find_unknown_network(Payload& payload) {
  payload.link_type = LinkType::raw;
  if (looks_like_ip(payload.data)) return;
  if (payload.data.size() > loopback6_pad && looks_like_ip(payload.data.subspan(loopback6_pad))) {
    leave_out(payload, loopback6_pad);
    return;
  }
  payload.link_type = link_type_opaque;
}

void export_as(Payload& payload, std::uint8_t protocol) {
  payload.link_type = link_type_exported_pdu;
  payload.bare_protocol = protocol;
  if (payload.data.size() > max_captured_length(link_type_exported_pdu) - max_exported_header)
    payload.link_type = link_type_opaque;
}

void find_igmp(Payload& payload) {
  if (looks_like_ip(payload.data)) {
    payload.link_type = LinkType::raw;
  } else if (looks_like_igmp(payload.data)) {
    export_as(payload, protocol_igmp);
  } else {
    payload.link_type = link_type_opaque;
  }
}

// The header of link type 252, as Wireshark's exported_pdu_tlvs.h has it: u16 tag, u16 length, value, all in
// multiples of four bytes.
constexpr std::uint16_t tag_end = 0;
constexpr std::uint16_t tag_dissector = 12;
constexpr std::uint16_t tag_table = 14;
constexpr std::uint16_t tag_table_value = 32;
constexpr std::uint16_t tag_direction = 35;

void append_tag(std::vector<std::byte>& out, std::uint16_t tag, std::string_view value) {
  const std::size_t start = out.size();
  const std::size_t size = (value.size() + 3) & ~std::size_t{3};
  out.resize(start + 4 + size);
  store<std::uint16_t>(out.data() + start, tag, ByteOrder::big);
  store<std::uint16_t>(out.data() + start + 2, static_cast<std::uint16_t>(size), ByteOrder::big);
  const auto bytes = std::as_bytes(std::span(value));
  std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(start) + 4);
}

void append_tag(std::vector<std::byte>& out, std::uint16_t tag, std::uint32_t value) {
  const std::size_t start = out.size();
  out.resize(start + 8);
  store<std::uint16_t>(out.data() + start, tag, ByteOrder::big);
  store<std::uint16_t>(out.data() + start + 2, 4, ByteOrder::big);
  store<std::uint32_t>(out.data() + start + 4, value, ByteOrder::big);
}

void append_exported_header(std::vector<std::byte>& out, Content content, PacketDirection direction) {
  switch (content) {
    case Content::icmp:
      append_tag(out, tag_dissector, "icmp");
      break;
    case Content::icmpv6:
      append_tag(out, tag_dissector, "icmpv6");
      break;
    case Content::telnet:
      append_tag(out, tag_dissector, "telnet");
      break;
    case Content::igmp:  // Wireshark has no dissector of that name, only an entry in a table
      append_tag(out, tag_table, "ip.proto");
      append_tag(out, tag_table_value, 2u);
      break;
    default:
      append_tag(out, tag_dissector, content == Content::lapb ? "lapb" : "x.25");
      // Whether a frame is a command or a response depends on who sent it.
      if (direction != PacketDirection::unknown)
        append_tag(out, tag_direction, direction == PacketDirection::inbound ? 1u : 0u);
      break;
  }
  append_tag(out, tag_end, std::string_view());
}

}  // namespace

bool is_packet(const RecordHeader& header, const Subsystem& subsystem, std::span<const std::byte> data) {
  if ((header.kind & kind::pdu) != 0) return true;
  return (header.kind & ~kind::subsystem_bits) == 0 && subsystem.content == Content::lan_driver &&
         has_consistent_sub_header(header, data);
}

Payload find_payload(const RecordHeader& header, const Subsystem& subsystem, std::span<const std::byte> data,
                     bool is_hpux_11) {
  Payload payload;
  payload.data = data;
  payload.original_length = header.original;
  if (subsystem.pad != 0) leave_out(payload, subsystem.pad);
  switch (subsystem.content) {
    case Content::ethernet:
      break;
    case Content::token_ring:
      payload.link_type = LinkType::token_ring;
      break;
    case Content::fddi:
      payload.link_type = LinkType::fddi;
      break;
    case Content::fddi_hp_pb:
      payload.link_type = LinkType::fddi;
      find_hp_pb_frame(payload, header.kind);
      break;
    case Content::lan_driver:
      find_driver_frame(payload, header, is_hpux_11);
      break;
    case Content::ip:
      payload.link_type = LinkType::raw;
      break;
    case Content::sctp:
      payload.link_type = link_type_sctp;
      payload.bare_protocol = protocol_sctp;
      break;
    case Content::icmp:
      export_as(payload, protocol_icmp);
      break;
    case Content::icmpv6:
      export_as(payload, protocol_icmpv6);
      break;
    case Content::igmp:
      find_igmp(payload);
      break;
    case Content::telnet:
    case Content::lapb:
    case Content::x25:
      export_as(payload, 0);
      break;
    case Content::unknown_link:
      if (!looks_like_ethernet(payload.data, payload.original_length)) payload.link_type = link_type_opaque;
      break;
    case Content::unknown_network:
      find_unknown_network(payload);
      break;
  }
  return payload;
}

void assemble(Payload& payload, Content content, PacketDirection direction, std::vector<std::byte>& scratch) {
  scratch.clear();
  if (payload.link_type == link_type_exported_pdu) append_exported_header(scratch, content, direction);
  const std::size_t header = scratch.size();
  const std::size_t first = payload.stray_bytes ? stray_offset : payload.data.size();
  const std::size_t gap = payload.stray_bytes ? std::min(stray_size, payload.data.size() - first) : 0;
  const auto begin = payload.data.begin();
  scratch.insert(scratch.end(), begin, begin + static_cast<std::ptrdiff_t>(first));
  scratch.insert(scratch.end(), begin + static_cast<std::ptrdiff_t>(first + gap), payload.data.end());
  const auto original = std::uint64_t{payload.original_length} + header;
  payload.original_length = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(original - std::min<std::uint64_t>(original, gap), UINT32_MAX));
  payload.data = scratch;
}

BarePacket without_exported_header(LinkType link_type, std::span<const std::byte> data) {
  BarePacket bare{0, data};
  if (link_type == link_type_sctp) bare.protocol = protocol_sctp;
  if (link_type != link_type_exported_pdu) return bare;
  ByteCursor cursor(data, ByteOrder::big);
  std::uint16_t tag = 0;
  std::uint16_t size = 0;
  std::span<const std::byte> value;
  while (cursor.read(tag) && cursor.read(size) && cursor.take(size, value)) {
    std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
    text = text.substr(0, text.find('\0'));
    if (tag == tag_end) return {bare.protocol, cursor.rest()};
    if (tag == tag_dissector && text == "icmp") bare.protocol = protocol_icmp;
    if (tag == tag_dissector && text == "icmpv6") bare.protocol = protocol_icmpv6;
    if (tag == tag_table) bare.protocol = protocol_igmp;
  }
  return {0, data};
}

const char* remark(const Subsystem& subsystem, LinkType link_type) {
  if (link_type == link_type_opaque) return "what these records hold is not known: their bytes as they are";
  switch (subsystem.content) {
    case Content::sctp:
      return "SCTP packets without an IP header";
    case Content::icmp:
      return "ICMP messages without an IP header, behind a header of Wireshark's exported PDUs";
    case Content::icmpv6:
      return "ICMPv6 messages without an IP header, behind a header of Wireshark's exported PDUs";
    case Content::igmp:
      return link_type == LinkType::raw
                 ? nullptr
                 : "IGMP messages without an IP header, behind a header of Wireshark's exported PDUs";
    case Content::telnet:
      return "telnet data without TCP and IP headers, behind a header of Wireshark's exported PDUs";
    case Content::lapb:
      return "LAPB frames behind a header of Wireshark's exported PDUs";
    case Content::x25:
      return "X.25 packets behind a header of Wireshark's exported PDUs";
    case Content::unknown_link:
      return "taken for Ethernet: the frames look like it";
    case Content::unknown_network:
      return "taken for IP: the packets look like it";
    default:
      return nullptr;
  }
}

}  // namespace anchoko::formats::nettl
