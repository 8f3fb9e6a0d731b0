#include "core/formats/snoop/reader.h"

#include <doctest/doctest.h>

#include "core/formats/other_link_types.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/test_bytes.h"

namespace anchoko::formats {
namespace {

using test::Builder;
using test::Bytes;
using test::MemoryInput;

Builder header(std::uint32_t dlpi_type = 4, std::uint32_t version = 2) {
  Builder file(ByteOrder::big);
  file.text("snoop").u8(0).u8(0).u8(0).u32(version);
  if (version > 1) file.u32(dlpi_type);
  return file;
}

struct Fields {
  std::uint32_t seconds = 1'000'000'000;
  std::uint32_t microseconds = 0;
  std::uint32_t original = 0;  // 0: as long as the data
  std::uint32_t drops = 0;
  std::uint32_t padding = 0;
};

void add_record(Builder& file, const Bytes& data, const Fields& fields = {}) {
  const auto size = static_cast<std::uint32_t>(data.size());
  file.u32(fields.original == 0 ? size : fields.original).u32(size).u32(24 + size + fields.padding);
  file.u32(fields.drops).u32(fields.seconds).u32(fields.microseconds).raw(data);
  // Not zero: padding is not relied on.
  file.raw(Bytes(fields.padding, std::byte{0xee}));
}

test::ReadBack read(const Bytes& bytes, std::size_t step = SIZE_MAX) {
  auto reader = open_snoop(std::make_unique<MemoryInput>(bytes, step));
  REQUIRE(reader);
  return test::read_all(**reader);
}

InterfaceInfo interface_of(std::uint32_t dlpi_type, std::uint32_t padding = 0) {
  auto file = header(dlpi_type);
  add_record(file, test::sequence(80), {.padding = padding});
  return read(file.bytes()).interfaces.at(0);
}

std::uint64_t dropped_before(const test::OwnedRecord& record) {
  if (record.options.empty()) return 0;
  REQUIRE(record.options.size() == 12);
  CHECK(load<std::uint16_t>(record.options.data(), ByteOrder::little) == pcapng::option::packet_drop_count);
  CHECK(load<std::uint16_t>(record.options.data() + 2, ByteOrder::little) == 8);
  return load<std::uint64_t>(record.options.data() + 4, ByteOrder::little);
}

TEST_CASE("snoop: records follow each other by their own lengths, whatever the padding") {
  for (const std::size_t step : {SIZE_MAX, std::size_t{1}, std::size_t{7}}) {
    auto file = header();
    for (std::uint32_t padding = 0; padding < 16; ++padding) {
      add_record(file, test::sequence(60 + padding),
                 {.seconds = 1'000'000'000 + padding,
                  .microseconds = 123'456,
                  .original = 1514,
                  .padding = padding});
    }
    CHECK(detect_snoop(file.bytes()) == Detection::mine);
    const auto all = read(file.bytes(), step);
    REQUIRE(all.records.size() == 16);
    CHECK(all.report.damage_count == 0);
    CHECK(all.report.records == 16);
    CHECK(all.report.bytes == file.bytes().size());
    for (std::uint32_t i = 0; i < 16; ++i) {
      CHECK(all.records[i].data == test::sequence(60 + i));
      CHECK(all.records[i].original_length == 1514);
      CHECK(all.records[i].timestamp_ns == (1'000'000'000 + std::int64_t{i}) * 1'000'000'000 + 123'456'000);
      CHECK(all.records[i].direction == PacketDirection::unknown);
    }
    REQUIRE(all.interfaces.size() == 1);
    CHECK(all.interfaces[0].link_type == LinkType::ethernet);
    CHECK(all.interfaces[0].link_type_extra == 0);
    CHECK(all.interfaces[0].timestamp_digits == 6);
    CHECK(all.interfaces[0].comments.empty());
    CHECK_FALSE(all.interfaces[0].statistics);
  }
}

TEST_CASE("snoop: seconds have no sign") {
  auto file = header();
  add_record(file, test::sequence(60), {.seconds = 0xffffffff, .microseconds = 999'999});
  CHECK(read(file.bytes()).records.at(0).timestamp_ns == 4'294'967'295'999'999'000);
}

TEST_CASE("snoop: version 1 has no link type field, and is Ethernet") {
  auto file = header(0, 1);
  CHECK(file.bytes().size() == 12);
  add_record(file, test::sequence(60), {.padding = 4});
  const auto all = read(file.bytes());
  CHECK(all.interfaces.at(0).link_type == LinkType::ethernet);
  CHECK(all.records.at(0).data == test::sequence(60));
}

TEST_CASE("snoop: a capture without packets ends behind its version or behind its link type") {
  const auto whole = header().bytes();
  const auto part = [&](std::size_t size) {
    return Bytes(whole.begin(), whole.begin() + std::ptrdiff_t(size));
  };
  auto all = read(part(12));
  CHECK(all.records.empty());
  CHECK(all.interfaces.empty());
  CHECK(all.report.damage_count == 0);
  all = read(whole);
  CHECK(all.interfaces.size() == 1);
  CHECK(all.report.damage_count == 0);
  for (const std::size_t size : {13u, 14u, 15u}) {
    all = read(part(size));
    CHECK(all.report.damage_count == 1);
    CHECK(all.report.lost_bytes == size - 12);
  }
  for (std::size_t size = 0; size < 12; ++size) {
    CHECK_FALSE(open_snoop(std::make_unique<MemoryInput>(part(size))));
  }
  CHECK_FALSE(open_snoop(std::make_unique<MemoryInput>(header(4, 6).bytes())));
  CHECK_FALSE(open_snoop(std::make_unique<MemoryInput>(header(4, 0).bytes())));
}

TEST_CASE("snoop: the line feed that ends a stream is no damage, another byte is") {
  for (const bool packets : {false, true}) {
    auto file = packets ? header() : Builder(ByteOrder::big).text("snoop").u8(0).u8(0).u8(0).u32(2);
    if (packets) add_record(file, test::sequence(60));
    auto other = file;
    file.text("\n");
    auto all = read(file.bytes());
    CHECK(all.report.damage_count == 0);
    CHECK(all.report.bytes == file.bytes().size());
    all = read(other.text("x").bytes());
    CHECK(all.report.damage_count == 1);
    CHECK(all.report.lost_bytes == 1);
  }
}

TEST_CASE("snoop: every DLPI type has the nearest link type, or none and a comment that names it") {
  const std::vector<std::pair<std::uint32_t, LinkType>> known{
      {0, LinkType::ethernet},     {2, LinkType::token_ring},     {4, LinkType::ethernet},
      {8, LinkType::fddi},         {9, LinkType::null},           {14, LinkType::null},
      {16, LinkType{122}},         {18, LinkType{123}},           {24, LinkType::ethernet},
      {25, LinkType::ethernet},    {0x80000001, LinkType::raw},   {0x80000002, LinkType::raw},
      {0x80000007, LinkType::raw}, {0x80000005, LinkType::ipnet},
  };
  for (const auto& [number, type] : known) {
    CAPTURE(number);
    CHECK(interface_of(number).link_type == type);
    CHECK(interface_of(number).file_order == ByteOrder::big);
  }
  for (const std::uint32_t number :
       {1u,  3u,  5u,          6u,          7u,          10u,         11u,         12u,
        13u, 15u, 17u,         19u,         20u,         21u,         22u,         23u,
        26u, 27u, 0x80000000u, 0x80000003u, 0x80000004u, 0x80000006u, 0x80000008u, 0xffffffffu}) {
    CAPTURE(number);
    const auto info = interface_of(number);
    CHECK(info.link_type == link_user0);
    REQUIRE(info.comments.size() == 1);
    CHECK(info.comments[0].find("DLPI type ") != std::string::npos);
  }
  CHECK(interface_of(26).comments[0].find("DLPI type 26 (IP over InfiniBand)") != std::string::npos);
  CHECK(interface_of(0x80000003).comments[0].find("0x80000003 (virtual") != std::string::npos);
  CHECK(interface_of(0x80000004).comments[0].find("0x80000004 (IEEE 802.11)") != std::string::npos);
  // Raw IP is what they hold, and not all that they tell.
  for (const auto& [number, name] : std::vector<std::pair<std::uint32_t, std::string>>{
           {0x80000001, "IPv4 tunnel"}, {0x80000002, "IPv6 tunnel"}, {0x80000007, "6to4 tunnel"}}) {
    const auto comments = interface_of(number).comments;
    REQUIRE(comments.size() == 1);
    CHECK(comments[0].find(name) != std::string::npos);
  }
}

TEST_CASE("snoop: 16 bytes of padding in the first record make a Shomiti file, with its own link types") {
  for (const std::uint32_t number : {0u, 4u, 10u, 12u, 19u}) {
    CAPTURE(number);
    CHECK(interface_of(number, 16).link_type == LinkType::ethernet);
    CHECK(interface_of(number, 16).link_type_extra == 0x24000000);
  }
  CHECK(interface_of(10, 15).link_type == link_user0);
  CHECK(interface_of(4, 15).link_type_extra == 0);
  for (const std::uint32_t number : {2u, 11u, 13u, 14u}) {
    CHECK(interface_of(number, 20).link_type == LinkType::token_ring);
    CHECK(interface_of(number, 20).link_type_extra == 0);
  }
  CHECK(interface_of(8, 16).link_type == LinkType::fddi);
  CHECK(interface_of(16, 16).link_type == link_user0);
  // The version does not decide, and neither does a single record.
  for (const bool first : {false, true}) {
    auto file = header(4, 5);
    add_record(file, test::sequence(60), {.padding = first ? 16u : 4u});
    add_record(file, test::sequence(60), {.padding = first ? 4u : 16u});
    const auto all = read(file.bytes());
    CHECK(all.records.size() == 2);
    CHECK(all.interfaces.at(0).link_type_extra == 0);
    CHECK(all.report.damage_count == 0);
  }
}

TEST_CASE("snoop: Shomiti's radio header is not part of the 802.11 frame") {
  const auto frame = test::sequence(40);
  auto file = header(18, 2);
  // pad, length 8, then two unknown bytes, rate, preamble, code, signal, quality, channel
  const auto radio = [&](std::uint8_t length, std::size_t extra) {
    return Builder(ByteOrder::big).u32(length).u64(0x0000160001503206).raw(Bytes(extra)).raw(frame).bytes();
  };
  add_record(file, radio(8, 0), {.original = 112, .padding = 16});
  add_record(file, radio(13, 5), {.padding = 17});
  add_record(file, radio(7, 0), {.padding = 16});
  add_record(file, radio(200, 0), {.padding = 16});
  add_record(file, test::sequence(11), {.padding = 16});
  add_record(file, radio(8, 0), {.padding = 16});
  const auto all = read(file.bytes(), 5);
  CHECK(all.interfaces.at(0).link_type == LinkType::ieee802_11);
  CHECK(all.interfaces[0].link_type_extra == 0x24000000);
  REQUIRE(all.records.size() == 3);
  for (const auto& record : all.records) CHECK(record.data == frame);
  CHECK(all.records[0].original_length == 100);
  CHECK(all.records[1].original_length == 40);
  CHECK(all.report.damage_count == 3);
  CHECK(all.report.lost_bytes == 92 + 92 + 51);
}

TEST_CASE("snoop: atmsnoop's four bytes are those of LINKTYPE_SUNATM, and tell the direction") {
  auto file = header(18);
  const auto sent = Builder(ByteOrder::big).u8(0x82).u8(1).u16(0x1234).raw(test::sequence(40)).bytes();
  const auto received = Builder(ByteOrder::big).u8(0x02).u8(0).u16(5).bytes();
  add_record(file, sent, {.padding = 4});
  add_record(file, received);
  add_record(file, test::sequence(3));
  const auto all = read(file.bytes());
  CHECK(all.interfaces.at(0).link_type == link_sunatm);
  REQUIRE(all.records.size() == 2);
  CHECK(all.records[0].data == sent);
  CHECK(all.records[0].direction == PacketDirection::outbound);
  CHECK(all.records[1].direction == PacketDirection::inbound);
  CHECK(all.report.damage_count == 1);
  CHECK(all.report.lost_bytes == 27);
}

TEST_CASE("snoop: ipnet headers tell the direction and stay") {
  auto file = header(0x80000005);
  const auto packet = [](std::uint8_t version, std::uint16_t hook) {
    return Builder(ByteOrder::big)
        .u8(version)
        .u8(2)
        .u16(hook)
        .u32(20)
        .u32(1)
        .u32(0)
        .u32(0xffffffff)
        .u32(0)
        .raw(test::sequence(20, 0x45))
        .bytes();
  };
  const std::vector<std::pair<Bytes, PacketDirection>> packets{
      {packet(1, 0), PacketDirection::inbound}, {packet(1, 1), PacketDirection::outbound},
      {packet(1, 2), PacketDirection::unknown}, {packet(2, 1), PacketDirection::unknown},
      {Bytes(3), PacketDirection::unknown},
  };
  for (const auto& [data, direction] : packets) add_record(file, data);
  const auto all = read(file.bytes());
  CHECK(all.interfaces.at(0).link_type == LinkType::ipnet);
  REQUIRE(all.records.size() == packets.size());
  for (std::size_t i = 0; i < packets.size(); ++i) {
    CHECK(all.records[i].data == packets[i].first);
    CHECK(all.records[i].direction == packets[i].second);
  }
}

TEST_CASE("snoop: what the drop counter gained stands with the record, its last value with the interface") {
  auto file = header();
  for (const std::uint32_t drops : {0u, 3u, 3u, 10u, 4u, 5u})
    add_record(file, test::sequence(60), {.drops = drops});
  const auto all = read(file.bytes());
  std::vector<std::uint64_t> gained;
  for (const auto& record : all.records) gained.push_back(dropped_before(record));
  CHECK(gained == std::vector<std::uint64_t>{0, 3, 0, 7, 0, 1});
  REQUIRE(all.interfaces.at(0).statistics);
  CHECK(all.interfaces[0].statistics->dropped_by_os == 5);
}

TEST_CASE("snoop: reading goes on at the next sound record, wherever the damage is") {
  const Bytes data = test::sequence(61);
  constexpr std::size_t record_size = 24 + 61 + 3;
  const auto file_with = [&](std::size_t offset, std::uint32_t value) {
    auto file = header();
    for (std::uint32_t i = 0; i < 6; ++i) {
      add_record(file, data, {.seconds = 1'000'000'000 + i, .original = 61, .padding = 3});
    }
    Bytes bytes = file.bytes();
    store<std::uint32_t>(bytes.data() + 16 + 2 * record_size + offset, value, ByteOrder::big);
    return bytes;
  };
  // Original, captured and record length of the third record.
  for (const auto& [offset, value] : std::vector<std::pair<std::size_t, std::uint32_t>>{
           {0, 262145}, {4, 0xffffffff}, {4, 65}, {8, 0}, {8, 84}, {8, 0xffffffff}, {8, 200'000}}) {
    for (const std::size_t step : {SIZE_MAX, std::size_t{13}}) {
      CAPTURE(offset);
      CAPTURE(value);
      const auto all = read(file_with(offset, value), step);
      CHECK(all.records.size() == 5);
      CHECK(all.report.damage_count == 1);
      CHECK(all.damage_answers == 1);
      CHECK(all.report.damage.at(0).offset == 16 + 2 * record_size);
      CHECK(all.report.lost_bytes == record_size);
      CHECK(all.records.back().timestamp_ns == 1'000'000'005'000'000'000);
    }
  }
}

TEST_CASE("snoop: behind damage, bytes that only look like a record are not one") {
  const auto read_with = [](const Fields& fields, std::uint32_t captured) {
    auto file = header();
    add_record(file, test::sequence(60), {.seconds = 1'000'000'000});
    file.raw(Bytes(50, std::byte{0xff}));
    file.u32(fields.original)
        .u32(captured)
        .u32(24 + captured)
        .u32(0)
        .u32(fields.seconds)
        .u32(fields.microseconds);
    file.raw(test::sequence(captured));
    return read(file.bytes()).records.size();
  };
  const Fields sound{.seconds = 1'000'000'009, .microseconds = 999'999, .original = 60};
  CHECK(read_with(sound, 60) == 2);
  auto other = sound;
  other.microseconds = 1'000'000;
  CHECK(read_with(other, 60) == 1);
  other = sound;
  other.seconds = 1'100'000'000;
  CHECK(read_with(other, 60) == 1);
  other = sound;
  other.original = 59;
  CHECK(read_with(other, 60) == 1);
  other.original = 0;
  CHECK(read_with(other, 0) == 1);
}

TEST_CASE("snoop: a record length that swallows the records behind it loses none") {
  auto file = header();
  for (std::uint32_t i = 0; i < 6; ++i) add_record(file, test::sequence(61), {.padding = 3});
  Bytes bytes = file.bytes();
  store<std::uint32_t>(bytes.data() + 16 + 88 + 8, 88 + 256, ByteOrder::big);
  const auto all = read(bytes);
  CHECK(all.records.size() == 6);
  CHECK(all.report.damage_count == 1);
  CHECK(all.report.lost_bytes == 0);
}

TEST_CASE(
    "snoop: whatever byte is changed, no more than two records are lost, and every byte is accounted for") {
  for (const std::uint32_t dlpi_type : {4u, 18u}) {
    auto file = header(dlpi_type);
    for (std::uint32_t i = 0; i < 8; ++i) {
      add_record(file, test::sequence(30 + i), {.seconds = 1'000'000'000 + i, .original = 90, .padding = 2});
    }
    for (std::size_t at = 12; at < file.bytes().size(); ++at) {
      for (const auto value :
           {std::byte{0}, std::byte{1}, std::byte{0x20}, std::byte{0x80}, std::byte{0xff}}) {
        CAPTURE(at);
        Bytes bytes = file.bytes();
        bytes[at] = value;
        const auto all = read(bytes);
        CHECK(all.records.size() >= 6);
        CHECK(all.records.size() <= 8);
        CHECK((all.records.size() == 8 || all.report.damage_count > 0));
        CHECK(all.damage_answers == all.report.damage_count);
        CHECK(all.report.bytes == bytes.size());
      }
    }
  }
}

TEST_CASE("snoop: cut anywhere, every byte is a record's, padding's, lost or refused") {
  auto file = header();
  add_record(file, test::sequence(30), {.padding = 2});
  add_record(file, test::sequence(9), {.original = 90});
  add_record(file, test::sequence(20), {.padding = 4});
  const std::vector<std::size_t> ends{16, 72, 105, 153};       // of records
  const std::vector<std::size_t> data_ends{16, 70, 105, 149};  // of their data
  for (std::size_t length = 16; length < file.bytes().size(); ++length) {
    CAPTURE(length);
    const Bytes cut(file.bytes().begin(), file.bytes().begin() + static_cast<std::ptrdiff_t>(length));
    const auto all = read(cut);
    std::size_t whole = 0;
    while (whole + 1 < data_ends.size() && data_ends[whole + 1] <= length) ++whole;
    CHECK(all.records.size() == whole);
    const std::size_t end = std::min(ends[whole], length);
    CHECK(all.report.lost_bytes == length - end);
    CHECK(all.report.damage_count == (length == ends[whole] ? 0 : 1));
    CHECK(all.report.bytes == length);
  }
  const Bytes cut(file.bytes().begin(), file.bytes().begin() + 72 + 24 + 4);
  CHECK(read(cut).report.damage.at(0).what ==
        "the file ends within a record: 4 of 9 captured bytes are there");
}

TEST_CASE("snoop: the largest packet is read, with small steps too; a lying length allocates nothing") {
  auto file = header();
  add_record(file, test::sequence(262'144), {.padding = 4});
  const auto all = read(file.bytes(), 100'000);
  REQUIRE(all.records.size() == 1);
  CHECK(all.records[0].data == test::sequence(262'144));
  auto lying = header();
  lying.u32(0xfffffff0).u32(0xfffffff0).u32(0xfffffff0).u32(0).u32(1).u32(0);
  CHECK(read(lying.bytes()).report.lost_bytes == 24);
}

TEST_CASE("snoop: a wrong time before damage does not end the search for the records behind it") {
  auto file = header();
  for (std::uint32_t i = 0; i < 11; ++i)
    add_record(file, test::sequence(60), {.seconds = i == 4 ? 4'000'000'000u : 1'000'000'000 + i});
  Bytes bytes = file.bytes();
  store<std::uint32_t>(bytes.data() + 16 + 5 * 84 + 4, 0xffffffff, ByteOrder::big);
  const auto all = read(bytes);
  REQUIRE(all.records.size() == 10);
  CHECK(all.records[4].timestamp_ns == 4'000'000'000'000'000'000);
  CHECK(all.records[5].timestamp_ns == 1'000'000'006'000'000'000);
  CHECK(all.report.lost_bytes == 84);
}

}  // namespace
}  // namespace anchoko::formats
