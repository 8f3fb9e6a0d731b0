#include "core/formats/snoop/writer.h"

#include <random>

#include <doctest/doctest.h>

#include "core/formats/other_link_types.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/options.h"
#include "core/formats/snoop/reader.h"
#include "core/formats/test_bytes.h"
#include "core/formats/test_writer.h"

namespace anchoko::formats {
namespace {

using test::Builder;
using test::Bytes;
using test::OwnedRecord;

using Output = test::WrittenFile<create_snoop_writer, open_snoop>;

Bytes drop_count(std::uint64_t count) {
  Bytes value(8);
  store<std::uint64_t>(value.data(), count, ByteOrder::little);
  Bytes options;
  pcapng::append_option(options, pcapng::option::packet_drop_count, std::span<const std::byte>(value));
  return options;
}

TEST_CASE("snoop writer: the bytes of RFC 1761") {
  Output output(LinkType::ethernet);
  OwnedRecord record{test::sequence(5), drop_count(3), 1514, 0, 1'700'000'000'123'456'000};
  REQUIRE(output.writer->write(record.view()));
  REQUIRE(output.writer->write(OwnedRecord{test::sequence(4), {}, 4, 0, 1'000}.view()));
  REQUIRE(output.writer->write(OwnedRecord{{}, {}, 60, 0, 2'000}.view()));
  REQUIRE(output.writer->finish());
  Builder wanted(ByteOrder::big);
  wanted.text("snoop").u8(0).u8(0).u8(0).u32(2).u32(4);
  wanted.u32(1514).u32(5).u32(32).u32(3).u32(1'700'000'000).u32(123'456).raw(test::sequence(5)).raw(Bytes(3));
  wanted.u32(4).u32(4).u32(28).u32(3).u32(0).u32(1).raw(test::sequence(4));
  wanted.u32(60).u32(0).u32(24).u32(3).u32(0).u32(2);
  CHECK(output.bytes == wanted.bytes());
  CHECK(output.writer->not_held().empty());
}

TEST_CASE("snoop writer: random records come back as they were") {
  std::mt19937 engine(11);
  const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
  for (const LinkType type : {LinkType::ethernet, LinkType::token_ring, LinkType::fddi, LinkType::raw,
                              LinkType::ipnet, link_sunatm, link_ip_over_fibre_channel}) {
    CAPTURE(static_cast<int>(type));
    Output output(type);
    std::vector<OwnedRecord> records;
    std::uint64_t drops = 0;
    for (int i = 0; i < 2000; ++i) {
      OwnedRecord record;
      record.data = test::sequence(type == link_sunatm ? 4 + random() % 1500 : random() % 1500,
                                   static_cast<std::uint8_t>(random()));
      if (i == 1000) record.data = test::sequence(262'144);
      record.original_length =
          std::min<std::uint32_t>(262'144, static_cast<std::uint32_t>(record.data.size() + random() % 9000));
      record.timestamp_ns = (std::int64_t{random()} * 1'000'000 + random() % 1'000'000) * 1000;
      if (random() % 10 == 0) {
        record.options = drop_count(1 + random() % 1000);
        drops += load<std::uint64_t>(record.options.data() + 4, ByteOrder::little);
      }
      REQUIRE(output.writer->write(record.view()));
      // What the packet's own header says.
      if (type == link_sunatm) {
        const bool sent = (record.data[0] & std::byte{0x80}) != std::byte{0};
        record.direction = sent ? PacketDirection::outbound : PacketDirection::inbound;
      }
      records.push_back(std::move(record));
    }
    InterfaceStatistics statistics;
    statistics.dropped_by_os = drops;
    REQUIRE(output.writer->add_statistics(0, statistics));
    const auto all = output.finish();
    CHECK(all.report.damage_count == 0);
    CHECK(all.records == records);
    CHECK(all.interfaces.at(0).link_type == type);
    REQUIRE(all.interfaces[0].statistics);
    CHECK(all.interfaces[0].statistics->dropped_by_os == drops);
    CHECK(output.writer->not_held().size() == (type == LinkType::raw ? 1 : 0));
  }
}

TEST_CASE("snoop writer: BSD loopback headers stay as they are, and their order is told") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    Output output;
    InterfaceInfo info;
    info.link_type = LinkType::null;
    info.file_order = order;
    REQUIRE(output.writer->add_interface(info));
    const auto data = Builder(order).u32(2).raw(test::sequence(20, 0x45)).bytes();
    REQUIRE(output.writer->write(OwnedRecord{data, {}, 24, 0, 0}.view()));
    const auto all = output.finish();
    CHECK(all.records.at(0).data == data);
    CHECK(all.interfaces.at(0).link_type == LinkType::null);
    CHECK(all.interfaces[0].file_order == ByteOrder::big);
    CHECK(output.writer->not_held().size() == (order == ByteOrder::little ? 1 : 0));
  }
}

TEST_CASE("snoop writer: padding never makes a Shomiti file") {
  for (std::size_t size = 0; size < 40; ++size) {
    Output output(LinkType::ethernet);
    REQUIRE(output.writer->write(OwnedRecord{test::sequence(size), {}, 40, 0, 0}.view()));
    CHECK(output.finish().interfaces.at(0).link_type_extra == 0);
  }
}

TEST_CASE("snoop writer: a file without packets has the link type of its interface, if there is one") {
  Output without;
  CHECK(without.finish().interfaces.empty());
  CHECK(without.bytes.size() == 12);
  Output with(LinkType::token_ring);
  CHECK(with.finish().interfaces.at(0).link_type == LinkType::token_ring);
  CHECK(with.bytes.size() == 16);
  // What was flushed stays valid.
  Output later;
  REQUIRE(later.writer->flush());
  CHECK(later.bytes.size() == 12);
  later.add(LinkType::fddi);
  REQUIRE(later.writer->write(OwnedRecord{test::sequence(9), {}, 9, 0, 0}.view()));
  REQUIRE(later.writer->flush());
  CHECK(later.bytes.size() == 16 + 24 + 12);
  CHECK(later.finish().interfaces.at(0).link_type == LinkType::fddi);
}

TEST_CASE("snoop writer: what cannot be held in any form is refused") {
  const auto refusal = [](LinkType type, OwnedRecord record) {
    Output output(type);
    CHECK_FALSE(output.writer->write(record.view()));
    CHECK_FALSE(output.writer->finish());
    return output.writer->error().message;
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  const OwnedRecord good{test::sequence(60), {}, 60, 0, 1'000};
  CHECK(has(refusal(LinkType::linux_sll, good), "LINUX_SLL has no place"));
  CHECK(has(refusal(link_user0, good), "no place"));
  auto record = good;
  record.interface = 1;
  CHECK(has(refusal(LinkType::ethernet, record), "not added"));
  record = good;
  record.timestamp_ns = -1;
  CHECK(has(refusal(LinkType::ethernet, record), "1970 to 2106"));
  record.timestamp_ns = 4'294'967'296'000'000'000;
  CHECK(has(refusal(LinkType::ethernet, record), "1970 to 2106"));
  record.timestamp_ns = 4'294'967'295'999'999'999;
  CHECK(Output(LinkType::ethernet).writer->write(record.view()));
  record = good;
  record.data = test::sequence(262'145);
  CHECK(has(refusal(LinkType::ethernet, record), "longer than readers accept"));
  record.data = test::sequence(3);
  CHECK(has(refusal(link_sunatm, record), "too short"));
}

TEST_CASE(
    "snoop writer: one link type to a file, that of the first packet; unused interfaces do not matter") {
  Output output(LinkType::linux_sll);
  output.add(LinkType::ethernet);
  output.add(LinkType::fddi);
  output.add(LinkType::ethernet);
  REQUIRE(output.writer->write(OwnedRecord{test::sequence(60), {}, 60, 1, 0}.view()));
  REQUIRE(output.writer->write(OwnedRecord{test::sequence(60), {}, 60, 3, 0}.view()));
  CHECK_FALSE(output.writer->write(OwnedRecord{test::sequence(60), {}, 60, 2, 0}.view()));
  CHECK(output.writer->error().message ==
        "snoop writer: a snoop file holds one link type: packets of FDDI cannot follow those of EN10MB");
}

TEST_CASE("snoop writer: what the format has no place for is counted") {
  Output output;
  InterfaceInfo info;
  info.name = "net0";
  info.snaplen = 96;
  info.os = "SunOS";
  info.link_type_extra = 0x24000000;
  info.original_lengths_unknown = true;
  REQUIRE(output.writer->add_interface(info));
  output.add(LinkType::ethernet);
  Bytes options = drop_count(0x1'0000'0000);
  pcapng::append_option(options, pcapng::option::comment, std::string_view("a comment"));
  REQUIRE(output.writer->write(
      OwnedRecord{test::sequence(60), options, 300'000, 1, 1'001, true, PacketDirection::inbound}.view()));
  REQUIRE(output.writer->write(OwnedRecord{test::sequence(60), {}, 60, 0, 0, false}.view()));
  InterfaceStatistics statistics;
  statistics.received = 2;
  REQUIRE(output.writer->add_statistics(0, statistics));
  REQUIRE(output.writer->attach({4, {}}));
  const auto all = output.finish();
  for (const auto what :
       {not_held::interface_names, not_held::interface_texts, not_held::unknown_lengths,
        not_held::interface_choice, not_held::directions, not_held::fine_times, not_held::missing_times,
        not_held::packet_options, not_held::statistics, not_held::attachments, not_held::snaplens,
        not_held::check_sequences, Unheld{"large_original_lengths", {}}}) {
    CAPTURE(std::string(what.key));
    CHECK(output.not_held(what) == 1);
  }
  CHECK(output.not_held({"large_drop_counts", {}}) == 2);
  CHECK(output.writer->not_held().size() == 14);
  CHECK(all.records.at(0).timestamp_ns == 1'000);
  CHECK(all.records[0].original_length == 262'144);
  CHECK(all.interfaces.at(0).statistics->dropped_by_os == 0xffffffff);
}

TEST_CASE("snoop writer: bare IP packets are those of a tunnel") {
  for (const auto& [type, number] : std::vector<std::pair<LinkType, std::uint32_t>>{
           {LinkType::raw, 0x80000001}, {LinkType::ipv4, 0x80000001}, {LinkType::ipv6, 0x80000002}}) {
    Output output(type);
    CHECK(output.finish().interfaces.at(0).link_type == LinkType::raw);
    CHECK(load_be32(output.bytes.data() + 12) == number);
    CHECK(output.not_held(not_held::ip_versions) == (type == LinkType::raw ? 0 : 1));
    CHECK(output.not_held({"bare_ip", {}}) == 1);
  }
}

TEST_CASE("snoop writer: directions that the packets' own headers tell are held") {
  for (const LinkType type : {LinkType::ipnet, link_sunatm}) {
    Output output(type);
    REQUIRE(output.writer->write(
        OwnedRecord{test::sequence(60), {}, 60, 0, 0, true, PacketDirection::inbound}.view()));
    CHECK(output.writer->not_held().empty());
  }
}

}  // namespace
}  // namespace anchoko::formats
