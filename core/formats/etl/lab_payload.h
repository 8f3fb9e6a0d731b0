// The data of events of NDIS packet capture, of pktmon and of RAS, for writing trace files in the lab.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/etl/layout.h"
#include "core/packet/link_type.h"
#include "core/packet/packet_record.h"

namespace anchoko::formats::etl::lab {

// The data of one event; used again and again, it keeps its memory.
class Payload {
 public:
  void clear() { bytes_.clear(); }
  template <typename T>
  Payload& number(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    store<T>(bytes_.data() + at, value, little);
    return *this;
  }
  Payload& bytes(std::span<const std::byte> bytes);
  Payload& guid(const Guid& guid);
  // UTF-16 of UTF-8; what is not UTF-8 becomes U+FFFD.
  Payload& text(std::string_view text, bool terminated = true);
  std::span<const std::byte> view() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

// Interfaces: of the miniport, and of the layer where the packet was seen, equal at the lowest one.
struct NdisFragment {
  std::uint32_t miniport = 0;
  std::uint32_t layer = 0;
  std::span<const std::byte> bytes;
  // The 16 bytes that builds from 17763 on add.
  bool has_gft = false;
  std::uint64_t gft_flow = 0;
  std::uint64_t gft_offload = 0;
};

// DOT11_EXTSTA_RECV_CONTEXT: how a frame was received by Wi-Fi. Stands in front of it.
struct NdisWifiMetadata {
  std::uint32_t miniport = 0;
  std::uint32_t layer = 0;
  std::uint32_t flags = 0;
  std::uint32_t phy = 7;        // 4 a, 5 b, 6 g, 7 n, 8 ac, 9 ad, 10 ax
  std::uint32_t frequency = 0;  // MHz of the channel's centre
  std::uint16_t mpdus = 1;
  std::int32_t rssi = 0;  // dBm
  std::uint8_t rate = 0;  // 500 kbit/s
  std::uint64_t timestamp = 0;
};

struct NdisSwitchFragment {
  std::uint32_t miniport = 0;
  std::uint32_t layer = 0;
  std::uint32_t source_port = 0;
  std::string_view port_name;
  std::string_view nic_name;
  std::string_view nic_type;
  std::vector<std::uint64_t> destinations;
  std::span<const std::byte> bytes;
  std::span<const std::byte> out_of_band;
};
// Values by NDIS_NET_BUFFER_LIST_INFO, as far as they are known: the VLAN tag and the hash of receive side
// scaling. `pointer_size` 4 or 8: of the captured system.
std::vector<std::byte> switch_out_of_band(std::uint16_t vlan_tag, std::uint32_t rss_hash,
                                          std::size_t pointer_size = 8);

struct NdisRuleCount {
  std::uint32_t count = 0;
};
struct NdisDriver {  // 1012 loaded, 1013 unloaded
  std::array<std::string_view, 4> texts;
};
struct NdisLayer {  // 1014 attached, 1015 detached
  std::uint32_t miniport = 0;
  std::uint32_t layer = 0;
  std::uint32_t medium = 0;
  std::uint32_t context = 0;
};
struct NdisRule {  // 1016 active, 2003 invalid
  std::uint8_t id = 0;
  std::uint8_t directive = 0;
  std::span<const std::byte> value;
};
struct NdisFailure {  // 2001 driver load, 2002 attach
  std::uint32_t error = 0;
  std::uint32_t location = 0;
  std::uint32_t context = 0;
};
struct NdisRundown {
  std::uint8_t source = 0;
  std::uint32_t rundown = 0;
  std::uint64_t value1 = 0;
  std::uint64_t value2 = 0;
  std::string_view text1;
  std::string_view text2;
};
struct NdisEventSource {
  std::uint8_t source = 0;
  std::string_view name;
  std::uint32_t interface = 0;
  std::vector<std::int16_t> layers;
};

struct RasPacket {
  std::string_view routing_domain;
  std::string_view user;
  std::span<const std::byte> bytes;
};

struct PktmonPacket {  // 160 flowing, 170 dropped
  std::uint64_t group = 0;
  std::uint16_t number = 0;
  std::uint16_t appearance = 0;
  std::uint16_t direction = 0;
  std::uint16_t type = 0;  // 1 Ethernet, 2 Wi-Fi, 3 IP
  std::uint16_t component = 0;
  std::uint16_t edge = 0;
  std::uint16_t filter = 0;
  std::uint32_t drop_reason = 0;
  std::uint32_t drop_location = 0;
  std::uint16_t original_size = 0;
  std::span<const std::byte> bytes;  // at most 65535
};
struct PktmonComponent {
  std::uint16_t id = 0;
  std::uint16_t type = 0;
  std::string_view name;
  std::string_view description;
};
// Properties: `kind` 1 IfIndex, 2 MiniportIfIndex, 3 LowerIfIndex, 4 IfGuid, 5 NdisMedium, 6 MAC, 7
// ethertype, 10 VMSwitch name, 13 address.
struct PktmonNumber {  // 30, 50
  std::uint16_t component = 0;
  std::uint16_t kind = 0;
  std::uint32_t value = 0;
};
struct PktmonGuid {
  std::uint16_t component = 0;
  std::uint16_t kind = 4;
  Guid value;
};
struct PktmonWord {  // 60 medium, 75 ethertype
  std::uint16_t component = 0;
  std::uint16_t kind = 0;
  std::uint16_t value = 0;
};
struct PktmonAddress {  // 65 of 4 bytes, 66 of 16
  std::uint16_t component = 0;
  std::uint16_t kind = 13;
  std::span<const std::byte> value;
};
struct PktmonMac {
  std::uint16_t component = 0;
  std::uint16_t kind = 6;
  std::span<const std::byte> value;
};
struct PktmonText {  // 73; build 26200 leaves out the terminator
  std::uint16_t component = 0;
  std::uint16_t kind = 10;
  std::string_view value;
  bool terminated = false;
};
struct PktmonCount {
  std::uint16_t direction = pktmon::direction_received;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};
struct PktmonDrops {
  std::uint16_t component = 0;
  PktmonCount first{pktmon::direction_received, 0, 0};
  PktmonCount second{pktmon::direction_sent, 0, 0};
};
struct PktmonFlows {
  std::uint16_t component = 0;
  std::string_view edge_name;
  std::uint16_t edge = 0;
  PktmonCount first{pktmon::direction_received, 0, 0};
  PktmonCount second{pktmon::direction_sent, 0, 0};
};
// Zero: any. Addresses have 4 bytes (event 100) or 16 (110), both of the same size.
struct PktmonFilter {
  std::uint16_t id = 0;
  std::string_view name;
  std::array<std::byte, 6> mac1{};
  std::array<std::byte, 6> mac2{};
  std::uint16_t ethertype = 0;
  std::uint16_t vlan = 0;
  std::span<const std::byte> address1;
  std::span<const std::byte> address2;
  std::uint8_t protocol = 0;
  std::uint16_t port1 = 0;
  std::uint16_t port2 = 0;
  std::uint8_t tcp_flags = 0;
};

// Each replaces what `to` holds. The answer is valid until `to` changes.
std::span<const std::byte> fill(Payload& to, const NdisFragment& from);
std::span<const std::byte> fill(Payload& to, const NdisWifiMetadata& from);
std::span<const std::byte> fill(Payload& to, const NdisSwitchFragment& from);
std::span<const std::byte> fill(Payload& to, const NdisRuleCount& from);
std::span<const std::byte> fill(Payload& to, const NdisDriver& from);
std::span<const std::byte> fill(Payload& to, const NdisLayer& from);
std::span<const std::byte> fill(Payload& to, const NdisRule& from);
std::span<const std::byte> fill(Payload& to, const NdisFailure& from);
std::span<const std::byte> fill(Payload& to, const NdisRundown& from);
std::span<const std::byte> fill(Payload& to, const NdisEventSource& from);
std::span<const std::byte> fill(Payload& to, const RasPacket& from);
std::span<const std::byte> fill(Payload& to, const PktmonPacket& from);
std::span<const std::byte> fill(Payload& to, const PktmonComponent& from);
std::span<const std::byte> fill(Payload& to, const PktmonNumber& from);
std::span<const std::byte> fill(Payload& to, const PktmonGuid& from);
std::span<const std::byte> fill(Payload& to, const PktmonWord& from);
std::span<const std::byte> fill(Payload& to, const PktmonAddress& from);
std::span<const std::byte> fill(Payload& to, const PktmonMac& from);
std::span<const std::byte> fill(Payload& to, const PktmonText& from);
std::span<const std::byte> fill(Payload& to, const PktmonDrops& from);
std::span<const std::byte> fill(Payload& to, const PktmonFlows& from);
std::span<const std::byte> fill(Payload& to, const PktmonFilter& from);

// Of a packet event of NDIS. Link types other than Wi-Fi and raw IP count as Ethernet; unknown directions set
// no bit. `first` and `last`: whether the fragment begins and ends the packet.
std::uint64_t ndis_keyword(LinkType type, PacketDirection direction, bool first = true, bool last = true);

}  // namespace anchoko::formats::etl::lab
