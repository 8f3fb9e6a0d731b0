#include "core/formats/etl/pktmon.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "core/formats/etl/reader.h"
#include "core/formats/etl/rule_text.h"
#include "core/formats/etl/test_trace.h"
#include "core/formats/pcapng/options.h"

namespace anchoko::formats {
namespace {

using etl::test::buffer;
using etl::test::bytes;
using etl::test::comment_of;
using etl::test::event;
using etl::test::first_buffer;
using etl::test::joined;
using etl::test::says;
using etl::test::Trace;
using test::Bytes;
using test::sequence;

struct PacketKind {
  std::uint16_t id = 160;
  std::uint64_t group = 1;
  std::uint16_t appearance = 0;
  std::uint16_t direction = 3;
  std::uint16_t type = 1;
  std::uint16_t component = 5;
  std::uint16_t original = 60;
  std::uint16_t filter = 0;
};

Bytes monitored(std::int64_t time, const PacketKind& is, const Bytes& frame) {
  auto data = bytes().u64(is.group).u16(0).u16(is.appearance).u16(is.direction).u16(is.type);
  data.u16(is.component).u16(0).u16(is.filter).u32(is.id == 170 ? 42 : 0).u32(is.id == 170 ? 0xe0001234 : 0);
  data.u16(is.original).u16(static_cast<std::uint16_t>(frame.size())).raw(frame);
  return event({.provider = etl::provider::pktmon, .id = is.id, .keyword = 0x10, .time = time}, data.bytes());
}

Bytes rundown(std::uint16_t id, const Bytes& data) {
  return event({.provider = etl::provider::pktmon, .id = id, .keyword = 2, .time = 1'000'000}, data);
}

Bytes component(std::uint16_t id, std::uint16_t type, std::string_view name, std::string_view description) {
  auto data = bytes().u16(id).u16(type);
  etl::test::text16(data, name);
  etl::test::text16(data, description);
  return rundown(20, data.bytes());
}

Trace read(const std::vector<Bytes>& events, const ReadOptions& options = {}) {
  auto reader = open_etl(
      std::make_unique<test::MemoryInput>(joined({first_buffer(), buffer({}, joined(events))})), options);
  REQUIRE(reader);
  auto trace = etl::test::read_trace(**reader);
  CHECK(trace.all.report.damage_count == 0);
  return trace;
}

TEST_CASE(
    "pktmon: of the copies at all components that of the adapter, which the end of the file describes") {
  const std::vector<Bytes> events{
      monitored(1, {.component = 5}, sequence(60)),
      monitored(2, {.component = 6}, sequence(60)),
      monitored(3, {.component = 7}, sequence(60)),
      component(5, 14, "rt640x64.sys", "Realtek Adapter"),
      component(6, 3, "pacer.sys", "QoS Packet Scheduler"),
      component(8, 11, "tcpip.sys", "TCP/IPv4"),
      rundown(30, bytes().u16(5).u16(1).u32(17).bytes()),
      rundown(30, bytes().u16(8).u16(14).u32(17).bytes()),
      rundown(65, bytes().u16(8).u16(13).u8(192).u8(0).u8(2).u8(7).bytes()),
      rundown(66, bytes().u16(8).u16(13).u64(0x8001).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u8(9).bytes()),
      rundown(70, bytes().u16(5).u16(6).u32(6).raw(sequence(6)).bytes())};
  const auto trace = read(events);
  // Component 7 is not described: nothing says that it has copies.
  REQUIRE(trace.all.records.size() == 2);
  CHECK(says(trace.facts.left_out, "1 record"));
  const auto& adapter = trace.all.interfaces.at(0);
  CHECK(adapter.name == "Realtek Adapter");
  CHECK(adapter.description == "pktmon component 5, adapter driver, rt640x64.sys, interface index 17");
  CHECK(says(adapter.comments, "192.0.2.7 180::9"));
  CHECK(adapter.other_options.size() == 12);
  CHECK(trace.all.interfaces.at(1).name == "component 7");
  const auto all = read(events, {.all_components = true});
  CHECK(all.all.records.size() == 3);
  CHECK(all.all.interfaces.at(0).layer == 0);
  CHECK(all.all.interfaces.at(1).layer == 1);
  CHECK(all.all.interfaces.at(1).name == "QoS Packet Scheduler [6]");
}

TEST_CASE("pktmon: a component without a type is no copy of another") {
  const auto trace =
      read({monitored(1, {.component = 5}, sequence(60)), monitored(2, {.component = 9}, sequence(60)),
            component(5, 2, "nic.sys", "NIC"), rundown(30, bytes().u16(9).u16(1).u32(17).bytes())});
  CHECK(trace.all.records.size() == 2);
}

TEST_CASE("pktmon: names that are longer than any are cut, and all components together are bounded") {
  const std::string huge(1500, 'x');
  const auto trace = read({monitored(1, {.component = 5}, sequence(60)), component(5, 2, huge, "")});
  CHECK(trace.all.interfaces.at(0).name.empty() == false);
  CHECK(trace.all.interfaces.at(0).description.size() < 400);
  etl::PktmonFacts facts;
  const std::string name(256, 'x');
  for (unsigned id = 0; id < 65536; ++id) {
    const auto one = component(static_cast<std::uint16_t>(id), 2, name, name);
    facts.take(
        {one.data(), static_cast<std::uint16_t>(load<std::uint16_t>(one.data(), ByteOrder::little)), 80},
        etl::PacketKind::none);
  }
  CHECK(facts.component(1000) != nullptr);
  CHECK(facts.component(65535) == nullptr);
}

TEST_CASE("pktmon: without the table of components everything is kept, and that is said") {
  const auto trace =
      read({monitored(1, {.component = 5}, sequence(60)), monitored(2, {.component = 6}, sequence(60))});
  CHECK(trace.all.records.size() == 2);
  CHECK(says(trace.facts.left_out, "table of components is missing"));
  const auto filters =
      read({monitored(1, {.component = 6}, sequence(60)), component(6, 3, "pacer.sys", "QoS")});
  CHECK(filters.all.records.size() == 1);
  CHECK(says(filters.facts.left_out, "no packet was logged at a network adapter"));
  const auto partly =
      read({monitored(1, {.component = 5}, sequence(60)), monitored(2, {.component = 6}, sequence(60)),
            component(6, 3, "pacer.sys", "QoS"), component(7, 2, "nic.sys", "NIC")});
  CHECK(partly.all.records.size() == 2);
  CHECK(says(partly.facts.left_out, "the table of components lacks 1 component,"));
}

TEST_CASE("pktmon: where appearances are counted, the first of two adapters has the packet") {
  const std::vector<Bytes> table{component(5, 2, "netvsc.sys", "Hyper-V"), component(6, 2, "mlx5.sys", "VF")};
  const auto two = [&](std::uint16_t first, std::uint16_t second) {
    return read({monitored(1, {.appearance = first, .component = 5}, sequence(60)),
                 monitored(2, {.appearance = second, .component = 6}, sequence(60)), table[0], table[1]});
  };
  const auto counted = two(3, 4);
  REQUIRE(counted.all.records.size() == 1);
  CHECK(counted.all.interfaces.at(0).name == "Hyper-V");
  const auto later = two(4, 3);
  REQUIRE(later.all.records.size() == 1);
  CHECK(later.all.interfaces.at(0).name == "VF");
  CHECK(two(0, 0).all.records.size() == 2);  // newer builds
}

TEST_CASE("pktmon: packets that cross no adapter are told, as packets where appearances are counted") {
  const auto trace = [](bool counted) {
    const auto count = [&](std::uint16_t number) { return counted ? number : std::uint16_t{0}; };
    return read({monitored(1, {.group = 1, .appearance = count(1), .component = 5}, sequence(60)),
                 monitored(2, {.group = 2, .appearance = count(1), .component = 8}, sequence(60)),
                 monitored(3, {.group = 2, .appearance = count(2), .component = 9}, sequence(60)),
                 component(5, 2, "nic.sys", "NIC"), component(8, 5, "vm.sys", "A"),
                 component(9, 5, "vm.sys", "B")});
  };
  const auto counted = trace(true);
  CHECK(counted.all.records.size() == 1);
  CHECK(says(counted.facts.left_out,
             "2 records of packets at other layers or components (1 packet crossed no network adapter"));
  const auto uncounted = trace(false);
  CHECK(uncounted.all.records.size() == 1);
  CHECK(says(uncounted.facts.left_out, "2 records of packets at no network adapter:"));
}

TEST_CASE("pktmon: two adapters of one name are told apart by their numbers") {
  const auto trace =
      read({monitored(1, {.component = 5}, sequence(60)), monitored(2, {.component = 6}, sequence(60)),
            component(5, 2, "nic.sys", "NIC"), component(6, 2, "nic.sys", "NIC")});
  CHECK(trace.all.interfaces.at(0).name == "NIC");
  CHECK(trace.all.interfaces.at(1).name == "NIC [6]");
}

TEST_CASE("pktmon: event 240 of newer builds, of which nobody knows what it is for, is told") {
  const auto trace = read({monitored(1, {.id = 240}, sequence(60)), monitored(2, {}, sequence(60))});
  CHECK(trace.all.records.size() == 1);
  bool told = false;
  for (const auto& fact : trace.facts.list) told = told || says(fact.lines, "1 event (240)");
  CHECK(told);
}

TEST_CASE("pktmon: dropped packets come when asked for, with the reason") {
  const std::vector<Bytes> events{monitored(1, {.id = 170, .filter = 3}, sequence(60)),
                                  component(5, 2, "nic.sys", "NIC")};
  const auto trace = read(events);
  CHECK(trace.all.records.empty());
  CHECK(says(trace.facts.left_out, "--drops"));
  CHECK(says(trace.facts.why_empty, "--drops"));
  const auto drops = read(events, {.drops = true});
  REQUIRE(drops.all.records.size() == 1);
  CHECK(comment_of(drops.all.records[0]) == "pid 4, tid 88, dropped, reason 42 at 0xe0001234, filter 3");
}

TEST_CASE("pktmon: cut packets keep their length, directions are told") {
  const auto trace = read({monitored(1, {.direction = 1, .original = 1514}, sequence(128)),
                           monitored(2, {.direction = 4, .original = 128}, sequence(128)),
                           monitored(3, {.direction = 0}, sequence(60))});
  REQUIRE(trace.all.records.size() == 3);
  CHECK(trace.all.records[0].original_length == 1514);
  CHECK(trace.all.interfaces.at(0).snaplen == 128);
  CHECK(trace.all.records[0].direction == PacketDirection::inbound);
  CHECK(trace.all.records[1].direction == PacketDirection::outbound);
  CHECK(trace.all.records[2].direction == PacketDirection::unknown);
}

TEST_CASE("pktmon: the type of a packet is checked where it is known to be wrong") {
  auto ethernet = sequence(60);
  store<std::uint16_t>(ethernet.data() + 12, 0x0800, ByteOrder::big);
  ethernet[14] = std::byte{0x45};
  const std::vector<Bytes> events{monitored(1, {.type = 2, .component = 6}, ethernet),
                                  monitored(2, {.type = 2, .component = 5}, ethernet),
                                  monitored(3, {.id = 170, .type = 2, .component = 5}, ethernet),
                                  monitored(4, {.type = 3, .component = 6}, sequence(60)),
                                  monitored(5, {.type = 5, .component = 6}, sequence(60)),
                                  component(5, 2, "wifi.sys", "Wi-Fi"),
                                  component(6, 3, "pacer.sys", "QoS")};
  const auto trace = read(events, {.all_components = true, .drops = true});
  std::vector<LinkType> types;
  for (const auto& record : trace.all.records)
    types.push_back(trace.all.interfaces[record.interface].link_type);
  CHECK(types == std::vector<LinkType>{LinkType::ethernet, LinkType::ieee802_11, LinkType::ethernet,
                                       LinkType::raw, static_cast<LinkType>(147)});
}

TEST_CASE("pktmon: its filters in words") {
  auto data = bytes().u16(1);
  etl::test::text16(data, "web");
  data.raw(Bytes(12)).u16(0x0800).u16(7).u8(192).u8(0).u8(2).u8(1).u32(0).u8(6).u16(443).u16(0).u8(2);
  const auto trace = read({rundown(100, data.bytes())});
  const auto filters = std::find_if(trace.facts.list.begin(), trace.facts.list.end(),
                                    [](const auto& fact) { return fact.name == "capture filters"; });
  REQUIRE(filters != trace.facts.list.end());
  CHECK(filters->lines.at(0) ==
        "filter 1 'web', ethertype 0x800, VLAN 7, address 192.0.2.1, protocol 6, port 443, TCP flags 0x2");
}

TEST_CASE("etl: addresses as people write them") {
  const auto text = [](std::uint64_t high, std::uint64_t low) {
    Bytes ip(16);
    store<std::uint64_t>(ip.data(), high, ByteOrder::big);
    store<std::uint64_t>(ip.data() + 8, low, ByteOrder::big);
    return etl::ip_text(ip);
  };
  CHECK(text(0xfe80000000000000, 0x4107f34090a9360a) == "fe80::4107:f340:90a9:360a");
  CHECK(text(0, 1) == "::1");
  CHECK(text(0, 0) == "::");
  CHECK(text(0x20010db800000000, 0) == "2001:db8::");
  CHECK(text(0x20010db800000001, 0x0001000000000002) == "2001:db8:0:1:1::2");
  CHECK(text(0x20010db800010001, 0x0001000100000002) == "2001:db8:1:1:1:1:0:2");
}

}  // namespace
}  // namespace anchoko::formats
