#include "core/formats/nettl/writer.h"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "core/formats/nettl/reader.h"
#include "core/formats/nettl/test_trace.h"
#include "core/formats/pcapng/options.h"
#include "core/formats/test_writer.h"

namespace anchoko::formats {
namespace {

using formats::test::Bytes;
using formats::test::MemoryInput;
using formats::test::MemoryOutput;
using formats::test::OwnedRecord;
using formats::test::sequence;

using Output = formats::test::WrittenFile<create_nettl_writer, open_nettl>;

formats::test::ReadBack read(const Bytes& bytes) {
  auto reader = open_nettl(std::make_unique<MemoryInput>(bytes, 1000));
  REQUIRE(reader);
  return formats::test::read_all(**reader);
}

OwnedRecord record_of(const Bytes& data) {
  OwnedRecord record;
  record.data = data;
  record.original_length = static_cast<std::uint32_t>(data.size());
  record.timestamp_ns = 1'000'000'000'000'000'000;
  return record;
}

TEST_CASE("nettl writer: the file of HP-UX 11, byte by byte") {
  Output output;
  output.add(LinkType::ethernet, "lan2 IETHER");
  auto record = record_of(sequence(60));
  record.direction = PacketDirection::outbound;
  record.timestamp_ns += 999'999'000;
  record.original_length = 1514;
  REQUIRE(output.writer->write(record.view()));
  REQUIRE(output.writer->finish());
  CHECK(output.writer->not_held().empty());

  formats::test::Builder expected(ByteOrder::big);
  expected.u32(0x54520064).u32(0).u32(0x80);
  nettl::test::text_field(expected, "/tmp/anchoko.TRC000", 56);
  nettl::test::text_field(expected, "UTC", 20);
  nettl::test::text_field(expected, "", 9);
  nettl::test::text_field(expected, "B.11.11", 9);
  expected.u8(0x55).u64(0);
  nettl::test::text_field(expected, "9000/800", 11);
  expected.u16(0x0406);
  expected.u16(68).u16(253).u32(2).u32(0).u32(0x10000000).u64(0).u64(0);
  expected.u32(60).u32(1514).u32(1'000'000'000).u32(999'999);
  expected.u32(UINT32_MAX).u64(0).u32(UINT32_MAX).u32(0).raw(sequence(60));
  CHECK(output.bytes == expected.bytes());
  CHECK(output.writer->bytes_written() == expected.bytes().size());
}

TEST_CASE("nettl writer: what it writes is what is read") {
  std::mt19937 random(9);
  const auto up_to = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % (limit + 1ull));
  };
  Output output;
  const std::vector<LinkType> types{LinkType::ethernet, LinkType::fddi,     LinkType::token_ring,
                                    LinkType::raw,      LinkType::ethernet, static_cast<LinkType>(248)};
  for (const auto type : types) output.add(type);
  std::vector<OwnedRecord> given;
  for (int i = 0; i < 500; ++i) {
    OwnedRecord record;
    record.data.resize(up_to(i % 50 == 0 ? 200'000 : 300));
    for (auto& byte : record.data) byte = static_cast<std::byte>(random());
    record.original_length = static_cast<std::uint32_t>(record.data.size()) + up_to(2) * up_to(70'000);
    record.interface = up_to(5);
    record.timestamp_ns = (std::int64_t{up_to(UINT32_MAX)} * 1'000'000 + up_to(999'999)) * 1000;
    record.direction = static_cast<PacketDirection>(up_to(2));
    REQUIRE(output.writer->write(record.view()));
    given.push_back(std::move(record));
  }
  REQUIRE(output.writer->finish());
  CHECK(output.writer->not_held().empty());
  auto all = read(output.bytes);
  CHECK(all.report.damage_count == 0);
  REQUIRE(all.records.size() == given.size());
  REQUIRE(all.interfaces.size() == types.size());
  std::vector<std::uint32_t> index(types.size(), UINT32_MAX);
  for (std::size_t i = 0; i < given.size(); ++i) {
    // Interfaces appear in the order of their first packets.
    auto& place = index[given[i].interface];
    if (place == UINT32_MAX) place = all.records[i].interface;
    CHECK(all.records[i].interface == place);
    CHECK(all.interfaces[place].link_type == types[given[i].interface]);
    all.records[i].interface = given[i].interface;
    CHECK(all.records[i].options.size() == 12);
    all.records[i].options.clear();
    CHECK((all.records[i] == given[i]));
  }
  std::sort(index.begin(), index.end());
  CHECK(std::adjacent_find(index.begin(), index.end()) == index.end());
}

TEST_CASE("nettl writer: interfaces that are named as ours keep their subsystem and device") {
  struct Case {
    LinkType link_type;
    const char* name;
    const char* read_name;
  };
  const std::vector<Case> cases{
      {LinkType::ethernet, "lan3 IGELAN", "lan3 IGELAN"},
      {LinkType::ethernet, "BTLAN", "BTLAN"},
      {LinkType::raw, "NS_LS_TCP", "NS_LS_TCP"},
      {LinkType::raw, "NS_LS_LOOPBACK", "NS_LS_LOOPBACK"},
      {LinkType::raw, "NS_LS_IP device 4", "NS_LS_IP device 4"},
      {LinkType::fddi, "lan1 HSC_FDDI", "lan1 HSC_FDDI"},
      {LinkType::ethernet, "lan7", "lan7 BTLAN"},
      {LinkType::ethernet, "eth0", "lan0 BTLAN"},
      {LinkType::ethernet, "eth1", "lan1 BTLAN"},
      {LinkType::ethernet, "lan0 NS_LS_IP", "lan2 BTLAN"},
      {LinkType::raw, "lan0 IGELAN", "NS_LS_IP"},
      {LinkType::ethernet, "lan5 NS_LS_DRIVER", "lan3 BTLAN"},
      {LinkType::ethernet, "lan-1 IGELAN", "lan4 BTLAN"},
      {LinkType::raw, "lan1 NS_LS_TCP", "NS_LS_IP device 1"},
  };
  Output output;
  std::uint64_t renamed = 0;
  for (const auto& one : cases) {
    auto record = record_of(sequence(60));
    record.interface = output.add(one.link_type, one.name);
    REQUIRE(output.writer->write(record.view()));
    renamed += std::string_view(one.name) == one.read_name ? 0u : 1u;
  }
  REQUIRE(output.writer->finish());
  const auto all = read(output.bytes);
  REQUIRE(all.interfaces.size() == cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(cases[i].name);
    CHECK(all.interfaces[i].name == cases[i].read_name);
    CHECK(all.interfaces[i].link_type == cases[i].link_type);
    CHECK(all.records.at(i).data == sequence(60));
    CHECK(all.records.at(i).original_length == 60);
  }
  CHECK(output.not_held(not_held::interface_names) == renamed);
}

TEST_CASE("nettl writer: the host of the first interface stands in the file header") {
  Output output;
  InterfaceInfo info;
  info.host = "hpserv";
  info.os = "HP-UX B.11.31";
  info.hardware = "ia64 hp";
  info.name = "lan0 BTLAN";
  REQUIRE(output.writer->add_interface(info));
  CHECK(output.writer->not_held().empty());
  info.host = "other";
  info.name = "lan1 BTLAN";
  REQUIRE(output.writer->add_interface(info));
  REQUIRE(output.writer->write(record_of(sequence(60)).view()));
  REQUIRE(output.writer->finish());
  CHECK(output.writer->not_held().size() == 1);
  const auto all = read(output.bytes);
  CHECK(all.interfaces.at(0).host == "hpserv");
  CHECK(all.interfaces.at(0).os == "HP-UX B.11.31");
  CHECK(all.interfaces.at(0).hardware == "ia64 hp");

  Output longer;
  info.host = "webserver-17";
  REQUIRE(longer.writer->add_interface(info));
  CHECK(longer.writer->not_held().size() == 1);
  REQUIRE(longer.writer->finish());
  CHECK(longer.bytes.size() == 128);
}

TEST_CASE("nettl writer: without packets the file is a header") {
  Output output;
  REQUIRE(output.writer->finish());
  CHECK(output.bytes.size() == 128);
  CHECK(read(output.bytes).records.empty());
}

TEST_CASE("nettl writer: what the format cannot hold is counted") {
  Output output;
  InterfaceInfo info;
  info.name = "en0";
  info.comments = {"a comment"};
  info.statistics.emplace();
  info.original_lengths_unknown = true;
  REQUIRE(output.writer->add_interface(info));
  CHECK(output.not_held(not_held::interface_names) == 1);
  CHECK(output.not_held(not_held::interface_texts) == 1);
  CHECK(output.not_held(not_held::statistics) == 1);
  CHECK(output.not_held(not_held::unknown_lengths) == 1);
  REQUIRE(output.writer->add_statistics(0, {}));
  REQUIRE(output.writer->attach({10, {}}));
  CHECK(output.not_held(not_held::statistics) == 2);
  CHECK(output.not_held(not_held::attachments) == 1);

  auto record = record_of(sequence(20));
  ++record.timestamp_ns;
  pcapng::append_option(record.options, 5, "12345678");
  REQUIRE(output.writer->write(record.view()));
  CHECK(output.not_held(not_held::fine_times) == 1);
  CHECK(output.not_held(not_held::packet_options) == 0);
  pcapng::append_option(record.options, 1, "a comment");
  record.has_timestamp = false;
  REQUIRE(output.writer->write(record.view()));
  CHECK(output.not_held(not_held::packet_options) == 1);
  CHECK(output.not_held(not_held::missing_times) == 1);
  CHECK(output.not_held(not_held::fine_times) == 1);
}

TEST_CASE("nettl writer: IP of one version is written as raw IP, and that is said") {
  for (const auto type : {LinkType::ipv4, LinkType::ipv6}) {
    Output output;
    output.add(type);
    REQUIRE(output.writer->write(record_of(sequence(60)).view()));
    REQUIRE(output.writer->finish());
    CHECK(output.writer->not_held().size() == 1);
    const auto all = read(output.bytes);
    CHECK(all.interfaces.at(0).link_type == LinkType::raw);
    CHECK(all.interfaces.at(0).name == (type == LinkType::ipv4 ? "NS_LS_IP" : "NS_LS_IPV6"));
    CHECK(all.records.at(0).data == sequence(60));
  }
}

TEST_CASE("nettl writer: what the format cannot hold in any form is refused") {
  for (const int type : {0, 9, 113, 147, 252, 276}) {
    Output output;
    InterfaceInfo info;
    info.link_type = static_cast<LinkType>(type);
    CHECK_FALSE(output.writer->add_interface(info));
  }
  const auto accepted = [](LinkType type, const OwnedRecord& record) {
    Output output;
    output.add(type);
    const bool written = output.writer->write(record.view());
    CHECK(written == output.writer->error().message.empty());
    CHECK(written == output.writer->finish().has_value());
    return written;
  };
  auto record = record_of(sequence(20));
  CHECK(accepted(LinkType::ethernet, record));
  record.timestamp_ns = 4'294'967'295'999'999'999;
  CHECK(accepted(LinkType::ethernet, record));
  ++record.timestamp_ns;
  CHECK_FALSE(accepted(LinkType::ethernet, record));
  record.timestamp_ns = -1;
  CHECK_FALSE(accepted(LinkType::ethernet, record));
  record = record_of(sequence(262'144));
  CHECK(accepted(LinkType::ethernet, record));
  CHECK_FALSE(accepted(LinkType::fddi, record));
  record.data.pop_back();
  record.data.pop_back();
  record.data.pop_back();
  CHECK(accepted(LinkType::fddi, record));
  record.original_length = UINT32_MAX;
  CHECK(accepted(LinkType::ethernet, record));
  CHECK_FALSE(accepted(LinkType::fddi, record));
  record.interface = 1;
  CHECK_FALSE(accepted(LinkType::ethernet, record));
}

}  // namespace
}  // namespace anchoko::formats
