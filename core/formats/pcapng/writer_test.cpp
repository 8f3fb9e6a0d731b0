#include "core/formats/pcapng/writer.h"

#include <doctest/doctest.h>

#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/reader.h"
#include "core/formats/test_bytes.h"

namespace anchoko::formats {
namespace {

using test::Builder;
using test::Bytes;
using test::OwnedRecord;

struct Output {
  Bytes bytes;
  std::unique_ptr<RecordWriter> writer =
      create_pcapng_writer(std::make_unique<test::MemoryOutput>(bytes)).value();

  test::ReadBack read() const {
    auto reader = open_pcapng(std::make_unique<test::MemoryInput>(bytes, 1000));
    REQUIRE(reader);
    return test::read_all(**reader);
  }
};

InterfaceInfo full_interface() {
  InterfaceInfo info;
  info.snaplen = 2000;
  info.timestamp_digits = 9;
  info.name = "eth0";
  info.description = "uplink";
  info.filter = "tcp port 443";
  info.os = "an OS";
  info.hardware = "a card";
  info.host = "web1";
  info.comments = {"one", "two: \xe3\x81\x82"};
  info.other_options = Builder(ByteOrder::little).option(8, test::sequence(8)).bytes();
  return info;
}

bool equal(const InterfaceInfo& a, const InterfaceInfo& b) {
  return a.link_type == b.link_type && a.link_type_extra == b.link_type_extra && a.snaplen == b.snaplen &&
         a.timestamp_digits == b.timestamp_digits && a.name == b.name && a.description == b.description &&
         a.filter == b.filter && a.os == b.os && a.hardware == b.hardware && a.host == b.host &&
         a.comments == b.comments && a.other_options == b.other_options && a.layer == b.layer &&
         a.original_lengths_unknown == b.original_lengths_unknown;
}

TEST_CASE("pcapng: what was written is what is read") {
  Output output;
  REQUIRE(output.writer->begin({"", "", "", {"section"}}));
  InterfaceInfo second;
  second.link_type = LinkType::linux_sll2;
  second.original_lengths_unknown = true;
  second.layer = 2;
  second.link_type_extra = 0x30000000;  // no check sequence: the bit that says there is one is not set
  REQUIRE(output.writer->add_interface(full_interface()).value() == 0);
  REQUIRE(output.writer->add_interface(second).value() == 1);
  const Bytes flags =
      Builder(ByteOrder::little).option(2, Builder(ByteOrder::little).u32(0x80).bytes()).bytes();
  const Bytes comment = Builder(ByteOrder::little).option(1, "why").bytes();
  Bytes both = comment;
  both.insert(both.end(), flags.begin(), flags.end());
  std::vector<OwnedRecord> records;
  for (std::size_t size = 0; size < 1600; ++size) {
    OwnedRecord record;
    record.data = test::sequence(size);
    record.original_length = static_cast<std::uint32_t>(size * 2);
    record.interface = size % 2;
    record.timestamp_ns = 1'700'000'000'000'000'000 + static_cast<std::int64_t>(size) * 1000;
    record.direction = static_cast<PacketDirection>(size % 3);
    if (size % 5 == 1) record.options = comment;
    if (size % 5 == 2) record.options = flags;
    if (size % 5 == 3) record.options = both;
    REQUIRE(output.writer->write(record.view()));
    records.push_back(std::move(record));
  }
  const Bytes names = Builder(ByteOrder::little).u32(0).u32(0).bytes();
  REQUIRE(output.writer->attach({pcapng::block::name_resolution, names}));
  InterfaceStatistics statistics;
  statistics.received = 1600;
  statistics.dropped_by_os = 0;
  statistics.start_ns = 1'700'000'000'000'000'001;
  REQUIRE(output.writer->add_statistics(0, statistics));
  REQUIRE(output.writer->finish());
  CHECK(output.writer->bytes_written() == output.bytes.size());

  const auto all = output.read();
  CHECK(all.report.damage_count == 0);
  REQUIRE(all.interfaces.size() == 2);
  CHECK(equal(all.interfaces[0], full_interface()));
  CHECK(equal(all.interfaces[1], second));
  CHECK(all.section_comments == std::vector<std::string>{"section"});
  REQUIRE(all.records.size() == records.size());
  CHECK(all.records == records);
  REQUIRE(all.attachments.size() == 1);
  CHECK(all.attachments[0].second == names);
  REQUIRE(all.interfaces[0].statistics.has_value());
  CHECK(all.interfaces[0].statistics->received == 1600);
  CHECK(all.interfaces[0].statistics->dropped_by_os == 0);
  CHECK(all.interfaces[0].statistics->start_ns == statistics.start_ns);
  CHECK_FALSE(all.interfaces[0].statistics->dropped_by_interface.has_value());
}

TEST_CASE("pcapng: a frame check sequence that pcap's header tells is told per packet") {
  Output output;
  InterfaceInfo info;
  info.link_type_extra = 0x24000000;  // two words of 16 bits
  REQUIRE(output.writer->begin({}));
  REQUIRE(output.writer->add_interface(info));
  OwnedRecord record;
  record.data = test::sequence(64);
  record.original_length = 64;
  REQUIRE(output.writer->write(record.view()));
  REQUIRE(output.writer->finish());
  const auto all = output.read();
  CHECK(all.interfaces.at(0).link_type_extra == 0x24000000);
  CHECK(all.records.at(0).options ==
        Builder(ByteOrder::little).option(2, Builder(ByteOrder::little).u32(4 << 5).bytes()).bytes());
}

TEST_CASE("pcapng: records of every size meet the borders of the output buffer") {
  Output output;
  REQUIRE(output.writer->begin({}));
  REQUIRE(output.writer->add_interface({}));
  std::size_t expected = output.writer->bytes_written();
  for (std::size_t round = 0; round < 3; ++round) {
    for (const std::size_t size : {0u, 1u, 65535u, 262144u, 262143u, 3u, 131072u, 262144u}) {
      OwnedRecord record;
      record.data = test::sequence(size);
      record.original_length = static_cast<std::uint32_t>(size);
      REQUIRE(output.writer->write(record.view()));
      expected += 32 + (size + 3) / 4 * 4;
    }
  }
  REQUIRE(output.writer->finish());
  CHECK(output.bytes.size() == expected);
  const auto all = output.read();
  CHECK(all.records.size() == 24);
  CHECK(all.records[3].data == test::sequence(262144));
  CHECK(all.report.damage_count == 0);
}

TEST_CASE("pcapng: a snap length that records break is lifted, in the buffer or in the file") {
  for (const std::size_t before : {0u, 5000u}) {
    Output output;
    InterfaceInfo info;
    info.snaplen = 96;
    REQUIRE(output.writer->begin({}));
    REQUIRE(output.writer->add_interface(info));
    OwnedRecord record;
    record.data = test::sequence(96);
    record.original_length = 2000;
    for (std::size_t i = 0; i < before; ++i) REQUIRE(output.writer->write(record.view()));
    record.data = test::sequence(97);
    REQUIRE(output.writer->write(record.view()));
    REQUIRE(output.writer->finish());
    const auto all = output.read();
    CHECK(all.interfaces.at(0).snaplen == 0);
    CHECK(all.records.size() == before + 1);
  }
}

TEST_CASE("pcapng: what readers would refuse is not written") {
  const auto refused = [](OwnedRecord record) {
    Output output;
    REQUIRE(output.writer->begin({}));
    REQUIRE(output.writer->add_interface({}));
    const bool done = output.writer->write(record.view());
    CHECK(done == output.writer->error().message.empty());
    return !done;
  };
  CHECK_FALSE(refused({test::sequence(4), {}, 4, 0, 1000}));
  CHECK(refused({test::sequence(4), {}, 4, 1, 1000}));       // no such interface
  CHECK(refused({test::sequence(4), {}, 4, 0, 1001}));       // finer than the resolution
  CHECK(refused({test::sequence(4), {}, 4, 0, -1000}));      // before 1970
  CHECK(refused({test::sequence(262145), {}, 4, 0, 1000}));  // more than readers take
  CHECK(refused({test::sequence(4), test::sequence(3), 4, 0, 1000}));
  CHECK(refused({test::sequence(4), {}, 9, 0, 0, false}));  // no time, and not as long as a simple packet is
  CHECK_FALSE(refused({test::sequence(4), {}, 4, 0, 0, false}));
}

TEST_CASE("pcapng: texts too long for an option become comments, whole") {
  Output output;
  InterfaceInfo info;
  info.filter = std::string(70000, 'f');
  info.comments = {std::string(65534, 'c') + "\xe3\x81\x82"};
  REQUIRE(output.writer->begin({}));
  REQUIRE(output.writer->add_interface(info));
  REQUIRE(output.writer->finish());
  const auto all = output.read();
  CHECK(all.report.damage_count == 0);
  std::string together;
  for (const auto& comment : all.interfaces.at(0).comments) together += comment;
  CHECK(together == "filter: " + info.filter + info.comments[0]);
  CHECK(all.interfaces[0].comments.at(2) == std::string(65534, 'c'));
}

}  // namespace
}  // namespace anchoko::formats
