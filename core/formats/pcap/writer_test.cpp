#include "core/formats/pcap/writer.h"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "core/formats/capture_format.h"
#include "core/formats/test_bytes.h"

namespace anchoko::formats {
namespace {

using test::Bytes;
using test::OwnedRecord;

std::unique_ptr<RecordWriter> writer_into(Bytes& bytes) {
  auto writer = create_pcap_writer(std::make_unique<test::MemoryOutput>(bytes));
  REQUIRE(writer);
  REQUIRE((*writer)->begin({}));
  return std::move(*writer);
}

test::ReadBack read(const Bytes& bytes) {
  auto opened = open_capture(std::make_unique<test::MemoryInput>(bytes, 7));
  REQUIRE(opened);
  CHECK(std::string(opened->format->name) == "pcap");
  return test::read_all(*opened->reader);
}

OwnedRecord record_at(std::int64_t ns, std::size_t size = 20) {
  OwnedRecord record;
  record.data = test::sequence(size);
  record.original_length = static_cast<std::uint32_t>(size) + 40;
  record.timestamp_ns = ns;
  return record;
}

std::uint64_t not_held(const RecordWriter& writer, const Unheld& kind) {
  for (const auto& entry : writer.not_held()) {
    if (entry.key == kind.key) return entry.count;
  }
  return 0;
}

TEST_CASE("pcap writer: what was written is read, in micro- and nanoseconds") {
  std::mt19937_64 random(3);
  for (const auto digits : {std::uint8_t{6}, std::uint8_t{9}}) {
    Bytes bytes;
    const auto writer = writer_into(bytes);
    InterfaceInfo interface;
    interface.timestamp_digits = digits;
    interface.snaplen = 500;
    interface.link_type_extra = 0x54000000;
    REQUIRE(writer->add_interface(interface));
    std::vector<OwnedRecord> records;
    for (int i = 0; i < 2000; ++i) {
      const auto ns = static_cast<std::int64_t>(random() % 4'294'967'296'000'000'000u);
      records.push_back(record_at(digits == 6 ? ns / 1000 * 1000 : ns, random() % 500));
      REQUIRE(writer->write(records.back().view()));
    }
    REQUIRE(writer->finish());
    CHECK(writer->not_held().empty());
    const auto back = read(bytes);
    CHECK(back.records == records);
    CHECK(back.interfaces.at(0).timestamp_digits == digits);
    CHECK(back.interfaces.at(0).snaplen == 500);
    CHECK(back.interfaces.at(0).link_type_extra == 0x54000000);
    CHECK(back.report.damage_count == 0);
  }
}

TEST_CASE("pcap writer: what it cannot hold is counted, or refused") {
  Bytes bytes;
  const auto writer = writer_into(bytes);
  InterfaceInfo first;
  first.name = "eth0";
  REQUIRE(writer->add_interface(first));
  REQUIRE(writer->add_interface({}));
  auto record = record_at(1'000'000'001);
  record.direction = PacketDirection::inbound;
  record.interface = 1;
  REQUIRE(writer->write(record.view()));
  CHECK(not_held(*writer, not_held::directions) == 1);
  CHECK(not_held(*writer, not_held::interface_names) == 1);
  CHECK(not_held(*writer, not_held::interface_choice) == 1);
  CHECK(not_held(*writer, not_held::fine_times) == 1);

  SUBCASE("another link type") {
    InterfaceInfo raw;
    raw.link_type = LinkType::raw;
    REQUIRE(writer->add_interface(raw));
    record.interface = 2;
    CHECK_FALSE(writer->write(record.view()));
    CHECK(writer->error().message.find("EN10MB and RAW") != std::string::npos);
  }
  SUBCASE("times outside 1970 to 2106") {
    record.timestamp_ns = 4'294'967'296'000'000'000;
    CHECK_FALSE(writer->write(record.view()));
  }
  SUBCASE("times before 1970") {
    record.timestamp_ns = -1;
    CHECK_FALSE(writer->write(record.view()));
  }
}

TEST_CASE("pcap writer: a record longer than its interface promised corrects the header") {
  for (const int before : {0, 30000}) {  // in the buffer, and in the file
    Bytes bytes;
    const auto writer = writer_into(bytes);
    InterfaceInfo interface;
    interface.snaplen = 64;
    REQUIRE(writer->add_interface(interface));
    for (int i = 0; i < before; ++i) REQUIRE(writer->write(record_at(i * 1000L, 60).view()));
    REQUIRE(writer->write(record_at(1'000'000'000, 100).view()));
    REQUIRE(writer->finish());
    const auto back = read(bytes);
    CHECK(back.interfaces.at(0).snaplen == 262144);
    CHECK(back.records.back().data.size() == 100);
  }
}

TEST_CASE("pcap writer: a file without packets is a file") {
  Bytes bytes;
  const auto writer = writer_into(bytes);
  REQUIRE(writer->finish());
  CHECK(bytes.size() == 24);
  CHECK(read(bytes).records.empty());
}

}  // namespace
}  // namespace anchoko::formats
