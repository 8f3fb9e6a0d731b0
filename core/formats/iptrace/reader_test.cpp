#include "core/formats/iptrace/reader.h"

#include <doctest/doctest.h>

#include "core/formats/iptrace/layout.h"
#include "core/formats/other_link_types.h"
#include "core/formats/test_bytes.h"

namespace anchoko::formats {
namespace {

using test::Builder;
using test::Bytes;
using test::MemoryInput;

struct Fields {
  std::string letters = "en";  // up to 4 bytes
  std::uint8_t unit = 0;
  std::uint8_t type = 6;
  std::uint8_t sent = 0;
  std::uint32_t seconds = 900'000'000;
  std::uint32_t nanoseconds = 0;
  std::string text = {};  // up to 12 bytes
};

void add_record(Builder& file, int version, const Bytes& data, const Fields& fields = {}) {
  const bool two = version == 2;
  // The text field and the bytes that nobody knows hold left-over memory.
  std::string text = fields.text;
  text.resize(12, text.empty() ? '\xee' : '\0');
  std::string letters = fields.letters;
  letters.resize(4);
  file.u32(static_cast<std::uint32_t>(data.size() + (two ? 32 : 22))).u32(fields.seconds);
  file.u8(0xee).u8(0xee).u8(0xee).u8(fields.unit).text(letters).text(text).u8(fields.type).u8(fields.sent);
  if (two) file.u16(0xeeee).u32(fields.seconds).u32(fields.nanoseconds);
  file.raw(data);
}

Builder header(int version) {
  return Builder(ByteOrder::big).text(version == 1 ? "iptrace 1.0" : "iptrace 2.0");
}

test::ReadBack read(const Bytes& bytes, std::size_t step = SIZE_MAX) {
  auto reader = open_iptrace(std::make_unique<MemoryInput>(bytes, step));
  REQUIRE(reader);
  return test::read_all(**reader);
}

test::ReadBack read_one(int version, const Bytes& data, const Fields& fields) {
  auto file = header(version);
  add_record(file, version, data, fields);
  return read(file.bytes());
}

TEST_CASE("iptrace: records of both versions, at any alignment") {
  for (const int version : {1, 2}) {
    for (const std::size_t step : {SIZE_MAX, std::size_t{1}, std::size_t{7}}) {
      CAPTURE(version);
      auto file = header(version);
      add_record(file, version, test::sequence(61), {.nanoseconds = 436'153'133});
      add_record(file, version, test::sequence(60, 9), {.sent = 1, .seconds = 0xffffffff});
      add_record(file, version, {}, {.sent = 0x80});
      CHECK(detect_iptrace(file.bytes()) == Detection::mine);
      const auto all = read(file.bytes(), step);
      REQUIRE(all.records.size() == 3);
      CHECK(all.report.damage_count == 0);
      CHECK(all.report.bytes == file.bytes().size());
      CHECK(all.records[0].data == test::sequence(61));
      CHECK(all.records[0].original_length == 61);
      CHECK(all.records[0].timestamp_ns == 900'000'000'000'000'000 + (version == 2 ? 436'153'133 : 0));
      CHECK(all.records[0].direction == PacketDirection::inbound);
      CHECK(all.records[1].data == test::sequence(60, 9));
      CHECK(all.records[1].timestamp_ns == 4'294'967'295'000'000'000);
      CHECK(all.records[1].direction == PacketDirection::outbound);
      CHECK(all.records[2].data.empty());
      CHECK(all.records[2].direction == PacketDirection::outbound);
      REQUIRE(all.interfaces.size() == 1);
      CHECK(all.interfaces[0].name == "en0");
      CHECK(all.interfaces[0].link_type == LinkType::ethernet);
      CHECK(all.interfaces[0].original_lengths_unknown);
      CHECK(all.interfaces[0].timestamp_digits == (version == 2 ? 9 : 0));
    }
  }
}

TEST_CASE("iptrace: a file of its magic alone is a capture without packets") {
  for (const int version : {1, 2}) {
    const auto all = read(header(version).bytes());
    CHECK(all.records.empty());
    CHECK(all.interfaces.empty());
    CHECK(all.report.damage_count == 0);
  }
  for (const char* text : {"", "iptrace 2.", "iptrace 3.0", "Iptrace 2.0"}) {
    const auto bytes = Builder(ByteOrder::big).text(text).bytes();
    CHECK(detect_iptrace(bytes) == Detection::not_mine);
    CHECK_FALSE(open_iptrace(std::make_unique<MemoryInput>(bytes)));
  }
}

TEST_CASE("iptrace: every interface type has the nearest link type, or none and a comment that names it") {
  const std::vector<std::pair<std::uint8_t, LinkType>> known{
      {0x04, LinkType::raw},        {0x06, LinkType::ethernet}, {0x07, LinkType::ethernet},
      {0x09, LinkType::token_ring}, {0x0c, LinkType::raw},      {0x0f, LinkType::fddi},
      {0x18, LinkType::raw},        {0x3d, LinkType::raw},
  };
  for (unsigned type = 0; type < 256; ++type) {
    CAPTURE(type);
    const auto all = read_one(2, test::sequence(60), {.type = static_cast<std::uint8_t>(type)});
    const auto& info = all.interfaces.at(0);
    CHECK(all.records.size() == 1);
    if (type == 0x25) continue;
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const auto& entry) { return entry.first == type; });
    CHECK(info.link_type == (found != known.end() ? found->second : link_user0));
    const bool told_by_link_type = found != known.end() && type != 0x04 && type != 0x0c && type != 0x3d;
    CHECK(info.comments.empty() == told_by_link_type);
  }
  CHECK(read_one(2, test::sequence(60), {.type = 0xc7})
            .interfaces[0]
            .comments[0]
            .find("0xc7 (IP over InfiniBand)") != std::string::npos);
  CHECK(read_one(2, test::sequence(60), {.type = 0x10}).interfaces[0].comments[0].find("type 0x10") !=
        std::string::npos);
}

TEST_CASE("iptrace: three bytes stand before FDDI frames") {
  for (const int version : {1, 2}) {
    const auto all = read_one(version, test::sequence(33), {.letters = "fi", .type = 15});
    CHECK(all.records.at(0).data == test::sequence(30, 4));
    CHECK(all.records[0].original_length == 30);
    CHECK(read_one(version, test::sequence(3), {.type = 15}).records.at(0).data.empty());
    CHECK(read_one(version, test::sequence(2), {.type = 15}).report.damage_count == 1);
  }
}

TEST_CASE("iptrace: an ATM circuit becomes the header of LINKTYPE_SUNATM") {
  const auto data = test::sequence(40);
  const auto text = [](std::string_view circuit) { return std::string("at\0\0", 4) + std::string(circuit); };
  auto all = read_one(2, data, {.letters = "at", .type = 0x25, .sent = 1, .text = text("1.33")});
  CHECK(all.interfaces.at(0).link_type == link_sunatm);
  CHECK(all.records.at(0).data == Builder(ByteOrder::big).u8(0x80).u8(1).u16(33).raw(data).bytes());
  CHECK(all.records[0].original_length == 44);
  all = read_one(1, {}, {.type = 0x25, .text = text("25.65535")});  // fills the field
  CHECK(all.records.at(0).data == Builder(ByteOrder::big).u8(0).u8(25).u16(65535).bytes());
  for (const char* circuit : {"", "5", "1.", ".5", "256.1", "1.65536", "1.5x", "-1.5", "1 5"}) {
    CAPTURE(circuit);
    all = read_one(2, data, {.type = 0x25, .text = text(circuit)});
    CHECK(all.interfaces.at(0).link_type == link_user0);
    CHECK(all.interfaces[0].comments.size() == 1);
    CHECK(all.records.at(0).data == data);
  }
  auto mixed = header(2);
  add_record(mixed, 2, data, {.type = 0x25, .text = text("0.5")});
  add_record(mixed, 2, data, {.type = 0x25, .text = text("?")});
  add_record(mixed, 2, data, {.type = 0x25, .text = text("1.6")});
  all = read(mixed.bytes());
  CHECK(all.interfaces.size() == 2);
  CHECK(all.records.at(2).interface == 0);
}

TEST_CASE("iptrace: name, unit and type make an interface, in the order of their first record") {
  auto file = header(2);
  const std::vector<Fields> interfaces{
      {.letters = "tr", .unit = 1, .type = 9}, {.letters = "en", .unit = 0, .type = 6},
      {.letters = "en", .unit = 1, .type = 6}, {.letters = "en", .unit = 0, .type = 7},
      {.letters = "abcd", .unit = 255},        {.letters = "?", .unit = 0, .type = 0},
  };
  for (int round = 0; round < 3; ++round) {
    for (const auto& fields : interfaces) add_record(file, 2, test::sequence(8), fields);
  }
  Fields left_over = interfaces[1];
  left_over.letters = std::string("en\0x", 4);
  add_record(file, 2, test::sequence(8), left_over);
  const auto all = read(file.bytes());
  REQUIRE(all.interfaces.size() == interfaces.size());
  const std::vector<std::string> names{"tr1", "en0", "en1", "en0", "abcd255", "?0"};
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(all.interfaces[i].name == names[i]);
  for (std::size_t i = 0; i < interfaces.size() * 3; ++i) {
    CHECK(all.records.at(i).interface == i % interfaces.size());
  }
  CHECK(all.records.back().interface == 1);
}

TEST_CASE("iptrace: a file that names ever more interfaces is damaged, not a way to fill the memory") {
  auto file = header(2);
  for (unsigned i = 0; i < 5000; ++i) {
    Fields fields;
    fields.letters = std::string{'e', static_cast<char>('a' + i / 256)};
    fields.unit = static_cast<std::uint8_t>(i);
    add_record(file, 2, test::sequence(8), fields);
  }
  const auto all = read(file.bytes());
  CHECK(all.interfaces.size() == 4096);
  CHECK(all.records.size() == 4096);
  CHECK(all.report.damage_count == 5000 - 4096);
  CHECK(all.report.lost_bytes == (5000 - 4096) * 48);
}

TEST_CASE("iptrace: reading goes on at the next sound record") {
  for (const int version : {1, 2}) {
    const std::size_t record_size = (version == 1 ? 30 : 40) + 61;
    for (const std::uint32_t length : {0u, 21u, 262'144u + 33, 0xffffffffu, 100'000u}) {
      for (const std::size_t step : {SIZE_MAX, std::size_t{13}}) {
        CAPTURE(version);
        CAPTURE(length);
        auto file = header(version);
        for (std::uint32_t i = 0; i < 6; ++i) {
          add_record(file, version, test::sequence(61), {.seconds = 900'000'000 + i});
        }
        Bytes bytes = file.bytes();
        store<std::uint32_t>(bytes.data() + 11 + 2 * record_size, length, ByteOrder::big);
        const auto all = read(bytes, step);
        CHECK(all.records.size() == 5);
        CHECK(all.report.damage_count == 1);
        CHECK(all.report.damage.at(0).offset == 11 + 2 * record_size);
        CHECK(all.report.lost_bytes == record_size);
        CHECK(all.records.back().timestamp_ns == 900'000'005'000'000'000);
      }
    }
  }
}

TEST_CASE("iptrace: behind damage, bytes that only look like a record are not one") {
  const auto records_with = [](const Fields& fields, std::size_t size, std::uint32_t second_seconds = 0) {
    auto file = header(2);
    add_record(file, 2, test::sequence(60));
    file.raw(Bytes(50, std::byte{0xff}));
    Builder record(ByteOrder::big);
    add_record(record, 2, test::sequence(size), fields);
    Bytes bytes = record.bytes();
    if (second_seconds != 0) store<std::uint32_t>(bytes.data() + 32, second_seconds, ByteOrder::big);
    return read(file.raw(bytes).bytes()).records.size();
  };
  CHECK(records_with({.nanoseconds = 999'999'999}, 60) == 2);
  CHECK(records_with({}, 60, 900'000'001) == 2);
  CHECK(records_with({}, 60, 900'000'002) == 1);
  CHECK(records_with({.nanoseconds = 1'000'000'000}, 60) == 1);
  CHECK(records_with({}, 0) == 1);
  CHECK(records_with({.type = 0}, 60) == 1);
  CHECK(records_with({.letters = ""}, 60) == 1);
  CHECK(records_with({.letters = "e\x01"}, 60) == 1);
  CHECK(records_with({.letters = std::string("e\0n", 3)}, 60) == 1);
  CHECK(records_with({.seconds = 1'000'000'000}, 60) == 1);
}

TEST_CASE("iptrace: a header without a name, or with too many nanoseconds, is damage") {
  for (const auto& fields : std::vector<Fields>{
           {.letters = ""}, {.letters = "\x01\xff"}, {.letters = "e\x01"}, {.nanoseconds = 1'000'000'000}}) {
    auto file = header(2);
    add_record(file, 2, test::sequence(60));
    add_record(file, 2, test::sequence(60), fields);
    add_record(file, 2, test::sequence(60));
    const auto all = read(file.bytes());
    CHECK(all.records.size() == 2);
    CHECK(all.interfaces.size() == 1);
    CHECK(all.report.damage_count == 1);
    CHECK(all.report.lost_bytes == 100);
  }
}

TEST_CASE("iptrace: whatever byte is changed, reading goes on, and every byte is accounted for") {
  for (const int version : {1, 2}) {
    auto file = header(version);
    for (std::uint32_t i = 0; i < 8; ++i) {
      add_record(file, version, test::sequence(40 + i, 0x81), {.seconds = 900'000'000 + i});
    }
    for (std::size_t at = 11; at < file.bytes().size(); ++at) {
      for (const auto value :
           {std::byte{0}, std::byte{1}, std::byte{0x20}, std::byte{0x80}, std::byte{0xff}}) {
        CAPTURE(version);
        CAPTURE(at);
        Bytes bytes = file.bytes();
        bytes[at] = value;
        const auto all = read(bytes);
        CHECK(all.records.size() >= 3);
        CHECK(all.records.size() <= 8);
        CHECK((all.records.size() == 8 || all.report.damage_count > 0));
        CHECK(all.damage_answers == all.report.damage_count);
        CHECK(all.report.bytes == bytes.size());
      }
    }
  }
}

TEST_CASE("iptrace: cut anywhere, every byte is a record's, lost or refused") {
  for (const int version : {1, 2}) {
    const std::size_t fixed = version == 1 ? 30 : 40;
    auto file = header(version);
    add_record(file, version, test::sequence(30));
    add_record(file, version, test::sequence(9));
    const std::vector<std::size_t> ends{11, 11 + fixed + 30, 11 + fixed + 30 + fixed + 9};
    for (std::size_t length = 11; length <= file.bytes().size(); ++length) {
      CAPTURE(length);
      const auto all =
          read(Bytes(file.bytes().begin(), file.bytes().begin() + static_cast<std::ptrdiff_t>(length)));
      std::size_t whole = 0;
      while (whole + 1 < ends.size() && ends[whole + 1] <= length) ++whole;
      CHECK(all.records.size() == whole);
      CHECK(all.report.lost_bytes == length - ends[whole]);
      CHECK(all.report.damage_count == (length == ends[whole] ? 0 : 1));
      CHECK(all.report.bytes == length);
    }
    const Bytes cut(file.bytes().begin(), file.bytes().begin() + static_cast<std::ptrdiff_t>(11 + fixed + 4));
    CHECK(read(cut).report.damage.at(0).what ==
          "the file ends within a record: " + std::to_string(fixed - 4) + " of " +
              std::to_string(fixed + 22) + " bytes are there");
  }
}

TEST_CASE("iptrace: a wrong time before damage does not end the search for the records behind it") {
  for (const int version : {1, 2}) {
    auto file = header(version);
    const std::size_t start = file.bytes().size();
    add_record(file, version, test::sequence(60));
    const std::size_t size = file.bytes().size() - start;
    for (std::uint32_t i = 1; i < 11; ++i)
      add_record(file, version, test::sequence(60), {.seconds = i == 4 ? 4'000'000'000u : 900'000'000 + i});
    Bytes bytes = file.bytes();
    store<std::uint32_t>(bytes.data() + start + 5 * size, 0xffffffff, ByteOrder::big);
    const auto all = read(bytes);
    REQUIRE(all.records.size() == 10);
    CHECK(all.records[4].timestamp_ns == 4'000'000'000'000'000'000);
    CHECK(all.records[5].timestamp_ns == 900'000'006'000'000'000);
    CHECK(all.report.lost_bytes == size);
  }
}

}  // namespace
}  // namespace anchoko::formats
