#include "core/convert/pipeline.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "core/filter/parser.h"
#include "core/formats/capture_format.h"
#include "core/formats/test_bytes.h"
#include "tests/tools/temporary_folder.h"

namespace anchoko::convert {
namespace {

namespace fs = std::filesystem;
using formats::test::Builder;
using formats::test::Bytes;

using Folder = testing::TemporaryFolder;

void put(const std::string& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// An IPv4 UDP datagram on Ethernet, to the given port.
Bytes udp_frame(std::uint16_t port, std::size_t payload = 20) {
  Builder frame(ByteOrder::big);
  frame.raw(formats::test::sequence(12)).u16(0x0800);
  frame.u8(0x45).u8(0).u16(static_cast<std::uint16_t>(28 + payload)).u32(0).u8(64).u8(17).u16(0);
  frame.u32(0xc0000201).u32(0xc0000202);
  frame.u16(40000).u16(port).u16(static_cast<std::uint16_t>(8 + payload)).u16(0);
  return frame.raw(formats::test::sequence(payload)).bytes();
}

Bytes pcap_file(std::uint32_t link, const std::vector<Bytes>& packets, std::uint32_t snaplen = 65535) {
  Builder file(ByteOrder::little);
  file.u32(0xa1b2c3d4).u16(2).u16(4).u32(0).u32(0).u32(snaplen).u32(link);
  std::uint32_t seconds = 100;
  for (const auto& packet : packets) {
    const auto size = static_cast<std::uint32_t>(packet.size());
    file.u32(seconds++).u32(5).u32(size).u32(size).raw(packet);
  }
  return file.bytes();
}

Request request(std::vector<std::string> inputs, std::string output, const char* filter = "") {
  Request result;
  result.inputs = std::move(inputs);
  result.output = std::move(output);
  result.filter = filter::parse(filter).value();
  result.filter_text = filter;
  result.verify = true;
  return result;
}

formats::test::ReadBack read(const std::string& path) {
  auto opened = formats::open_capture(path);
  REQUIRE(opened);
  CHECK(std::string(opened->format->name) == "pcapng");
  return formats::test::read_all(*opened->reader);
}

TEST_CASE("convert: keeps what the filter names, in order, verified") {
  const Folder folder;
  put(folder / "in", pcap_file(1, {udp_frame(53), udp_frame(80), udp_frame(53, 9), udp_frame(443)}));
  const auto outcome = run(request({folder / "in"}, folder / "out", "udp port 53"));
  REQUIRE(outcome);
  CHECK(outcome->records_in == 4);
  CHECK(outcome->records_out == 2);
  CHECK(outcome->filtered_out == 2);
  CHECK(outcome->verified);
  CHECK_FALSE(outcome->loss.partial());
  CHECK(outcome->first_ns == 100'000'005'000);
  CHECK(outcome->last_ns == 102'000'005'000);
  CHECK(outcome->output_bytes == fs::file_size(folder / "out"));
  CHECK(outcome->input_formats == std::vector<std::string>{"pcap"});
  const auto all = read(folder / "out");
  REQUIRE(all.records.size() == 2);
  CHECK(all.records[0].data == udp_frame(53));
  CHECK(all.records[1].data == udp_frame(53, 9));
  REQUIRE(all.section_comments.size() == 1);
  CHECK(all.section_comments[0].find("udp port 53") != std::string::npos);
}

TEST_CASE("convert: of what the filter names, the capture's own connection is left out and counted apart") {
  const Folder folder;
  put(folder / "in",
      pcap_file(1, {udp_frame(53), udp_frame(22), udp_frame(80), udp_frame(22), udp_frame(53)}));
  Request asked = request({folder / "in"}, folder / "out", "udp port 53 or udp port 22");
  asked.control = filter::parse("udp port 22").value();
  const auto outcome = run(asked);
  REQUIRE(outcome);
  CHECK(outcome->records_in == 5);
  CHECK(outcome->records_out == 2);
  CHECK(outcome->filtered_out == 1);
  CHECK(outcome->control == 2);
  CHECK(outcome->verified);
  // The first N are N others.
  asked.max_records = 2;
  CHECK(run(asked)->records_out == 2);
  // Where it cannot be judged nothing is left out.
  put(folder / "unknown", pcap_file(147, {udp_frame(22)}));
  asked = request({folder / "unknown"}, folder / "kept");
  asked.control = filter::parse("udp port 22").value();
  const auto kept = run(asked);
  REQUIRE(kept);
  CHECK(kept->records_out == 1);
  CHECK(kept->control == 0);
  CHECK_FALSE(kept->loss.partial());
}

TEST_CASE("convert: inputs one after another, their interfaces kept apart, their section's comments kept") {
  const Folder folder;
  put(folder / "a", pcap_file(1, {udp_frame(53)}));
  put(folder / "b", pcap_file(1, {udp_frame(80)}));
  auto first = request({folder / "b"}, folder / "b.pcapng");
  first.section.comments = {"how b was made"};
  first.describe_interface = [](InterfaceInfo& info) {
    info.name = "eth1";
    info.host = "web1";
    info.statistics.emplace().dropped_by_os = 7;
  };
  REQUIRE(run(first));
  const auto both = run(request({folder / "a", folder / "b.pcapng"}, folder / "out"));
  REQUIRE(both);
  CHECK(both->dropped_by_os == 7);  // by the one that tells
  CHECK_FALSE(run(request({folder / "a"}, folder / "alone"))->dropped_by_os.has_value());
  const auto all = read(folder / "out");
  REQUIRE(all.interfaces.size() == 2);
  REQUIRE(all.records.size() == 2);
  CHECK(all.records[0].interface == 0);
  CHECK(all.records[1].interface == 1);
  CHECK(all.interfaces[1].name == "eth1");
  CHECK(all.interfaces[1].host == "web1");
  CHECK(all.interfaces[1].comments == std::vector<std::string>{"section: how b was made"});
  REQUIRE(all.interfaces[1].statistics.has_value());
  CHECK(all.interfaces[1].statistics->dropped_by_os == 7);
  REQUIRE(run(request({folder / "b.pcapng"}, folder / "again")));
  CHECK(read(folder / "again").section_comments == std::vector<std::string>{"how b was made"});
}

TEST_CASE("convert: a link type that cannot be judged is kept and told, or fails when strict") {
  const Folder folder;
  put(folder / "in", pcap_file(147, {formats::test::sequence(20), formats::test::sequence(4)}));
  auto asked = request({folder / "in"}, folder / "out", "udp port 53");
  const auto outcome = run(asked);
  REQUIRE(outcome);
  CHECK(outcome->records_out == 2);
  CHECK(outcome->loss.unfiltered.at("LINKTYPE_147") == 2);
  CHECK(outcome->loss.partial());
  asked.strict = true;
  asked.output = folder / "strict";
  CHECK_FALSE(run(asked));
  CHECK_FALSE(fs::exists(folder / "strict"));
  CHECK(folder.entries() == 2);
}

TEST_CASE("convert: damage is told with its place, and fails when strict") {
  const Folder folder;
  auto bytes = pcap_file(1, {udp_frame(53), udp_frame(53)});
  bytes.resize(bytes.size() - 3);
  put(folder / "in", bytes);
  auto asked = request({folder / "in"}, folder / "out");
  const auto outcome = run(asked);
  REQUIRE(outcome);
  CHECK(outcome->records_out == 1);
  CHECK(outcome->loss.damage_count == 1);
  CHECK(outcome->loss.lost_bytes == 16 + 62 - 3);
  CHECK(outcome->loss.damage.at(0).starts_with((folder / "in") + ": byte 102: "));
  asked.strict = true;
  CHECK_FALSE(run(asked));
}

TEST_CASE("convert: snap length, record limit, and the output in place of its input") {
  const Folder folder;
  put(folder / "in", pcap_file(1, {udp_frame(53), udp_frame(80), udp_frame(53), udp_frame(53)}));
  auto asked = request({folder / "in"}, folder / "in", "udp port 53");
  asked.snaplen = 50;
  asked.max_records = 2;
  const auto outcome = run(asked);
  REQUIRE(outcome);
  CHECK(outcome->records_in == 3);
  CHECK(outcome->loss.shortened == 2);
  const auto all = read(folder / "in");
  REQUIRE(all.records.size() == 2);
  CHECK(all.records[1].data.size() == 50);
  CHECK(all.records[1].original_length == 62);
  CHECK(all.interfaces.at(0).snaplen == 50);
}

TEST_CASE("convert: the filter sees no more than the snap length that the file states, as in libpcap") {
  const Folder folder;
  put(folder / "in", pcap_file(1, {udp_frame(53)}, 30));
  CHECK(run(request({folder / "in"}, folder / "out", "udp port 53"))->records_out == 0);
  const auto outcome = run(request({folder / "in"}, folder / "out", "udp"));
  REQUIRE(outcome);
  CHECK(outcome->verified);
  CHECK(read(folder / "out").records.at(0).data == udp_frame(53));
}

TEST_CASE("convert: records without a time, of the first interface and of others") {
  const Folder folder;
  Builder file(ByteOrder::little);
  file.block(0x0a0d0d0a, Builder(ByteOrder::little).u32(0x1a2b3c4d).u16(1).u16(0).u64(UINT64_MAX).bytes());
  file.block(1, Builder(ByteOrder::little).u16(1).u16(0).u32(0).bytes());
  file.block(3, Builder(ByteOrder::little).u32(62).raw(udp_frame(53)).pad().bytes());
  put(folder / "in", file.bytes());
  const auto outcome = run(request({folder / "in", folder / "in"}, folder / "out"));
  REQUIRE(outcome);
  CHECK(outcome->loss.untimed == 1);
  CHECK_FALSE(outcome->first_ns.has_value());
  const auto all = read(folder / "out");
  REQUIRE(all.records.size() == 2);
  CHECK_FALSE(all.records[0].has_timestamp);
  CHECK(all.records[1].timestamp_ns == 0);
  CHECK_FALSE(all.records[1].options.empty());
}

TEST_CASE("convert: interrupted or refused, nothing is left") {
  const Folder folder;
  put(folder / "in", pcap_file(1, std::vector<Bytes>(100, udp_frame(53))));
  auto asked = request({folder / "in"}, folder / "out");
  int calls = 0;
  asked.interrupted = [&] { return ++calls > 3; };
  const auto outcome = run(asked);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind == ErrorKind::interrupted);
  CHECK(folder.entries() == 1);

  CHECK_FALSE(run(request({}, folder / "out")));
  CHECK_FALSE(run(request({folder / "in", folder / "absent"}, folder / "out")));
  put(folder / "text", formats::test::sequence(100, 'a'));
  const auto unknown = run(request({folder / "text"}, folder / "out"));
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("61 62 63") != std::string::npos);
  put(folder / "out", {});
  auto kept = request({folder / "in"}, folder / "out");
  kept.overwrite = false;
  REQUIRE_FALSE(run(kept));
  CHECK(fs::file_size(folder / "out") == 0);
  CHECK(folder.entries() == 3);
}

TEST_CASE("convert: progress reaches the end") {
  const Folder folder;
  const auto bytes = pcap_file(1, std::vector<Bytes>(1000, udp_frame(53)));
  put(folder / "in", bytes);
  auto asked = request({folder / "in"}, folder / "out");
  Progress last;
  asked.progress = [&](const Progress& state) { last = state; };
  REQUIRE(run(asked));
  CHECK(last.bytes_read == bytes.size());
  CHECK(last.bytes_total == bytes.size());
  CHECK(last.records_out == 1000);
}

TEST_CASE("convert: counters behind the last packet asked for are not made up of earlier ones") {
  const Folder folder;
  Builder file(ByteOrder::little);
  const auto statistics = [&](std::uint64_t dropped) {
    Builder value = file.sub();
    value.u64(dropped);
    return file.sub().u32(0).u64(0).option(7, value.bytes()).bytes();
  };
  const auto packet = file.sub().u32(0).u32(0).u32(1).u32(4).u32(4).u32(0).bytes();
  file.block(0x0a0d0d0a, file.sub().u32(0x1a2b3c4d).u16(1).u16(0).u64(UINT64_MAX).bytes());
  file.block(1, file.sub().u16(1).u16(0).u32(0).bytes());
  file.block(5, statistics(3)).block(6, packet).block(6, packet).block(5, statistics(9));
  put(folder / "in", file.bytes());
  for (const std::uint64_t most : {0u, 1u, 5u}) {
    CAPTURE(most);
    auto asked = request({folder / "in"}, folder / "out");
    asked.max_records = most;
    const auto outcome = run(asked);
    REQUIRE(outcome);
    CHECK(outcome->stopped_early == (most == 1));
    const auto all = read(folder / "out");
    CHECK(all.interfaces.at(0).statistics.has_value() == (most != 1));
    if (most != 1) CHECK(all.interfaces[0].statistics->dropped_by_os == 9);
  }
}

}  // namespace
}  // namespace anchoko::convert
