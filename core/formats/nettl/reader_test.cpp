#include "core/formats/nettl/reader.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "core/formats/nettl/subsystems.h"
#include "core/formats/nettl/test_trace.h"

namespace anchoko::formats {
namespace {

using formats::test::MemoryInput;
using nettl::test::add;
using nettl::test::bytes_of;
using nettl::test::joined;
using nettl::test::Record;
using nettl::test::trace;
using nettl::test::zeros;
using test::Builder;
using test::Bytes;
using test::sequence;

constexpr auto in = nettl::test::in;
constexpr auto out = nettl::test::out;

test::ReadBack read(const Bytes& bytes, std::size_t step = SIZE_MAX) {
  auto reader = open_nettl(std::make_unique<MemoryInput>(bytes, step));
  REQUIRE(reader);
  return test::read_all(**reader);
}

// One record behind a header.
test::ReadBack read_one(const Record& record, const Bytes& data, std::string_view release = "B.11.31") {
  auto file = trace(release);
  add(file, record, data);
  return read(file.bytes(), 7);
}

std::uint16_t link(const test::ReadBack& all, std::size_t record = 0) {
  return static_cast<std::uint16_t>(all.interfaces.at(all.records.at(record).interface).link_type);
}

std::uint64_t id(const test::OwnedRecord& record) {
  REQUIRE(record.options.size() == 12);
  CHECK(load_le32(record.options.data()) == (8u << 16 | 5u));
  return load<std::uint64_t>(record.options.data() + 4, ByteOrder::little);
}

TEST_CASE("nettl: a driver frame, its times, lengths, direction and interface") {
  auto file = trace();
  add(file,
      {.subsystem = 253, .device = 2, .seconds = 4'000'000'000, .microseconds = 999'999, .original = 1514},
      sequence(60));
  add(file, {.header = 64, .subsystem = 253, .device = 2, .kind = out | 0x1234}, sequence(70));
  const auto all = read(file.bytes(), 5);
  REQUIRE(all.records.size() == 2);
  CHECK(all.records[0].data == sequence(60));
  CHECK(all.records[0].original_length == 1514);
  CHECK(all.records[0].timestamp_ns == 4'000'000'000'999'999'000);
  CHECK(all.records[0].direction == PacketDirection::inbound);
  CHECK(all.records[1].direction == PacketDirection::outbound);
  REQUIRE(all.interfaces.size() == 1);
  const auto& interface = all.interfaces[0];
  CHECK(interface.name == "lan2 IETHER");
  CHECK(interface.description == "HP-UX tracing subsystem 253, device 2");
  CHECK(interface.link_type == LinkType::ethernet);
  CHECK(interface.os == "HP-UX B.11.31");
  CHECK(interface.host == "hpserv");
  CHECK(interface.hardware == "9000/800");
  CHECK(interface.timestamp_digits == 6);
  CHECK(interface.layer == 0);
  CHECK(all.section_comments ==
        std::vector<std::string>{"nettl trace /tmp/trace.TRC000, time zone of the host JST-9"});
  CHECK(all.report.damage_count == 0);
  CHECK(all.report.bytes == file.bytes().size());
}

TEST_CASE("nettl: one interface for each device, subsystem and link type, layers count up the stack") {
  auto file = trace();
  const auto packet = nettl::test::ip4({}, sequence(40));
  struct Expected {
    std::uint16_t subsystem;
    std::uint32_t device;
    const char* name;
    int layer;
  };
  const std::vector<Expected> expected{{11, 0, "lan0 NS_LS_DRIVER", 0},
                                       {252, 1, "lan1 IGELAN", 0},
                                       {252, 3, "lan3 IGELAN", 0},
                                       {210, UINT32_MAX, "BTLAN", 0},
                                       {188, 900, "lan900 HP_APA", 0},
                                       {2, 0, "NS_LS_LOOPBACK", 0},
                                       {9, 0, "NS_LS_IP", 1},
                                       {9, 4, "NS_LS_IP device 4", 1},
                                       {244, 0, "NS_LS_IPV6", 1},
                                       {6, 0, "NS_LS_TCP", 2},
                                       {8, 0, "NS_LS_UDP", 2},
                                       {23, 0, "NS_LS_ICMP", 2},
                                       {245, 0, "NS_LS_ICMPV6", 2},
                                       {268, 0, "NS_LS_SCTP", 2},
                                       {267, 0, "NS_LS_TELNET", 3},
                                       {34, 0, "SX25L2", 0},
                                       {35, 0, "SX25L3", 1},
                                       {300, 4, "subsystem 300 device 4", 0}};
  for (int round = 0; round < 2; ++round) {
    for (const auto& one : expected) add(file, {.subsystem = one.subsystem, .device = one.device}, packet);
  }
  const auto all = read(file.bytes(), 11);
  REQUIRE(all.interfaces.size() == expected.size());
  REQUIRE(all.records.size() == 2 * expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(all.interfaces[i].name == expected[i].name);
    CHECK(all.interfaces[i].layer == expected[i].layer);
    CHECK(all.records[i].interface == i);
    CHECK(all.records[i + expected.size()].interface == i);
  }
}

// The two records quoted in Wireshark's nettl.c, with frames of our own.
TEST_CASE("nettl: the sub-header of driver records is 24 bytes on HP-UX 11 and 22 on 10.20") {
  const auto eleven =
      joined(bytes_of("00000102 005c 005c ffffffff 3ce37619 0006345a 000b 0014"), sequence(0x5c));
  auto all = read_one({.subsystem = 11, .device = 2, .seconds = 0x3ce37619, .microseconds = 0x63463}, eleven);
  REQUIRE(all.records.size() == 1);
  CHECK(all.records[0].data == sequence(0x5c));
  CHECK(all.records[0].original_length == 0x5c);
  CHECK(all.records[0].timestamp_ns == 0x3ce37619 * 1'000'000'000LL + 0x63463 * 1000);

  const auto ten = joined(bytes_of("00020100 003b 003b ffffffff 42025ebf 000e8e44 000b"), sequence(0x3b));
  const Record record{.header = 64, .subsystem = 11, .device = UINT32_MAX, .kind = 0, .seconds = 0x42025ebf};
  for (const char* release : {"B.10.20", "B.11.00"}) {  // the lengths tell, not the release
    all = read_one(record, ten, release);
    REQUIRE(all.records.size() == 1);
    CHECK(all.records[0].data == sequence(0x3b));
    CHECK(all.records[0].direction == PacketDirection::unknown);
    CHECK(all.interfaces[0].name == "NS_LS_DRIVER");
  }
}

TEST_CASE("nettl: a driver record that was cut, by the original lengths or by the release") {
  const auto head = bytes_of("00000102 05ea 05ea ffffffff 3ce37619 0006345a 000b 0014");
  auto all = read_one({.subsystem = 11, .original = 1514 + 24}, joined(head, sequence(72)), "B.10.20");
  CHECK(all.records.at(0).data == sequence(72));
  CHECK(all.records.at(0).original_length == 1514);
  all = read_one({.subsystem = 11, .original = 96}, joined(head, sequence(72)), "B.11.11");
  CHECK(all.records.at(0).data == sequence(72));
  CHECK(all.records.at(0).original_length == 1514);
  all = read_one({.subsystem = 11, .original = 1538}, sequence(10));
  CHECK(all.records.at(0).data.empty());
  CHECK(all.records.at(0).original_length == 1514);
}

TEST_CASE("nettl: records without a packet are stepped over and counted") {
  auto file = trace();
  add(file, {.subsystem = 9, .kind = 0x04000000}, sequence(12));
  add(file, {.subsystem = 9, .kind = 0x80000000}, sequence(12));  // a header alone
  add(file, {.subsystem = 253, .kind = 0}, sequence(40));
  add(file, {.subsystem = 11, .kind = 0}, sequence(40));  // no consistent sub-header
  add(file, {.subsystem = 11, .kind = 0x04000000},
      joined(bytes_of("00020100 0010 0010 ffffffff 42025ebf 000e8e44 000b"), sequence(16)));
  add(file, {.subsystem = 253}, sequence(60));
  add(file, {.subsystem = 0, .kind = 0x01000000}, {});
  const auto all = read(file.bytes(), 13);
  CHECK(all.records.size() == 1);
  CHECK(all.report.skipped_blocks == 6);
  CHECK(all.report.damage_count == 0);
  CHECK(all.report.bytes == file.bytes().size());
  CHECK(all.interfaces.size() == 1);
}

struct PadCase {
  std::uint16_t subsystem;
  std::uint32_t kind;
  Bytes data;
  std::uint16_t link;
  Bytes packet;
};

TEST_CASE("nettl: both lengths lose the pad, and the link type is what the packet is") {
  const auto packet = sequence(50, 0x45);
  const auto p2p = [](int value) {
    return bytes_of(value == 1 ? "0023 0004 00000001" : "0023 0004 00000000");
  };
  const auto end = bytes_of("0000 0000");
  const auto lapb = bytes_of("000c 0004 6c617062");
  const std::vector<PadCase> cases{
      {37, in, packet, 1, packet},
      {278, in, packet, 1, packet},
      {31, in, packet, 6, packet},
      {187, out, packet, 6, packet},
      {174, in, joined(zeros(3), packet), 10, packet},
      {176, out, joined(zeros(3), packet), 10, packet},
      {177, in, joined(zeros(3), packet), 10, packet},
      {95, out, joined(bytes_of("000000000000000002 ffff"), packet), 10, packet},
      {95, in, packet, 10, packet},  // no SNAP
      {2, in, joined(zeros(26), packet), 101, packet},
      {6, in, packet, 101, packet},
      {8, in, packet, 101, packet},
      {9, in, packet, 101, packet},
      {244, in, packet, 101, packet},
      {268, in, joined(bytes_of("00000003 00000001"), packet), 248, packet},
      {23, in, packet, 252, joined(bytes_of("000c 0004 69636d70 0000 0000"), packet)},
      {245, in, packet, 252, joined(bytes_of("000c 0008 69636d70 76360000 0000 0000"), packet)},
      {267, out, packet, 252, joined(bytes_of("000c 0008 74656c6e 65740000 0000 0000"), packet)},
      {34, in, joined(zeros(24), packet), 252, joined(joined(lapb, joined(p2p(1), end)), packet)},
      {34, out, joined(zeros(24), packet), 252, joined(joined(lapb, joined(p2p(0), end)), packet)},
      {35, in | out, joined(zeros(24), packet), 252,
       joined(bytes_of("000c 0004 782e3235 0000 0000"), packet)},
  };
  for (const auto& one : cases) {
    CAPTURE(one.subsystem);
    const auto all = read_one({.subsystem = one.subsystem,
                               .kind = one.kind,
                               .original = static_cast<std::int64_t>(one.data.size() + 900)},
                              one.data);
    REQUIRE(all.records.size() == 1);
    CHECK(link(all) == one.link);
    CHECK(all.records[0].data == one.packet);
    CHECK(all.records[0].original_length == one.packet.size() + 900);
  }
}

TEST_CASE("nettl: inbound SNAP frames of the HP-PB FDDI card have three stray bytes behind the SSAP") {
  const auto head = joined(sequence(13), bytes_of("aaaa"));
  const auto rest = joined(bytes_of("03 000000 0800"), sequence(30));
  auto all = read_one({.subsystem = 95, .original = 500}, joined(joined(head, bytes_of("ffffff")), rest));
  CHECK(link(all) == 10);
  CHECK(all.records.at(0).data == joined(head, rest));
  CHECK(all.records.at(0).original_length == 497);
  all = read_one({.subsystem = 95}, joined(head, bytes_of("ff")));
  CHECK(all.records.at(0).data == head);
}

TEST_CASE("nettl: a record shorter than its pad is a packet of which nothing was captured") {
  for (const auto subsystem : std::vector<std::uint16_t>{2, 268, 174, 34}) {
    const auto all = read_one({.subsystem = subsystem, .original = 100}, sequence(2));
    REQUIRE(all.records.size() == 1);
    CHECK(all.records[0].original_length < 100);
    CHECK(all.records[0].data.size() == (link(all) == 252 ? 20 : 0));
  }
}

TEST_CASE("nettl: an unknown id is Ethernet where the frame looks like it, otherwise opaque") {
  const auto frame = nettl::test::ethernet(nettl::test::ip4({}, sequence(40)));
  const auto arp = nettl::test::ethernet(sequence(28), 0x0806);
  auto group = frame;
  group[6] |= std::byte{1};
  auto file = trace();
  for (const auto& data : {frame, arp, group, sequence(60), sequence(5)}) add(file, {.subsystem = 300}, data);
  const auto all = read(file.bytes());
  REQUIRE(all.records.size() == 5);
  CHECK(link(all, 0) == 1);
  CHECK(link(all, 1) == 1);
  CHECK(link(all, 2) == 147);
  CHECK(link(all, 3) == 147);
  CHECK(link(all, 4) == 147);
  REQUIRE(all.interfaces.size() == 2);
  CHECK(all.interfaces[0].comments.at(0) == "taken for Ethernet: the frames look like it");
  CHECK(all.interfaces[1].comments.at(0) == "what these records hold is not known: their bytes as they are");
}

TEST_CASE("nettl: IGMP and unknown network subsystems, with and without an IP header") {
  const auto packet = nettl::test::ip4({.protocol = 2}, sequence(8, 0x16));
  auto all = read_one({.subsystem = 29}, packet);
  CHECK(link(all) == 101);
  all = read_one({.subsystem = 29}, bytes_of("16000000e0000005"));
  CHECK(link(all) == 252);
  CHECK(all.records.at(0).data ==
        bytes_of("000e 0008 69702e70726f746f 0020 0004 00000002 0000 0000 16000000e0000005"));
  all = read_one({.subsystem = 29}, bytes_of("99000000e0000005"));
  CHECK(link(all) == 147);
  Bytes ip6 = zeros(40);
  ip6[0] = std::byte{0x60};
  CHECK(link(read_one({.subsystem = 249}, ip6)) == 101);
  all = read_one({.subsystem = 249}, joined(zeros(26), ip6));
  CHECK(link(all) == 101);
  CHECK(all.records.at(0).data == ip6);
  CHECK(link(read_one({.subsystem = 16}, zeros(60))) == 147);
}

TEST_CASE("nettl: HP-UX 9 with any size limit of its file") {
  const auto start = [](std::uint32_t limit, std::string_view name) {
    Builder file(ByteOrder::big);
    file.u32(1).u32(0).u32(limit);
    nettl::test::text_field(file, name, 116);
    return file;
  };
  for (const std::uint32_t limit : {512000u, 1024000u}) {
    auto file = start(limit, "/tmp/trace.TRC0");
    add(file, {.header = 64, .subsystem = 164}, sequence(60));
    const std::span<const std::byte> bytes = file.bytes();
    CHECK(detect_nettl(bytes.first(64)) == Detection::mine);
    CHECK(read(file.bytes()).records.at(0).data == sequence(60));
  }
  CHECK(detect_nettl(start(512000, "").bytes()) == Detection::mine);
  CHECK(detect_nettl(start(1024000, "").bytes()) == Detection::not_mine);
  CHECK(detect_nettl(start(1024000, "\x01\x02").bytes()) == Detection::not_mine);
  CHECK(detect_nettl(start(0, "/tmp/x").bytes()) == Detection::not_mine);
  CHECK(detect_nettl(sequence(64)) == Detection::not_mine);
  CHECK(detect_nettl(bytes_of("54520064 00000000")) == Detection::not_mine);
}

TEST_CASE("nettl: a file of nothing but its header is an empty capture") {
  const auto all = read(trace().bytes());
  CHECK(all.records.empty());
  CHECK(all.report.damage_count == 0);
  CHECK_FALSE(all.failed);
}

TEST_CASE("nettl: cut anywhere, every byte is a record's, lost or refused") {
  auto file = trace();
  std::vector<std::size_t> ends{128};
  for (const std::size_t size : {30u, 0u, 9u}) {
    add(file, {.seconds = static_cast<std::uint32_t>(1000 + size)}, sequence(size));
    ends.push_back(file.bytes().size());
  }
  for (std::size_t length = 0; length < file.bytes().size(); ++length) {
    CAPTURE(length);
    const Bytes cut(file.bytes().begin(), file.bytes().begin() + static_cast<std::ptrdiff_t>(length));
    auto reader = open_nettl(std::make_unique<MemoryInput>(cut, 17));
    if (length < 128) {
      CHECK_FALSE(reader);
      continue;
    }
    REQUIRE(reader);
    const auto all = test::read_all(**reader);
    const auto whole =
        static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), length) - ends.begin()) - 1;
    CHECK(all.records.size() == whole);
    CHECK(all.report.lost_bytes == length - ends[whole]);
    CHECK(all.report.damage_count == (length == ends[whole] ? 0 : 1));
    CHECK(all.damage_answers == all.report.damage_count);
  }
}

TEST_CASE("nettl: a cut record says how many of its bytes are there") {
  auto file = trace();
  add(file, {.captured = 100}, sequence(40));
  CHECK(read(file.bytes()).report.damage.at(0).what ==
        "the file ends within a record: 108 of 168 bytes are there");
  CHECK(read(file.bytes()).report.damage.at(0).offset == 128);
  auto head = trace();
  head.raw(sequence(10));
  CHECK(read(head.bytes()).report.damage.at(0).what ==
        "the file ends within a record header: 10 of at least 64 bytes are there");
}

TEST_CASE("nettl: reading goes on at the next sound record behind damage") {
  const Record good{.seconds = 5000};
  struct Damaged {
    Record record;
    const char* what;
  };
  const std::vector<Damaged> cases{
      {{.header = 63, .seconds = 5000}, "record header says it is 63 bytes long, possible are 64 to 128"},
      {{.header = 129, .seconds = 5000}, "record header says it is 129 bytes long, possible are 64 to 128"},
      {{.seconds = 5000, .captured = 262145}, "record says 262145 captured bytes, the limit is 262144"},
      {{.seconds = 5000, .microseconds = 1'000'000}, "record says 1000000 microseconds of a second"},
      {{.seconds = 5000, .captured = 100'000},
       "the file ends within a record: 586 of 100068 bytes are there"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    auto file = trace();
    add(file, good, sequence(60));
    const std::size_t start = file.bytes().size();
    add(file, one.record, sequence(60, 101));
    const std::size_t end = file.bytes().size();
    for (std::uint8_t i = 0; i < 3; ++i) add(file, good, sequence(60, i));
    // Header lengths differ in the damaged cases: the message of the last one counts what is there.
    add(file, good, sequence(6));
    const auto all = read(file.bytes(), 100);
    REQUIRE(all.records.size() == 5);
    CHECK(all.records[1].data == sequence(60, 0));
    CHECK(all.records[4].data == sequence(6));
    REQUIRE(all.report.damage_count == 1);
    CHECK(all.report.damage[0].what == one.what);
    CHECK(all.report.damage[0].offset == start);
    CHECK(all.report.lost_bytes == end - start);
    CHECK(all.report.bytes == file.bytes().size());
  }
}

TEST_CASE("nettl: what only looks like a record does not end the search for a sound one") {
  const Record good{.seconds = 5000};
  const std::vector<Record> fakes{
      {.seconds = 900'000'000},                    // years away
      {.seconds = 5000, .original = 4},            // longer than its original
      {.subsystem = 5000, .seconds = 5000},        // a subsystem that does not exist
      {.device = 0x12345678, .seconds = 5000},     // a device without sense
      {.seconds = 5000, .microseconds = 5000000},  // impossible anywhere
  };
  for (const auto& fake : fakes) {
    auto file = trace();
    add(file, good, sequence(60));
    const std::size_t start = file.bytes().size();
    file.raw(sequence(33, 200));
    add(file, fake, sequence(20));
    const std::size_t end = file.bytes().size();
    for (std::uint8_t i = 0; i < 3; ++i) add(file, good, sequence(60, i));
    const auto all = read(file.bytes(), 64);
    REQUIRE(all.records.size() == 4);
    CHECK(all.records[1].data == sequence(60, 0));
    CHECK(all.report.damage_count == 1);
    CHECK(all.report.lost_bytes == end - start);
  }
}

TEST_CASE("nettl: every byte changed in turn, all bytes are accounted for") {
  auto file = trace();
  add(file, {.subsystem = 11},
      joined(bytes_of("00000102 0020 0020 ffffffff 3ce37619 0006345a 000b 0014"), sequence(32)));
  add(file, {.subsystem = 95}, joined(sequence(13), bytes_of("aaaa ffffff 03")));
  add(file, {.subsystem = 23}, bytes_of("0800 0000 0001 0002"));
  add(file, {.subsystem = 9}, nettl::test::ip4({}, sequence(20)));
  for (std::size_t i = 128; i < file.bytes().size(); ++i) {
    for (const unsigned change : {0x01u, 0x80u, 0xffu}) {
      auto bytes = file.bytes();
      bytes[i] ^= static_cast<std::byte>(change);
      const auto all = read(bytes, 50);
      CHECK(all.report.bytes == bytes.size());
      CHECK(all.report.lost_bytes <= bytes.size() - 128);
      CHECK(all.records.size() + all.report.damage_count + all.report.skipped_blocks >= 1);
      CHECK((all.records.size() == 4 || all.report.damage_count + all.report.skipped_blocks > 0));
    }
  }
}

TEST_CASE("nettl: more kinds of interfaces than any host has are damage") {
  auto file = trace();
  for (std::uint32_t device = 0; device < 4100; ++device) add(file, {.device = device}, sequence(20));
  const auto all = read(file.bytes());
  CHECK(all.interfaces.size() == 4096);
  CHECK(all.records.size() == 4096);
  CHECK(all.report.damage_count == 4);
  CHECK(all.report.lost_bytes == 4 * 88);
}

TEST_CASE("nettl: the copies that several layers traced of a packet share an id, and nothing else does") {
  auto file = trace();
  const auto add_packet = [&](std::uint16_t number, std::uint32_t kind, std::vector<std::uint16_t> layers) {
    const auto packet = nettl::test::ip4({.id = number}, sequence(30, static_cast<std::uint8_t>(number)));
    for (const auto subsystem : layers) {
      add(file, {.subsystem = subsystem, .kind = kind},
          subsystem == 253 ? nettl::test::ethernet(packet) : packet);
    }
  };
  add_packet(1, in, {253, 9, 6});
  add_packet(2, out, {6, 9, 253});
  add_packet(3, in, {253, 253, 9, 9});
  const auto all = read(file.bytes());
  REQUIRE(all.records.size() == 10);
  std::vector<std::uint64_t> ids;
  for (const auto& record : all.records) ids.push_back(id(record) - id(all.records[0]));
  CHECK(ids == std::vector<std::uint64_t>{0, 0, 0, 1, 1, 1, 2, 3, 2, 3});
}

TEST_CASE("nettl: files of a ring have ids of their own") {
  auto older = trace();
  auto newer = trace();
  for (std::uint32_t i = 0; i < 100; ++i) {
    add(older, {.seconds = 1000, .microseconds = i}, sequence(60));
    add(newer, {.seconds = 1000, .microseconds = i + 100}, sequence(60));
  }
  CHECK(id(read(older.bytes()).records.back()) < id(read(newer.bytes()).records.front()));
}

TEST_CASE("nettl: the names of a ring's files tell their age") {
  const auto part = [](const char* path) { return nettl_ring_part(path); };
  REQUIRE(part("/var/tmp/x.TRC002"));
  CHECK(part("/var/tmp/x.TRC002")->ring == "/var/tmp/x.TRC");
  CHECK(part("/var/tmp/x.TRC002")->age == 2);
  CHECK(part("x.TRC0")->age == 0);
  CHECK(part("x.TRC10")->age == 10);
  CHECK(part("a.TRC001.TRC003")->ring == "a.TRC001.TRC");
  for (const char* path :
       {"x.TRC", "x.TRC00a", "x.TRC000.gz", "x.pcap", "x.TRC+1", "x.TRC 1", "TRC000", ""}) {
    CAPTURE(path);
    CHECK_FALSE(part(path));
  }
}

}  // namespace
}  // namespace anchoko::formats
