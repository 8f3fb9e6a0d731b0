#include "core/formats/etl/lab_payload.h"

#include <algorithm>

namespace anchoko::formats::etl::lab {
namespace {

constexpr char32_t replacement = 0xfffd;

// The next character of UTF-8 that is not empty; what is none costs a byte and is the replacement character.
char32_t take_character(std::string_view& text) {
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = octet(0);
  std::size_t size = 1;
  if (first >= 0xf0 && first < 0xf8) {
    size = 4;
  } else if (first >= 0xe0 && first < 0xf0) {
    size = 3;
  } else if (first >= 0xc0 && first < 0xe0) {
    size = 2;
  }
  static constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  char32_t value = size == 1 ? first : first & (0x7fU >> size);
  bool sound = size <= text.size() && (size > 1 || first < 0x80);
  for (std::size_t i = 1; sound && i < size; ++i) {
    sound = (octet(i) & 0xc0) == 0x80;
    value = value << 6 | (octet(i) & 0x3f);
  }
  sound = sound && value >= least[size] && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
  text.remove_prefix(sound ? size : 1);
  return sound ? value : replacement;
}

std::uint32_t size32(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(bytes.size());
}
std::uint16_t size16(std::span<const std::byte> bytes) {
  return static_cast<std::uint16_t>(bytes.size());
}

Payload& begin(Payload& to) {
  to.clear();
  return to;
}
Payload& put_interfaces(Payload& to, std::uint32_t miniport, std::uint32_t layer) {
  return begin(to).number(miniport).number(layer);
}
Payload& put_property(Payload& to, std::uint16_t component, std::uint16_t kind) {
  return begin(to).number(component).number(kind);
}
Payload& put_counts(Payload& to, const PktmonCount& first, const PktmonCount& second) {
  to.number(first.direction).number(first.packets).number(first.bytes);
  return to.number(second.direction).number(second.packets).number(second.bytes);
}

}  // namespace

Payload& Payload::bytes(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

Payload& Payload::guid(const Guid& guid) {
  return number(guid.low).number(guid.high);
}

Payload& Payload::text(std::string_view text, bool terminated) {
  while (!text.empty()) {
    char32_t value = take_character(text);
    if (value >= 0x10000) {
      value -= 0x10000;
      number(static_cast<std::uint16_t>(0xd800 | value >> 10));
      value = 0xdc00 | (value & 0x3ff);
    }
    number(static_cast<std::uint16_t>(value));
  }
  return terminated ? number(std::uint16_t{0}) : *this;
}

std::vector<std::byte> switch_out_of_band(std::uint16_t vlan_tag, std::uint32_t rss_hash,
                                          std::size_t pointer_size) {
  // Ieee8021QNetBufferListInfo: priority, canonical format and VLAN id from the lowest bit up, where a tag
  // has them from the highest down.
  constexpr std::size_t vlan_index = 4;
  constexpr std::size_t hash_index = 8;
  const std::uint32_t vlan = (vlan_tag >> 13) | (vlan_tag >> 12 & 1U) << 3 | (vlan_tag & 0xfffU) << 4;
  std::vector<std::byte> values((hash_index + 1) * pointer_size);
  store<std::uint32_t>(values.data() + vlan_index * pointer_size, vlan, little);
  store<std::uint32_t>(values.data() + hash_index * pointer_size, rss_hash, little);
  return values;
}

std::span<const std::byte> fill(Payload& to, const NdisFragment& from) {
  put_interfaces(to, from.miniport, from.layer).number(size32(from.bytes)).bytes(from.bytes);
  if (from.has_gft) to.number(from.gft_flow).number(from.gft_offload);
  return to.view();
}

std::span<const std::byte> fill(Payload& to, const NdisWifiMetadata& from) {
  constexpr std::uint32_t size = 48;
  constexpr std::uint8_t object_type = 0x80;  // NDIS_OBJECT_TYPE_DEFAULT
  put_interfaces(to, from.miniport, from.layer).number(size);
  to.number(object_type).number(std::uint8_t{1}).number(static_cast<std::uint16_t>(size));
  to.number(from.flags).number(from.phy).number(from.frequency);
  to.number(from.mpdus).number(std::uint16_t{0}).number(from.rssi);
  to.number(from.rate).number(std::uint8_t{0}).number(std::uint16_t{0}).number(std::uint32_t{0});
  return to.number(std::uint64_t{0}).number(from.timestamp).view();
}

std::span<const std::byte> fill(Payload& to, const NdisSwitchFragment& from) {
  put_interfaces(to, from.miniport, from.layer).number(from.source_port);
  to.text(from.port_name).text(from.nic_name).text(from.nic_type);
  to.number(static_cast<std::uint32_t>(from.destinations.size()));
  for (const std::uint64_t destination : from.destinations) to.number(destination);
  to.number(size32(from.bytes)).bytes(from.bytes);
  return to.number(size32(from.out_of_band)).bytes(from.out_of_band).view();
}

std::span<const std::byte> fill(Payload& to, const NdisRuleCount& from) {
  return begin(to).number(from.count).view();
}

std::span<const std::byte> fill(Payload& to, const NdisDriver& from) {
  to.clear();
  for (const std::string_view text : from.texts) to.text(text);
  return to.view();
}

std::span<const std::byte> fill(Payload& to, const NdisLayer& from) {
  return put_interfaces(to, from.miniport, from.layer).number(from.medium).number(from.context).view();
}

std::span<const std::byte> fill(Payload& to, const NdisRule& from) {
  return begin(to).number(from.id).number(from.directive).number(size16(from.value)).bytes(from.value).view();
}

std::span<const std::byte> fill(Payload& to, const NdisFailure& from) {
  return begin(to).number(from.error).number(from.location).number(from.context).view();
}

std::span<const std::byte> fill(Payload& to, const NdisRundown& from) {
  begin(to).number(from.source).number(from.rundown).number(from.value1).number(from.value2);
  return to.text(from.text1).text(from.text2).view();
}

std::span<const std::byte> fill(Payload& to, const NdisEventSource& from) {
  begin(to).number(from.source).text(from.name).number(from.interface);
  to.number(static_cast<std::uint16_t>(from.layers.size()));
  for (const std::int16_t layer : from.layers) to.number(layer);
  return to.view();
}

std::span<const std::byte> fill(Payload& to, const RasPacket& from) {
  begin(to).text(from.routing_domain).text(from.user);
  return to.number(size32(from.bytes)).bytes(from.bytes).view();
}

std::span<const std::byte> fill(Payload& to, const PktmonPacket& from) {
  begin(to).number(from.group).number(from.number).number(from.appearance);
  to.number(from.direction).number(from.type).number(from.component).number(from.edge).number(from.filter);
  to.number(from.drop_reason).number(from.drop_location);
  return to.number(from.original_size).number(size16(from.bytes)).bytes(from.bytes).view();
}

std::span<const std::byte> fill(Payload& to, const PktmonComponent& from) {
  return begin(to).number(from.id).number(from.type).text(from.name).text(from.description).view();
}

std::span<const std::byte> fill(Payload& to, const PktmonNumber& from) {
  return put_property(to, from.component, from.kind).number(from.value).view();
}

std::span<const std::byte> fill(Payload& to, const PktmonGuid& from) {
  return put_property(to, from.component, from.kind).guid(from.value).view();
}

std::span<const std::byte> fill(Payload& to, const PktmonWord& from) {
  return put_property(to, from.component, from.kind).number(from.value).view();
}

std::span<const std::byte> fill(Payload& to, const PktmonAddress& from) {
  return put_property(to, from.component, from.kind).bytes(from.value).view();
}

std::span<const std::byte> fill(Payload& to, const PktmonMac& from) {
  put_property(to, from.component, from.kind);
  return to.number(size32(from.value)).bytes(from.value).view();
}

std::span<const std::byte> fill(Payload& to, const PktmonText& from) {
  return put_property(to, from.component, from.kind).text(from.value, from.terminated).view();
}

std::span<const std::byte> fill(Payload& to, const PktmonDrops& from) {
  return put_counts(begin(to).number(from.component), from.first, from.second).view();
}

std::span<const std::byte> fill(Payload& to, const PktmonFlows& from) {
  begin(to).number(from.component).text(from.edge_name).number(from.edge);
  return put_counts(to, from.first, from.second).view();
}

std::span<const std::byte> fill(Payload& to, const PktmonFilter& from) {
  begin(to).number(from.id).text(from.name).bytes(from.mac1).bytes(from.mac2);
  to.number(from.ethertype).number(from.vlan).bytes(from.address1).bytes(from.address2);
  return to.number(from.protocol).number(from.port1).number(from.port2).number(from.tcp_flags).view();
}

std::uint64_t ndis_keyword(LinkType type, PacketDirection direction, bool first, bool last) {
  std::uint64_t keyword = ndis::keyword_always;
  if (type == LinkType::ieee802_11) {
    keyword |= ndis::keyword_wifi;
  } else if (type == LinkType::raw) {
    keyword |= ndis::keyword_wwan;
  } else {
    keyword |= ndis::keyword_ethernet;
  }
  if (direction == PacketDirection::outbound) keyword |= ndis::keyword_send;
  if (direction == PacketDirection::inbound) keyword |= ndis::keyword_receive;
  if (first) keyword |= ndis::keyword_start;
  if (last) keyword |= ndis::keyword_end;
  return keyword;
}

}  // namespace anchoko::formats::etl::lab
