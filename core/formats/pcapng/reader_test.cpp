#include "core/formats/pcapng/reader.h"

#include <doctest/doctest.h>

#include "core/formats/pcapng/blocks.h"
#include "core/formats/test_bytes.h"

namespace anchoko::formats {
namespace {

namespace block = pcapng::block;
using test::Builder;
using test::Bytes;
using test::MemoryInput;

constexpr auto both_orders = {ByteOrder::little, ByteOrder::big};

Bytes section_body(ByteOrder order, const Bytes& options = {}, std::uint16_t major = 1) {
  return Builder(order).u32(0x1a2b3c4d).u16(major).u16(0).u64(UINT64_MAX).raw(options).bytes();
}
Bytes interface_body(ByteOrder order, std::uint16_t link = 1, std::uint32_t snaplen = 0,
                     const Bytes& options = {}) {
  return Builder(order).u16(link).u16(0).u32(snaplen).raw(options).bytes();
}
Bytes packet_body(ByteOrder order, std::uint32_t interface, std::uint64_t units, const Bytes& data,
                  std::uint32_t original, const Bytes& options = {}) {
  return Builder(order)
      .u32(interface)
      .u32(static_cast<std::uint32_t>(units >> 32))
      .u32(static_cast<std::uint32_t>(units))
      .u32(static_cast<std::uint32_t>(data.size()))
      .u32(original)
      .raw(data)
      .pad()
      .raw(options)
      .bytes();
}
Builder file_start(ByteOrder order) {
  Builder file(order);
  file.block(block::section_header, section_body(order));
  return file;
}
Builder file_with_interface(ByteOrder order, const Bytes& options = {}, std::uint32_t snaplen = 0) {
  auto file = file_start(order);
  file.block(block::interface_description, interface_body(order, 1, snaplen, options));
  return file;
}

test::ReadBack read(const Bytes& bytes, std::size_t step = SIZE_MAX) {
  auto reader = open_pcapng(std::make_unique<MemoryInput>(bytes, step));
  REQUIRE(reader);
  return test::read_all(**reader);
}

std::int64_t read_time(std::uint8_t resolution, std::uint64_t units, std::int64_t offset,
                       ReadReport* report = nullptr) {
  Builder options(ByteOrder::little);
  options.option(9, Bytes{static_cast<std::byte>(resolution)});
  options.option(14, Builder(ByteOrder::little).u64(static_cast<std::uint64_t>(offset)).bytes());
  auto file = file_with_interface(ByteOrder::little, options.bytes());
  file.block(block::enhanced_packet, packet_body(ByteOrder::little, 0, units, test::sequence(4), 4));
  const auto all = read(file.bytes());
  if (report != nullptr) *report = all.report;
  return all.records.empty() ? -1 : all.records[0].timestamp_ns;
}

TEST_CASE("pcapng: an interface with all options, in both byte orders") {
  for (const auto order : both_orders) {
    Builder options(order);
    options.option(1, "a comment").option(1, "host: web1").option(1, "pcap link type field: 0x54000001");
    options.option(2, "eth0").option(3, "uplink").option(9, Bytes{std::byte{9}});
    options.option(11, Builder(order).u8(0).text("tcp port 443").bytes())
        .option(12, "an OS")
        .option(15, "a card");
    options.option(8, Builder(order).u64(1'000'000'000).bytes()).option(6, test::sequence(6));
    options.option(0, "");
    const auto all = read(file_with_interface(order, options.bytes(), 96).bytes(), 5);
    REQUIRE(all.interfaces.size() == 1);
    const auto& info = all.interfaces[0];
    CHECK(info.link_type == LinkType::ethernet);
    CHECK(info.link_type_extra == 0x54000000);
    CHECK(info.snaplen == 96);
    CHECK(info.timestamp_digits == 9);
    CHECK(info.name == "eth0");
    CHECK(info.description == "uplink");
    CHECK(info.filter == "tcp port 443");
    CHECK(info.os == "an OS");
    CHECK(info.hardware == "a card");
    CHECK(info.host == "web1");
    CHECK(info.comments == std::vector<std::string>{"a comment"});
    Builder others(ByteOrder::little);
    others.option(8, Builder(ByteOrder::little).u64(1'000'000'000).bytes()).option(6, test::sequence(6));
    CHECK(info.other_options == others.bytes());
    CHECK(all.report.skipped_options == 0);
  }
}

TEST_CASE("pcapng: time resolutions of ten and of two, offsets, rounding") {
  ReadReport report;
  CHECK(read_time(6, 1'700'000'000'123'456, 0) == 1'700'000'000'123'456'000);
  CHECK(read_time(9, 1'700'000'000'123'456'789, 0) == 1'700'000'000'123'456'789);
  CHECK(read_time(0, 1'700'000'000, 0) == 1'700'000'000'000'000'000);
  CHECK(read_time(3, 5, 1'700'000'000) == 1'700'000'000'005'000'000);
  CHECK(read_time(6, 2'000'000, -2) == 0);
  CHECK(read_time(12, 1'700'000'000'999, 0, &report) == 1'700'000'000);
  CHECK(report.rounded_times == 1);
  CHECK(read_time(12, 5'000, 0, &report) == 5);
  CHECK(report.rounded_times == 0);
  CHECK(read_time(127, UINT64_MAX, 0, &report) == 0);
  CHECK(report.rounded_times == 1);
  CHECK(read_time(0x80 | 10, 1024 * 7 + 512, 0) == 7'500'000'000);
  CHECK(read_time(0x80 | 32, (std::uint64_t{1'700'000'000} << 32) + (std::uint64_t{1} << 31), 0) ==
        1'700'000'000'500'000'000);
  CHECK(read_time(0x80 | 63, std::uint64_t{1} << 62, 0) == 500'000'000);
  CHECK(read_time(0x80 | 127, UINT64_MAX, 0, &report) == 0);
  CHECK(report.rounded_times == 1);
}

TEST_CASE("pcapng: times out of range are damage") {
  for (const auto& [resolution, units, offset] :
       {std::tuple<int, std::uint64_t, std::int64_t>{6, UINT64_MAX, 0},
        {9, std::uint64_t{1} << 63, 0},
        {0, 9'223'372'037, 0},
        {6, 0, -1},
        {6, 0, INT64_MAX},
        {6, 0, INT64_MIN},
        {0x80, UINT64_MAX, 0}}) {
    CAPTURE(units);
    CAPTURE(offset);
    ReadReport report;
    CHECK(read_time(static_cast<std::uint8_t>(resolution), units, offset, &report) == -1);
    CHECK(report.damage_count == 1);
  }
  CHECK(read_time(9, INT64_MAX, 0) == INT64_MAX);
}

TEST_CASE("pcapng: record options, direction and byte order") {
  for (const auto order : both_orders) {
    Builder options(order);
    options.option(1, "why").option(2, Builder(order).u32(0x00000082).bytes());
    options.option(4, Builder(order).u64(17).bytes()).option(3, Bytes{std::byte{2}, std::byte{9}});
    options.option(7, Builder(order).u8(1).u64(5).bytes()).option(0, "");
    auto file = file_with_interface(order);
    file.block(block::enhanced_packet, packet_body(order, 0, 1, test::sequence(3), 3, options.bytes()));
    file.block(
        block::enhanced_packet,
        packet_body(order, 0, 1, {}, 0, Builder(order).option(2, Builder(order).u32(1).bytes()).bytes()));
    const auto all = read(file.bytes());
    REQUIRE(all.records.size() == 2);
    CHECK(all.records[0].direction == PacketDirection::outbound);
    Builder expected(ByteOrder::little);
    expected.option(1, "why").option(2, Builder(ByteOrder::little).u32(0x00000080).bytes());
    expected.option(4, Builder(ByteOrder::little).u64(17).bytes())
        .option(3, Bytes{std::byte{2}, std::byte{9}});
    expected.option(7, Builder(ByteOrder::little).u8(1).u64(5).bytes());
    CHECK(all.records[0].options == expected.bytes());
    CHECK(all.records[1].direction == PacketDirection::inbound);
    CHECK(all.records[1].options.empty());
  }
}

TEST_CASE("pcapng: simple and obsolete packet blocks") {
  for (const auto order : both_orders) {
    auto file = file_with_interface(order, {}, 8);
    file.block(block::simple_packet, Builder(order).u32(100).raw(test::sequence(8)).bytes());
    file.block(block::simple_packet, Builder(order).u32(5).raw(test::sequence(5)).pad().bytes());
    file.block(
        block::packet,
        Builder(order).u16(0).u16(3).u32(0).u32(7).u32(6).u32(60).raw(test::sequence(6)).pad().bytes());
    const auto all = read(file.bytes());
    REQUIRE(all.records.size() == 3);
    CHECK_FALSE(all.records[0].has_timestamp);
    CHECK(all.records[0].data == test::sequence(8));
    CHECK(all.records[0].original_length == 100);
    CHECK(all.records[1].data == test::sequence(5));
    CHECK(all.records[2].timestamp_ns == 7000);
    CHECK(all.records[2].original_length == 60);
    CHECK(all.records[2].options ==
          Builder(ByteOrder::little).option(4, Builder(ByteOrder::little).u64(3).bytes()).bytes());
  }
}

TEST_CASE("pcapng: sections keep their own interfaces and byte order") {
  auto file = file_with_interface(ByteOrder::big, Builder(ByteOrder::big).option(2, "first").bytes());
  file.block(block::enhanced_packet, packet_body(ByteOrder::big, 0, 1, test::sequence(4), 4));
  Builder second(ByteOrder::little);
  const auto options =
      Builder(ByteOrder::little).option(1, "two").option(3, "an OS").option(4, "a program").bytes();
  second.block(block::section_header, section_body(ByteOrder::little, options));
  second.block(block::interface_description, interface_body(ByteOrder::little, 101));
  second.block(block::enhanced_packet, packet_body(ByteOrder::little, 0, 2, test::sequence(4), 4));
  file.raw(second.bytes());
  const auto all = read(file.bytes());
  REQUIRE(all.records.size() == 2);
  CHECK(all.records[0].interface == 0);
  CHECK(all.records[1].interface == 1);
  CHECK(all.interfaces.at(1).link_type == LinkType::raw);
  CHECK(all.interfaces.at(1).os == "an OS");
  CHECK(all.section_comments == std::vector<std::string>{"two", "written by a program"});
}

TEST_CASE("pcapng: ten thousand interfaces are read, without end they are damage") {
  const auto order = ByteOrder::little;
  auto file = file_start(order);
  for (int i = 0; i < 10'000; ++i) file.block(block::interface_description, interface_body(order, 1));
  file.block(block::enhanced_packet, packet_body(order, 9'999, 1, test::sequence(4), 4));
  const auto many = read(file.bytes());
  CHECK(many.interfaces.size() == 10'000);
  CHECK(many.records.at(0).interface == 9'999);
  CHECK(many.report.damage_count == 0);

  const auto body = interface_body(order, 1);
  for (std::size_t i = 10'000; i < pcapng::max_interfaces + 3; ++i)
    file.block(block::interface_description, body);
  const auto all = read(file.bytes());
  CHECK(all.interfaces.size() == pcapng::max_interfaces);
  CHECK(all.report.damage_count == 3);
  CHECK(all.report.lost_bytes == 3 * (body.size() + 12));
}

TEST_CASE("pcapng: statistics, attachments, unknown blocks") {
  for (const auto order : both_orders) {
    auto file = file_with_interface(order);
    Builder statistics(order);
    statistics.u32(0).u32(0).u32(9);
    statistics.option(2, Builder(order).u32(0).u32(1).bytes()).option(4, Builder(order).u64(100).bytes());
    statistics.option(7, Builder(order).u64(3).bytes());
    file.block(block::interface_statistics, statistics.bytes());
    const auto names = [](ByteOrder o) {
      return Builder(o)
          .u16(1)
          .u16(9)
          .raw(test::sequence(4))
          .text("abcd")
          .u8(0)
          .pad()
          .u16(0)
          .u16(0)
          .option(2, "server")
          .u32(0)
          .bytes();
    };
    const auto secrets = [](ByteOrder o) {
      return Builder(o).u32(0x544c534b).u32(5).text("KEYS\n").pad().bytes();
    };
    file.block(block::name_resolution, names(order));
    file.block(block::decryption_secrets, secrets(order));
    file.block(0x0bad0001, test::sequence(8));
    file.block(block::custom_not_to_be_copied, test::sequence(8));
    const auto all = read(file.bytes());
    REQUIRE(all.interfaces.at(0).statistics.has_value());
    CHECK(all.interfaces[0].statistics->start_ns == 1000);
    CHECK(all.interfaces[0].statistics->received == 100);
    CHECK(all.interfaces[0].statistics->dropped_by_os == 3);
    CHECK_FALSE(all.interfaces[0].statistics->end_ns.has_value());
    REQUIRE(all.attachments.size() == 2);
    CHECK(all.attachments[0].first == block::name_resolution);
    CHECK(all.attachments[0].second == names(ByteOrder::little));
    CHECK(all.attachments[1].second == secrets(ByteOrder::little));
    CHECK(all.report.skipped_blocks == 2);
    CHECK(all.report.damage_count == 0);
  }
}

// Wireshark 4.0 gives up the whole file for each of these (capinfos says where).
TEST_CASE("pcapng: attachments and options that other readers refuse are left out and counted") {
  for (const auto order : both_orders) {
    const auto number = [&](std::uint16_t first, std::uint16_t second) {
      return Builder(order).u16(first).u16(second);
    };
    const std::pair<std::uint32_t, Bytes> damaged[] = {
        {block::name_resolution, {}},
        {block::name_resolution, number(1, 100).text("abcd").bytes()},
        {block::name_resolution, number(1, 7).raw(test::sequence(4)).text("abc").pad().u32(0).bytes()},
        {block::name_resolution, number(2, 5).raw(test::sequence(5)).pad().u32(0).bytes()},
        {block::decryption_secrets, {}},
        {block::decryption_secrets, Builder(order).u32(0x544c534b).u32(0xffffff).bytes()},
        {block::systemd_journal, {}}};
    for (const auto& [type, body] : damaged) {
      CAPTURE(type);
      auto file = file_with_interface(order);
      file.block(type, body);
      file.block(block::enhanced_packet, packet_body(order, 0, 1, test::sequence(8), 8));
      const auto all = read(file.bytes());
      CHECK(all.attachments.empty());
      CHECK(all.report.damage_count == 1);
      CHECK(all.records.size() == 1);
    }

    const Bytes wrong_lengths = Builder(order)
                                    .option(2, "ab")
                                    .option(4, "ab")
                                    .option(5, "ab")
                                    .option(6, "ab")
                                    .option(7, "")
                                    .option(2988, "ab")
                                    .option(1, "kept")
                                    .u32(0)
                                    .bytes();
    auto file = file_start(order);
    file.block(block::interface_description,
               interface_body(order, 1, 0, Builder(order).option(6, "ab").option(11, "").u32(0).bytes()));
    file.block(block::enhanced_packet, packet_body(order, 0, 1, test::sequence(8), 8, wrong_lengths));
    const auto all = read(file.bytes());
    REQUIRE(all.records.size() == 1);
    CHECK(all.records[0].options == Builder(ByteOrder::little).option(1, "kept").bytes());
    CHECK(all.interfaces.at(0).other_options.empty());
    CHECK(all.report.skipped_options == 8);
  }
}

TEST_CASE("pcapng: a damaged block is passed over, the next sound one is found") {
  const auto order = ByteOrder::little;
  auto file = file_with_interface(order);
  const std::size_t start = file.bytes().size();
  file.block(block::enhanced_packet, packet_body(order, 0, 1, test::sequence(8), 8));
  const std::size_t second = file.bytes().size();
  file.block(block::enhanced_packet, packet_body(order, 0, 2, test::sequence(8), 8));
  const std::size_t third = file.bytes().size();
  file.block(block::enhanced_packet, packet_body(order, 0, 3, test::sequence(8), 8));

  const auto damaged = [&](std::size_t offset, std::uint32_t value) {
    Bytes bytes = file.bytes();
    store<std::uint32_t>(bytes.data() + offset, value, order);
    return read(bytes);
  };
  const std::size_t length = second - start;
  for (const auto& [offset, value] : {std::pair<std::size_t, std::uint32_t>{start + 4, 3},
                                      {start + 4, 13},
                                      {start + 4, 0x7ffffff0},
                                      {start + 4, 4096},  // beyond the end
                                      {second - 4, 0},
                                      {start + 8, 1},   // an interface that is not described
                                      {start + 20, 9},  // captured bytes beyond the block
                                      {start + 20, 0xffffffff},
                                      {start + 12, 0xffffffff}}) {  // a time out of range
    CAPTURE(offset);
    CAPTURE(value);
    const auto all = damaged(offset, value);
    REQUIRE(all.records.size() == 2);
    CHECK(all.records[0].timestamp_ns == 2000);
    CHECK(all.report.damage_count == 1);
    CHECK(all.report.damage.at(0).offset == start);
    CHECK(all.report.lost_bytes == length);
  }
  CHECK(damaged(third + 4, 4096).records.size() == 2);
  // Bytes put in between, so that nothing stands at a multiple of four any more.
  Bytes shifted = file.bytes();
  shifted.insert(shifted.begin() + static_cast<std::ptrdiff_t>(second), 5, std::byte{0xee});
  const auto all = read(shifted);
  CHECK(all.records.size() == 3);
  CHECK(all.report.lost_bytes == 5);
}

TEST_CASE("pcapng: an interface described after damage is told, one that is too short keeps its number") {
  const auto order = ByteOrder::little;
  auto file = file_with_interface(order);
  file.raw(test::sequence(16, 0x80));
  file.block(block::interface_description, interface_body(order, 101));
  CHECK(read(file.bytes()).report.damage_count == 2);

  auto shortened = file_start(order);
  shortened.block(block::interface_description, test::sequence(4));
  shortened.block(block::interface_description, interface_body(order, 101));
  shortened.block(block::enhanced_packet, packet_body(order, 1, 0, test::sequence(4), 4));
  const auto all = read(shortened.bytes());
  CHECK(all.report.damage_count == 1);
  REQUIRE(all.records.size() == 1);
  CHECK(all.interfaces.at(all.records[0].interface).link_type == LinkType::raw);
}

TEST_CASE("pcapng: unknown versions are refused, or lost when they come later") {
  CHECK_FALSE(open_pcapng(
      std::make_unique<MemoryInput>(Builder(ByteOrder::little)
                                        .block(block::section_header, section_body(ByteOrder::little, {}, 2))
                                        .bytes())));
  auto file = file_with_interface(ByteOrder::little);
  file.block(block::section_header, section_body(ByteOrder::little, {}, 2));
  file.block(block::enhanced_packet, packet_body(ByteOrder::little, 0, 1, test::sequence(4), 4));
  const auto all = read(file.bytes());
  CHECK(all.records.empty());
  CHECK(all.report.damage_count == 1);
  CHECK(all.report.lost_bytes == 28 + 36);
}

// Whatever is cut or changed: no crash, no read beyond (sanitizers), and every byte accounted for.
TEST_CASE("pcapng: every truncation and every changed byte gives an error or a damage value") {
  for (const auto order : both_orders) {
    auto file =
        file_with_interface(order, Builder(order).option(2, "eth0").option(9, Bytes{std::byte{9}}).bytes());
    std::vector<std::size_t> sound_ends{28, file.bytes().size()};
    const auto options = Builder(order).option(1, "note").option(2, Builder(order).u32(1).bytes()).bytes();
    file.block(block::enhanced_packet, packet_body(order, 0, 1, test::sequence(13), 99, options));
    sound_ends.push_back(file.bytes().size());
    file.block(block::simple_packet, Builder(order).u32(8).raw(test::sequence(8)).bytes());
    sound_ends.push_back(file.bytes().size());
    file.block(block::interface_statistics,
               Builder(order).u32(0).u64(0).option(4, Builder(order).u64(1).bytes()).bytes());
    sound_ends.push_back(file.bytes().size());
    file.block(block::name_resolution,
               Builder(order).u16(1).u16(6).raw(test::sequence(6)).pad().u32(0).bytes());
    sound_ends.push_back(file.bytes().size());
    const Bytes& whole = file.bytes();
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      auto reader = open_pcapng(std::make_unique<MemoryInput>(
          Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)), 11));
      if (length < sound_ends[0]) {
        CHECK_FALSE(reader);
        continue;
      }
      REQUIRE(reader);
      const auto all = test::read_all(**reader);
      const bool at_end = std::find(sound_ends.begin(), sound_ends.end(), length) != sound_ends.end();
      CHECK((all.report.damage_count == 0) == at_end);
      CHECK(all.report.bytes == length);
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
      for (const unsigned flip : {0x01u, 0x80u, 0xffu}) {
        Bytes bytes = whole;
        bytes[i] ^= static_cast<std::byte>(flip);
        auto reader = open_pcapng(std::make_unique<MemoryInput>(bytes, 17));
        if (!reader) continue;
        const auto all = test::read_all(**reader);
        CHECK(all.report.bytes == whole.size());
        CHECK(all.report.lost_bytes <= whole.size());
      }
    }
  }
}

}  // namespace
}  // namespace anchoko::formats
