#include "core/formats/etl/lab_payload.h"

#include <doctest/doctest.h>

#include "core/formats/test_bytes.h"

namespace anchoko::formats::etl::lab {
namespace {

using formats::test::Builder;
using formats::test::Bytes;
using formats::test::copy;
using formats::test::sequence;

Builder wanted() {
  return Builder(ByteOrder::little);
}
// UTF-16 of ASCII, with a terminator.
Bytes wide(std::string_view text) {
  Builder bytes = wanted();
  for (const char c : text) bytes.u16(static_cast<std::uint8_t>(c));
  return bytes.u16(0).bytes();
}
template <typename T>
Bytes filled(const T& from) {
  Payload payload;
  payload.text("what stood there before");
  return copy(fill(payload, from));
}

TEST_CASE("etl lab payload: texts are UTF-16") {
  const auto text = [](std::string_view utf8) {
    Payload payload;
    payload.text(utf8);
    return copy(payload.view());
  };
  CHECK(text("") == wide(""));
  CHECK(text("Lower") == wide("Lower"));
  CHECK(text("\xe9\x9f\xbf\xc3\xa9") == wanted().u16(0x97ff).u16(0xe9).u16(0).bytes());
  CHECK(text("\xf0\x9f\x90\x9f") == wanted().u16(0xd83d).u16(0xdc1f).u16(0).bytes());
  // A continuation alone, an overlong form, half of a pair, and a character that ends early.
  CHECK(text("\x80x") == wanted().u16(0xfffd).u16('x').u16(0).bytes());
  CHECK(text("\xc0\xaf") == wanted().u16(0xfffd).u16(0xfffd).u16(0).bytes());
  CHECK(text("\xed\xa0\x80") == wanted().u16(0xfffd).u16(0xfffd).u16(0xfffd).u16(0).bytes());
  CHECK(text("\xe9\x9f") == wanted().u16(0xfffd).u16(0xfffd).u16(0).bytes());
  CHECK(text("\xff") == wanted().u16(0xfffd).u16(0).bytes());
}

TEST_CASE("etl lab payload: packets of NDIS and RAS") {
  const Bytes frame = sequence(61);
  NdisFragment fragment{7, 9, frame, false, 0, 0};
  const Bytes plain = wanted().u32(7).u32(9).u32(61).raw(frame).bytes();
  CHECK(filled(fragment) == plain);
  fragment.has_gft = true;
  fragment.gft_flow = 1;
  fragment.gft_offload = 2;
  CHECK(filled(fragment) == wanted().raw(plain).u64(1).u64(2).bytes());

  NdisWifiMetadata wifi;
  wifi.miniport = 3;
  wifi.layer = 4;
  wifi.flags = 5;
  wifi.phy = 8;
  wifi.frequency = 5180;
  wifi.mpdus = 2;
  wifi.rssi = -60;
  wifi.rate = 12;
  wifi.timestamp = 99;
  Builder metadata = wanted();
  metadata.u32(3).u32(4).u32(48).u8(0x80).u8(1).u16(48).u32(5).u32(8).u32(5180);
  metadata.u16(2).u16(0).u32(static_cast<std::uint32_t>(-60)).u8(12).u8(0).u16(0).u32(0).u64(0).u64(99);
  CHECK(filled(wifi) == metadata.bytes());

  NdisSwitchFragment crossing{1, 2, 3, "Port", "NIC", "Internal", {0x11, 0x22}, frame, {}};
  const Bytes out_of_band = switch_out_of_band(0xb064, 0xabcd);
  crossing.out_of_band = out_of_band;
  Builder expected = wanted();
  expected.u32(1).u32(2).u32(3).raw(wide("Port")).raw(wide("NIC")).raw(wide("Internal"));
  expected.u32(2).u64(0x11).u64(0x22).u32(61).raw(frame).u32(72);
  // Tag 0xb064: priority 5, canonical format 1, VLAN 100.
  expected.raw(Bytes(32)).u64(5 | 1 << 3 | 100 << 4).raw(Bytes(24)).u64(0xabcd);
  CHECK(filled(crossing) == expected.bytes());
  CHECK(switch_out_of_band(0x2001, 7, 4) ==
        wanted().raw(Bytes(16)).u32(1 | 1 << 4).raw(Bytes(12)).u32(7).bytes());

  CHECK(filled(RasPacket{"domain", "user", frame}) ==
        wanted().raw(wide("domain")).raw(wide("user")).u32(61).raw(frame).bytes());
}

TEST_CASE("etl lab payload: other events of NDIS") {
  CHECK(filled(NdisRuleCount{3}) == wanted().u32(3).bytes());
  CHECK(filled(NdisDriver{{"a", "b", "", "d"}}) ==
        wanted().raw(wide("a")).raw(wide("b")).raw(wide("")).raw(wide("d")).bytes());
  CHECK(filled(NdisLayer{1, 2, 3, 4}) == wanted().u32(1).u32(2).u32(3).u32(4).bytes());
  const Bytes address = sequence(4);
  CHECK(filled(NdisRule{0xc, 3, address}) == wanted().u8(0xc).u8(3).u16(4).raw(address).bytes());
  CHECK(filled(NdisFailure{5, 6, 7}) == wanted().u32(5).u32(6).u32(7).bytes());
  CHECK(filled(NdisRundown{1, 2, 3, 4, "x", "y"}) ==
        wanted().u8(1).u32(2).u64(3).u64(4).raw(wide("x")).raw(wide("y")).bytes());
  CHECK(filled(NdisEventSource{1, "nic", 12, {-1, 2}}) ==
        wanted().u8(1).raw(wide("nic")).u32(12).u16(2).u16(0xffff).u16(2).bytes());
}

// Most of pktmon's events are judged by real files, in tests/conformance/etl_events.py. Here: what these
// lack.
TEST_CASE("etl lab payload: events of pktmon that no sample has") {
  const Bytes address1 = sequence(16);
  const Bytes address2 = sequence(16, 50);
  PktmonFilter filter;
  filter.id = 2;
  filter.name = "six";
  filter.mac1 = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}, std::byte{6}};
  filter.ethertype = 0x86dd;
  filter.vlan = 12;
  filter.address1 = address1;
  filter.address2 = address2;
  filter.protocol = 6;
  filter.port1 = 443;
  filter.port2 = 80;
  filter.tcp_flags = 2;
  Builder expected = wanted();
  expected.u16(2).raw(wide("six")).raw(sequence(6)).raw(Bytes(6)).u16(0x86dd).u16(12);
  CHECK(filled(filter) == expected.raw(address1).raw(address2).u8(6).u16(443).u16(80).u8(2).bytes());

  const Bytes frame = sequence(14);
  PktmonPacket drop;
  drop.group = 0x0003000000000007;
  drop.number = 1;
  drop.appearance = 2;
  drop.direction = 3;
  drop.type = 4;
  drop.component = 5;
  drop.edge = 6;
  drop.filter = 7;
  drop.drop_reason = 8;
  drop.drop_location = 9;
  drop.original_size = 1514;
  drop.bytes = frame;
  Builder packet = wanted();
  packet.u64(0x0003000000000007).u16(1).u16(2).u16(3).u16(4).u16(5).u16(6).u16(7).u32(8).u32(9).u16(1514);
  CHECK(filled(drop) == packet.u16(14).raw(frame).bytes());

  PktmonText name{1, 10, "sw", true};
  CHECK(filled(name) == wanted().u16(1).u16(10).raw(wide("sw")).bytes());
  name.terminated = false;
  CHECK(filled(name) == wanted().u16(1).u16(10).u16('s').u16('w').bytes());
}

TEST_CASE("etl lab payload: keywords of NDIS packets") {
  // From real files.
  CHECK(ndis_keyword(LinkType::ethernet, PacketDirection::outbound) == 0x80000601C0000001);
  CHECK(ndis_keyword(LinkType::ethernet, PacketDirection::inbound) == 0x80000602C0000001);
  CHECK(ndis_keyword(LinkType::ieee802_11, PacketDirection::outbound) == 0x80000601C0010000);
  CHECK(ndis_keyword(LinkType::raw, PacketDirection::unknown, true, false) == 0x8000060040000200);
  CHECK(ndis_keyword(LinkType::ethernet, PacketDirection::inbound, false, true) == 0x8000060280000001);
  CHECK(ndis_keyword(LinkType::ethernet, PacketDirection::inbound, false, false) == 0x8000060200000001);
}

}  // namespace
}  // namespace anchoko::formats::etl::lab
