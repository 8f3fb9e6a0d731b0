#include "core/formats/pcap/reader.h"

#include <doctest/doctest.h>

#include "core/formats/test_bytes.h"

namespace anchoko::formats {
namespace {

using test::Builder;
using test::Bytes;
using test::MemoryInput;

struct FileKind {
  ByteOrder order = ByteOrder::little;
  std::uint32_t magic = 0xa1b2c3d4;
  std::uint16_t minor = 4;
  std::uint32_t link = 1;
  std::uint32_t snaplen = 65535;
};

Builder header(const FileKind& kind) {
  Builder file(kind.order);
  file.u32(kind.magic).u16(2).u16(kind.minor).u32(0).u32(0).u32(kind.snaplen).u32(kind.link);
  return file;
}

void add_record(Builder& file, std::uint32_t seconds, std::uint32_t fraction, const Bytes& data,
                std::uint32_t original, bool modified = false) {
  file.u32(seconds).u32(fraction).u32(static_cast<std::uint32_t>(data.size())).u32(original);
  if (modified) file.u32(3).u16(0x0800).u8(4).u8(0);
  file.raw(data);
}

test::ReadBack read(const Bytes& bytes, std::size_t step = SIZE_MAX) {
  auto reader = open_pcap(std::make_unique<MemoryInput>(bytes, step));
  REQUIRE(reader);
  return test::read_all(**reader);
}

TEST_CASE("pcap: both byte orders, both resolutions and the modified header give the same packets") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    for (const std::uint32_t magic : {0xa1b2c3d4u, 0xa1b23c4du, 0xa1b2cd34u}) {
      CAPTURE(magic);
      FileKind kind;
      kind.order = order;
      kind.magic = magic;
      auto file = header(kind);
      const bool modified = magic == 0xa1b2cd34;
      add_record(file, 1700000000, 123456, test::sequence(60), 1514, modified);
      add_record(file, 0xffffffff, 999999, {}, 0, modified);
      CHECK(detect_pcap(file.bytes()) == Detection::mine);
      const auto all = read(file.bytes(), 7);
      REQUIRE(all.records.size() == 2);
      const std::int64_t unit = magic == 0xa1b23c4d ? 1 : 1000;
      CHECK(all.records[0].timestamp_ns == 1'700'000'000'000'000'000 + 123456 * unit);
      CHECK(all.records[0].data == test::sequence(60));
      CHECK(all.records[0].original_length == 1514);
      CHECK(all.records[1].timestamp_ns == 4'294'967'295'000'000'000 + 999999 * unit);
      CHECK(all.interfaces.at(0).timestamp_digits == (unit == 1 ? 9 : 6));
      CHECK(all.interfaces.at(0).snaplen == 65535);
      CHECK(all.report.damage_count == 0);
      CHECK(all.report.bytes == file.bytes().size());
    }
  }
}

TEST_CASE("pcap: a fraction of a second or more is added as it is") {
  auto file = header({});
  add_record(file, 10, 0xffffffff, test::sequence(4), 4);
  CHECK(read(file.bytes()).records.at(0).timestamp_ns == 10'000'000'000 + 4'294'967'295'000);
}

TEST_CASE("pcap: the upper bits of the link type field are kept, 12 and 14 are raw IP") {
  auto file = header({.link = 0x54000001});
  CHECK(read(file.bytes()).interfaces.at(0).link_type == LinkType::ethernet);
  CHECK(read(file.bytes()).interfaces.at(0).link_type_extra == 0x54000000);
  for (const std::uint32_t link : {12u, 14u, 101u}) {
    CHECK(read(header({.link = link}).bytes()).interfaces.at(0).link_type == LinkType::raw);
  }
}

TEST_CASE("pcap: before version 2.3 the original length comes first, in 2.3 the larger one is it") {
  auto old = header({.minor = 2});
  old.u32(1).u32(0).u32(100).u32(4).raw(test::sequence(4));
  CHECK(read(old.bytes()).records.at(0).data.size() == 4);
  CHECK(read(old.bytes()).records.at(0).original_length == 100);
  auto mixed = header({.minor = 3});
  mixed.u32(1).u32(0).u32(100).u32(4).raw(test::sequence(4));
  mixed.u32(1).u32(0).u32(4).u32(100).raw(test::sequence(4));
  const auto all = read(mixed.bytes());
  REQUIRE(all.records.size() == 2);
  CHECK(all.records[0] == all.records[1]);
  CHECK_FALSE(open_pcap(std::make_unique<MemoryInput>(header({.minor = 5}).bytes())));
}

TEST_CASE("pcap: AIX tcpdump's look-alike has interface types and nanoseconds") {
  auto file = header({.order = ByteOrder::big, .minor = 2, .link = 6});
  file.u32(5).u32(7).u32(62).u32(54).raw(test::sequence(54));
  const auto all = read(file.bytes());
  CHECK(all.interfaces.at(0).link_type == LinkType::ethernet);
  CHECK(all.records.at(0).timestamp_ns == 5'000'000'007);
  CHECK(all.records.at(0).data.size() == 54);
  CHECK(all.records.at(0).original_length == 62);
}

TEST_CASE("pcap: AIX tcpdump counts the three bytes before FDDI frames, and its loopback has a header") {
  auto fddi = header({.order = ByteOrder::big, .minor = 2, .link = 15});
  fddi.u32(5).u32(7).u32(103).u32(33).raw(test::sequence(33));
  auto all = read(fddi.bytes());
  CHECK(all.interfaces.at(0).link_type == LinkType::fddi);
  CHECK(all.records.at(0).data == test::sequence(30, 4));
  CHECK(all.records.at(0).original_length == 100);
  auto ring = header({.order = ByteOrder::big, .minor = 2, .link = 9});
  CHECK(read(ring.bytes()).interfaces.at(0).link_type == LinkType::token_ring);
  auto loopback = header({.order = ByteOrder::big, .minor = 2, .link = 24});
  CHECK(read(loopback.bytes()).interfaces.at(0).link_type == LinkType::null);
}

TEST_CASE("pcap: only the usual magic, version 2.2 and AIX's interface types make a file AIX tcpdump's") {
  for (const auto& kind : {FileKind{.minor = 4, .link = 15}, FileKind{.minor = 2, .link = 10},
                           FileKind{.magic = 0xa1b23c4d, .minor = 2, .link = 15}}) {
    const auto info = read(header(kind).bytes()).interfaces.at(0);
    CHECK(static_cast<std::uint32_t>(info.link_type) == kind.link);
    CHECK(info.comments.empty());
  }
}

TEST_CASE("pcap: more captured bytes than original ones is kept as the file says") {
  auto file = header({});
  add_record(file, 1, 0, test::sequence(20), 5);
  const auto all = read(file.bytes());
  CHECK(all.records.at(0).data.size() == 20);
  CHECK(all.records.at(0).original_length == 5);
}

TEST_CASE("pcap: a captured length above the limit loses the rest, and says where") {
  auto file = header({});
  add_record(file, 1, 0, test::sequence(20), 20);
  file.u32(1).u32(0).u32(262145).u32(262145).raw(test::sequence(100));
  const auto all = read(file.bytes());
  CHECK(all.records.size() == 1);
  CHECK(all.report.damage_count == 1);
  CHECK(all.report.damage.at(0).offset == 24 + 36);
  CHECK(all.report.lost_bytes == 116);
}

TEST_CASE("pcap: a record larger than a read block arrives in one piece") {
  auto file = header({.snaplen = 262144});
  add_record(file, 1, 0, test::sequence(262144), 262144);
  add_record(file, 2, 0, test::sequence(262144, 9), 262144);
  const auto all = read(file.bytes(), 100000);
  REQUIRE(all.records.size() == 2);
  CHECK(all.records[0].data == test::sequence(262144));
  CHECK(all.records[1].data == test::sequence(262144, 9));
}

TEST_CASE("pcap: cut anywhere, every byte is a record's, lost or refused") {
  auto file = header({});
  add_record(file, 1, 0, test::sequence(30), 30);
  add_record(file, 2, 0, {}, 0);
  add_record(file, 3, 0, test::sequence(9), 90);
  const std::vector<std::size_t> ends{24, 70, 86, 111};
  for (std::size_t length = 0; length < file.bytes().size(); ++length) {
    CAPTURE(length);
    const Bytes cut(file.bytes().begin(), file.bytes().begin() + static_cast<std::ptrdiff_t>(length));
    auto reader = open_pcap(std::make_unique<MemoryInput>(cut));
    if (length < 24) {
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

// Zeros, as packets are full of: taken for headers, they are those of empty packets.
const Bytes payload(60);

// Eleven sound records of them, a second apart, and one field of the header of one set to another value.
test::ReadBack read_changed(std::size_t which, std::size_t field, std::uint32_t value) {
  auto file = header({});
  for (std::uint32_t i = 0; i < 11; ++i) add_record(file, 1'700'000'000 + i, 5, payload, 60);
  Bytes bytes = file.bytes();
  store<std::uint32_t>(bytes.data() + 24 + which * 76 + field * 4, value, ByteOrder::little);
  return read(bytes, 13);
}

TEST_CASE("pcap: a length that became smaller or larger makes up no packet, and costs no other") {
  for (const std::uint32_t length : {0u, 1u, 4u, 12u, 28u, 59u, 61u, 76u, 100u, 700u}) {
    CAPTURE(length);
    const auto all = read_changed(4, 2, length);
    CHECK(all.report.damage_count >= 1);
    // The four before it, it itself as far as its length goes, and all behind it but what that swallows.
    const std::size_t swallowed = length < 60 ? 0 : (length - 60 + 75) / 76;
    CHECK(all.records.size() >= 10 - swallowed);
    CHECK(all.records.size() <= 11);
    std::size_t whole = 0;
    for (const auto& record : all.records) whole += record.data == payload ? 1u : 0u;
    CHECK(whole >= all.records.size() - 1);
  }
}

TEST_CASE("pcap: what is odd in one way only is read as it stands") {
  struct Case {
    std::size_t field;
    std::uint32_t value;
  };
  // A clock that was wrong, and one that was set; more than a second of fraction; original lengths.
  for (const auto& [field, value] :
       {Case{0, 5}, Case{0, 0xffffff00}, Case{1, 1'500'000}, Case{3, 20}, Case{3, 5'000'000}}) {
    for (const std::size_t which : {0u, 1u, 5u, 10u}) {
      CAPTURE(value);
      CAPTURE(which);
      const auto all = read_changed(which, field, value);
      CHECK(all.records.size() == 11);
      CHECK(all.report.damage_count == 0);
    }
  }
  auto file = header({});
  // Captures of three years one behind the other, in turn, by a writer that counts other lengths.
  for (std::uint32_t i = 0; i < 12; ++i)
    add_record(file, 1'000'000'000 + i % 3 * 100'000'000, 2'000'000, test::sequence(60), 40);
  const auto all = read(file.bytes());
  CHECK(all.records.size() == 12);
  CHECK(all.report.damage_count == 0);
}

TEST_CASE("pcap: a stretch of zeros is no row of packets") {
  auto file = header({});
  for (std::uint32_t i = 0; i < 4; ++i) add_record(file, 1'700'000'000 + i, 5, test::sequence(60), 60);
  file.raw(Bytes(480));
  for (std::uint32_t i = 0; i < 4; ++i) add_record(file, 1'700'000'010 + i, 5, test::sequence(60), 60);
  const auto all = read(file.bytes());
  CHECK(all.records.size() == 8);
  CHECK(all.report.damage_count == 1);
  CHECK(all.report.lost_bytes == 480);
}

TEST_CASE("pcap: a large hole, or an end, of zeros is no row of packets, whatever the times around it") {
  for (const std::uint32_t time : {1'700'000'000u, 1000u}) {
    for (const std::size_t hole : {std::size_t{4096}, std::size_t{700} * 1024, std::size_t{1500} * 1024}) {
      CAPTURE(time);
      CAPTURE(hole);
      auto file = header({});
      for (std::uint32_t i = 0; i < 20; ++i) add_record(file, time + i, 5, test::sequence(60), 60);
      file.raw(Bytes(hole));
      const auto ended = read(file.bytes());
      CHECK(ended.records.size() == 20);
      CHECK(ended.report.lost_bytes == hole);
      for (std::uint32_t i = 0; i < 20; ++i) add_record(file, time + 60 + i, 5, test::sequence(60), 60);
      const auto all = read(file.bytes());
      CHECK(all.records.size() == 40);
      CHECK(all.report.damage_count == 1);
      CHECK(all.report.lost_bytes == hole);
    }
  }
  // Room that was set aside, and no packet came.
  auto file = header({});
  file.raw(Bytes(4096));
  const auto none = read(file.bytes());
  CHECK(none.records.empty());
  CHECK(none.report.lost_bytes == 4096);
}

TEST_CASE("pcap: a wrong time before damage does not end the search for the records behind it") {
  auto file = header({});
  for (std::uint32_t i = 0; i < 11; ++i) {
    add_record(file, i == 4 ? 4'000'000'000u : 1'700'000'000 + i, 5, test::sequence(60), 60);
  }
  Bytes bytes = file.bytes();
  store<std::uint32_t>(bytes.data() + 24 + 5 * 76 + 8, 0xffffffff, ByteOrder::little);
  const auto all = read(bytes);
  REQUIRE(all.records.size() >= 9);
  CHECK(all.records.back().timestamp_ns == 1'700'000'010'000'005'000);
  CHECK(all.report.damage_count > 0);
}

}  // namespace
}  // namespace anchoko::formats
