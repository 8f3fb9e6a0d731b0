#include "core/formats/iptrace/writer.h"

#include <cstring>
#include <random>

#include <doctest/doctest.h>

#include "core/formats/iptrace/reader.h"
#include "core/formats/other_link_types.h"
#include "core/formats/test_bytes.h"
#include "core/formats/test_writer.h"

namespace anchoko::formats {
namespace {

using test::Builder;
using test::Bytes;
using test::OwnedRecord;

using Output = test::WrittenFile<create_iptrace_writer, open_iptrace>;

TEST_CASE("iptrace writer: the bytes of version 2.0") {
  Output output;
  output.add(LinkType::ethernet, "en3");
  OwnedRecord record{test::sequence(5), {}, 5, 0, 900'000'000'123'456'789, true, PacketDirection::outbound};
  REQUIRE(output.writer->write(record.view()));
  REQUIRE(output.writer->finish());
  Builder wanted(ByteOrder::big);
  wanted.text("iptrace 2.0").u32(37).u32(900'000'000).u32(3).text("en").u16(0).raw(Bytes(12)).u8(6).u8(1);
  wanted.u16(0).u32(900'000'000).u32(123'456'789).raw(test::sequence(5));
  CHECK(output.bytes == wanted.bytes());
  CHECK(output.writer->not_held().empty());
}

TEST_CASE("iptrace writer: random records of several interfaces come back as they were") {
  const std::vector<std::pair<std::string, LinkType>> interfaces{
      {"en0", LinkType::ethernet},   {"en255", LinkType::ethernet}, {"tr1", LinkType::token_ring},
      {"fi0", LinkType::fddi},       {"lo0", LinkType::raw},        {"at0", link_sunatm},
      {"eth00", LinkType::ethernet}, {"en300", LinkType::ethernet},
  };
  Output output;
  for (const auto& [name, type] : interfaces) output.add(type, name);
  std::mt19937 engine(5);
  const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
  std::vector<OwnedRecord> records;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    OwnedRecord record;
    record.interface = i < interfaces.size() ? i : random() % static_cast<std::uint32_t>(interfaces.size());
    const bool sent = random() % 2 == 0;
    record.data = test::sequence(random() % 1500, static_cast<std::uint8_t>(random()));
    if (i == 1000) record.data = test::sequence(262'100);
    if (interfaces[record.interface].second == link_sunatm) {
      record.data = Builder(ByteOrder::big)
                        .u8(sent ? 0x80 : 0)
                        .u8(static_cast<std::uint8_t>(random() % 100))
                        .u16(static_cast<std::uint16_t>(random()))
                        .raw(record.data)
                        .bytes();
    }
    record.original_length = static_cast<std::uint32_t>(record.data.size());
    record.timestamp_ns = std::int64_t{random()} * 1'000'000'000 + random() % 1'000'000'000;
    record.direction = sent ? PacketDirection::outbound : PacketDirection::inbound;
    REQUIRE(output.writer->write(record.view()));
    records.push_back(std::move(record));
  }
  const auto all = output.finish();
  CHECK(all.report.damage_count == 0);
  CHECK(all.records == records);
  REQUIRE(all.interfaces.size() == interfaces.size());
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    CHECK(all.interfaces[i].name == interfaces[i].first);
    CHECK(all.interfaces[i].link_type == interfaces[i].second);
  }
  CHECK(output.writer->not_held().empty());
}

TEST_CASE("iptrace writer: a name is up to four letters and a unit") {
  const auto split = [](std::string_view text) {
    const auto name = iptrace::split_name(text);
    if (!name) return std::string("-");
    return std::string(name->letters.data(), strnlen(name->letters.data(), 4)) + "," +
           std::to_string(name->unit);
  };
  CHECK(split("en0") == "en,0");
  CHECK(split("en10") == "en,10");
  CHECK(split("en255") == "en,255");
  CHECK(split("en256") == "en2,56");
  CHECK(split("en01") == "en0,1");
  CHECK(split("en00") == "en0,0");
  CHECK(split("abcd7") == "abcd,7");
  for (const char* name : {"", "0", "en", "abcde0", "e n0",
                           "en\xc3\xa9"
                           "0",
                           "any"})
    CHECK(split(name) == "-");
}

TEST_CASE("iptrace writer: names that do not fit get a sound substitute, and no two are equal") {
  Output output;
  for (const char* name : {"enp0s31f6", "en1", "en0", "en1", "", "wlan-long0"})
    output.add(LinkType::ethernet, name);
  output.add(LinkType::token_ring, "en1");
  output.add(LinkType::raw, "Loopback");
  output.add(LinkType::ipv4, "ip0");
  for (std::uint32_t i = 0; i < 9; ++i) {
    REQUIRE(output.writer->write(OwnedRecord{test::sequence(4), {}, 4, i, 0}.view()));
  }
  const auto all = output.finish();
  REQUIRE(all.interfaces.size() == 9);
  std::vector<std::string> names;
  for (const auto& info : all.interfaces) names.push_back(info.name);
  // The third and fourth names were taken by then; an interface without a name has none to lose.
  CHECK(names == std::vector<std::string>{"en0", "en1", "en2", "en3", "en4", "en5", "en1", "lo0", "ip0"});
  CHECK(output.not_held(not_held::interface_names) == 5);
  CHECK(output.not_held(not_held::ip_versions) == 1);
  CHECK(output.not_held({"bare_ip", {}}) == 2);  // neither "Loopback" nor "ip0" is a name of AIX's loopback
  CHECK(all.interfaces[8].link_type == LinkType::raw);
}

TEST_CASE("iptrace writer: more interfaces than units are refused") {
  Output output;
  for (int i = 0; i < 256; ++i) output.add(LinkType::ethernet, "a-long-name");
  CHECK_FALSE(output.writer->add_interface({}));
}

TEST_CASE("iptrace writer: what cannot be held in any form is refused") {
  const auto refusal = [](LinkType type, const OwnedRecord& record) {
    Output output;
    output.add(type, "en0");
    CHECK_FALSE(output.writer->write(record.view()));
    CHECK_FALSE(output.writer->finish());
    return output.writer->error().message;
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  const OwnedRecord good{test::sequence(60), {}, 60, 0, 1'000};
  CHECK(has(refusal(LinkType::linux_sll, good), "LINUX_SLL has no place"));
  CHECK(has(refusal(LinkType::null, good), "no place"));
  auto record = good;
  record.interface = 1;
  CHECK(has(refusal(LinkType::ethernet, record), "not added"));
  record = good;
  record.timestamp_ns = -1;
  CHECK(has(refusal(LinkType::ethernet, record), "1970 to 2106"));
  record.timestamp_ns = 4'294'967'296'000'000'000;
  CHECK(has(refusal(LinkType::ethernet, record), "1970 to 2106"));
  record = good;
  record.data = test::sequence(262'145);
  CHECK(has(refusal(LinkType::ethernet, record), "longer than readers accept"));
  record.data = test::sequence(3);
  CHECK(has(refusal(link_sunatm, record), "too short"));
  record.data = Builder(ByteOrder::big).u8(0).u8(255).u16(65535).bytes();
  CHECK(has(refusal(link_sunatm, record), "255.65535 does not fit"));
}

TEST_CASE("iptrace writer: what the format has no place for is counted") {
  Output output;
  InterfaceInfo info;
  info.name = "en0";
  info.snaplen = 96;
  info.description = "first";
  info.link_type_extra = 0x24000000;
  REQUIRE(output.writer->add_interface(info));
  output.add(link_sunatm, "at0");
  REQUIRE(output.writer->write(OwnedRecord{test::sequence(60), test::sequence(8), 100, 0, 1, false}.view()));
  const auto atm = Builder(ByteOrder::big).u8(2).u8(0).u16(5).bytes();
  REQUIRE(output.writer->write(OwnedRecord{atm, {}, 4, 1, 1, true, PacketDirection::inbound}.view()));
  REQUIRE(output.writer->add_statistics(0, {}));
  REQUIRE(output.writer->attach({4, {}}));
  const auto all = output.finish();
  CHECK(all.records.at(0).original_length == 60);
  CHECK(all.records[0].timestamp_ns == 0);
  for (const auto what :
       {not_held::interface_texts, not_held::missing_times, not_held::packet_options,
        not_held::original_lengths, not_held::statistics, not_held::attachments, not_held::snaplens,
        not_held::check_sequences, Unheld{"unknown_directions", {}}, Unheld{"atm_traffic_types", {}}}) {
    CAPTURE(std::string(what.key));
    CHECK(output.not_held(what) == 1);
  }
  CHECK(output.writer->not_held().size() == 10);
}

}  // namespace
}  // namespace anchoko::formats
