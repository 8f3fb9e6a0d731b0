#include "core/convert/merge_reader.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include <doctest/doctest.h>

#include "core/convert/inputs.h"
#include "core/convert/loser_tree.h"
#include "core/convert/one_layer.h"
#include "core/convert/pipeline.h"
#include "core/convert/time_order.h"
#include "core/formats/capture_format.h"
#include "core/formats/decorated_reader.h"
#include "core/formats/nettl/test_trace.h"
#include "core/formats/packet_id.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/test_bytes.h"
#include "tests/tools/temporary_folder.h"

namespace anchoko::convert {
namespace {

using formats::test::Builder;
using formats::test::Bytes;
using formats::test::OwnedRecord;
using Folder = testing::TemporaryFolder;

// A pcap file whose records hold their number and come at these times, in microseconds.
Bytes pcap_file(const std::vector<std::uint32_t>& times, std::uint32_t first_number = 0,
                std::uint32_t link = 1) {
  Builder file(ByteOrder::little);
  file.u32(0xa1b2c3d4).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(link);
  for (const auto time : times)
    file.u32(1000 + time / 1'000'000).u32(time % 1'000'000).u32(4).u32(60).u32(first_number++);
  return file.bytes();
}

void put(const std::string& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

std::uint32_t number_of(const OwnedRecord& record) {
  REQUIRE(record.data.size() >= 4);
  return load<std::uint32_t>(record.data.data(), ByteOrder::little);
}

std::unique_ptr<formats::RecordReader> memory_reader(Bytes bytes) {
  auto opened = formats::open_capture(std::make_unique<formats::test::MemoryInput>(std::move(bytes)));
  REQUIRE(opened);
  return std::move(opened->reader);
}

formats::test::ReadBack read_file(const std::string& path) {
  auto opened = formats::open_capture(path);
  REQUIRE(opened);
  return formats::test::read_all(*opened->reader);
}

Request merge_request(std::vector<std::string> inputs, std::string output) {
  Request request;
  request.inputs = std::move(inputs);
  request.output = std::move(output);
  request.by_time = true;
  request.verify = true;
  return request;
}

TEST_CASE("loser tree: as a stable sort, for any number of inputs") {
  std::mt19937 random(5);
  for (std::size_t inputs = 1; inputs <= 40; ++inputs) {
    std::vector<std::vector<std::int64_t>> lists(inputs);
    std::vector<std::pair<std::int64_t, std::size_t>> expected;
    for (std::size_t i = 0; i < inputs; ++i) {
      for (auto left = random() % 20; left > 0; --left)
        lists[i].push_back(static_cast<std::int64_t>(random() % 10));
      std::sort(lists[i].begin(), lists[i].end());
      for (const auto key : lists[i]) expected.emplace_back(key, i);
    }
    std::stable_sort(expected.begin(), expected.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
    std::vector<std::size_t> at(inputs, 0);
    const auto key = [&](std::size_t i) {
      return at[i] < lists[i].size() ? lists[i][at[i]] : LoserTree::exhausted;
    };
    std::vector<std::int64_t> keys;
    for (std::size_t i = 0; i < inputs; ++i) keys.push_back(key(i));
    LoserTree tree(keys);
    std::vector<std::pair<std::int64_t, std::size_t>> got;
    while (tree.key() != LoserTree::exhausted) {
      const std::size_t winner = tree.winner();
      got.emplace_back(tree.key(), winner);
      ++at[winner];
      tree.replace(key(winner));
    }
    CHECK(got == expected);
  }
}

TEST_CASE("merge: by time, stable, interfaces apart and named") {
  const Folder folder;
  put(folder / "a.pcap", pcap_file({1, 5, 9}, 0));
  put(folder / "b.pcap", pcap_file({1, 4, 9, 12}, 100, 101));
  const auto outcome = run(merge_request({folder / "a.pcap", folder / "b.pcap"}, folder / "out.pcapng"));
  REQUIRE(outcome);
  CHECK(outcome->records_out == 7);
  CHECK(outcome->put_in_order == 0);
  const auto back = read_file(folder / "out.pcapng");
  std::vector<std::uint32_t> numbers;
  for (const auto& record : back.records) numbers.push_back(number_of(record));
  CHECK(numbers == std::vector<std::uint32_t>{0, 100, 101, 1, 2, 102, 103});
  REQUIRE(back.interfaces.size() == 2);
  CHECK(back.interfaces[0].name == "a.pcap");
  CHECK(back.interfaces[1].name == "b.pcap");
  CHECK(back.interfaces[1].link_type == LinkType::raw);
  CHECK(back.records[1].interface == 1);
}

TEST_CASE("merge: one that is no capture, and one that is damaged, cost the others nothing") {
  const Folder folder;
  put(folder / "a.pcap", pcap_file({1, 5, 9}, 0));
  Bytes cut = pcap_file({2, 6, 10}, 10);
  cut.resize(cut.size() - 3);
  put(folder / "cut.pcap", cut);
  std::ofstream(folder / "text") << "no capture at all";
  put(folder / "empty", {});
  const std::vector<std::string> inputs{folder / "text", folder / "a.pcap", folder / "cut.pcap",
                                        folder / "empty"};
  const auto outcome = run(merge_request(inputs, folder / "out.pcapng"));
  REQUIRE(outcome);
  CHECK(outcome->records_out == 5);
  CHECK(outcome->loss.damage_count == 3);
  CHECK(outcome->loss.lost_bytes == 17 + 17);  // all of one, and a record of 20 bytes without 3
  REQUIRE(outcome->loss.damage.size() == 3);
  const auto told_of = [&](const std::string& path) {
    return std::count_if(outcome->loss.damage.begin(), outcome->loss.damage.end(),
                         [&](const std::string& note) { return note.starts_with(path + ": byte "); });
  };
  CHECK(told_of(folder / "text") == 1);
  CHECK(told_of(folder / "cut.pcap") == 1);
  CHECK(told_of(folder / "empty") == 1);

  auto strict = merge_request(inputs, folder / "strict.pcapng");
  strict.strict = true;
  CHECK_FALSE(run(strict));
  CHECK_FALSE(std::filesystem::exists(folder / "strict.pcapng"));
}

TEST_CASE("merge: inputs that run backwards are put in order, near and far") {
  const Folder folder;
  std::mt19937 engine(7);
  const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
  std::vector<std::uint32_t> near;
  for (std::uint32_t i = 0; i < 20000; ++i) near.push_back(i * 10 + random() % 3000);
  std::vector<std::uint32_t> far;
  for (std::uint32_t i = 0; i < 300000; ++i) far.push_back(random() % 5'000'000);
  std::vector<std::uint32_t> orderly;
  for (std::uint32_t i = 0; i < 5000; ++i) orderly.push_back(i * 900);
  put(folder / "near.pcap", pcap_file(near));
  put(folder / "far.pcap", pcap_file(far, 1'000'000));
  put(folder / "orderly.pcap", pcap_file(orderly, 2'000'000));
  const auto outcome = run(merge_request({folder / "near.pcap", folder / "far.pcap", folder / "orderly.pcap"},
                                         folder / "out.pcapng"));
  REQUIRE(outcome);
  CHECK(outcome->put_in_order == 2);
  CHECK(outcome->loss.out_of_order == 0);
  const auto back = read_file(folder / "out.pcapng");
  REQUIRE(back.records.size() == near.size() + far.size() + orderly.size());
  // Stable: by time, then by input, then as in the file; the numbers rise that way.
  CHECK(std::is_sorted(
      back.records.begin(), back.records.end(), [](const OwnedRecord& left, const OwnedRecord& right) {
        return left.timestamp_ns != right.timestamp_ns ? left.timestamp_ns < right.timestamp_ns
                                                       : number_of(left) < number_of(right);
      }));
  CHECK(folder.entries() == 4);
}

TEST_CASE("time order: how far a record may be from its place") {
  std::vector<std::uint32_t> times;
  for (std::uint32_t i = 0; i < 10000; ++i) times.push_back(10 + i);
  CHECK(time_order(*memory_reader(pcap_file(times)), Window(), {}).value() == TimeOrder::sorted);
  times[Window().records] = 0;  // it passes over that many
  CHECK(time_order(*memory_reader(pcap_file(times)), Window(), {}).value() == TimeOrder::nearly);
  auto reader = reordered(memory_reader(pcap_file(times)), Window());
  const auto back = formats::test::read_all(*reader);
  REQUIRE(back.records.size() == times.size());
  CHECK(number_of(back.records.front()) == Window().records);
  CHECK(std::is_sorted(back.records.begin(), back.records.end(), [](const auto& left, const auto& right) {
    return left.timestamp_ns < right.timestamp_ns;
  }));
  times[Window().records] = 10;
  times[Window().records + 1] = 0;
  CHECK(time_order(*memory_reader(pcap_file(times)), Window(), {}).value() == TimeOrder::unsorted);
  int asked = 0;
  const auto ended = time_order(*memory_reader(pcap_file(times)), Window(), [&] { return ++asked < 3; });
  REQUIRE_FALSE(ended);
  CHECK(ended.error().kind == ErrorKind::interrupted);
}

// A pcapng with two interfaces, of the layers 0 and 2, and records with these (interface, packet id, time).
Bytes layered(const std::vector<std::array<std::uint32_t, 3>>& records) {
  namespace block = formats::pcapng::block;
  Builder file(ByteOrder::little);
  file.block(block::section_header, file.sub().u32(0x1a2b3c4d).u16(1).u16(0).u64(UINT64_MAX).bytes());
  file.block(block::interface_description, file.sub().u16(1).u16(0).u32(0).bytes());
  file.block(block::interface_description,
             file.sub().u16(101).u16(0).u32(0).option(1, "layers below: 2").bytes());
  for (const auto& [interface, id, time] : records) {
    Builder body = file.sub();
    body.u32(interface).u32(0).u32(time).u32(4).u32(4).u32(time);
    if (id != 0) body.u16(5).u16(8).u64(id);
    file.block(block::enhanced_packet, body.bytes());
  }
  return file.bytes();
}

// A reader that fails after some records.
class FailingReader final : public formats::DecoratedReader {
 public:
  FailingReader(std::unique_ptr<formats::RecordReader> reader, std::size_t records,
                const std::string& why = "the disk is broken")
      : DecoratedReader(std::move(reader)), left_(records), error_(make_error(ErrorKind::failed, why)) {}
  formats::ReadStatus next(PacketRecord& record) override {
    if (left_ == 0) return formats::ReadStatus::failed;
    --left_;
    ++read_;
    return reader_->next(record);
  }
  const Error& error() const override { return error_; }
  std::size_t read() const { return read_; }

 private:
  std::size_t left_;
  std::size_t read_ = 0;
  Error error_;
};

std::vector<std::uint32_t> rising(std::uint32_t count) {
  std::vector<std::uint32_t> times;
  for (std::uint32_t i = 0; i < count; ++i) times.push_back(10 + i);
  return times;
}

TEST_CASE("merge: what was read of an input before it failed is delivered, the rest is lost") {
  const Folder folder;
  SortingSpace space(folder.path().string(), 1);
  const Bytes file = pcap_file(rising(100));
  std::uint64_t left_out = 0;
  std::vector<MergeInput> inputs(4);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::unique_ptr<formats::RecordReader> reader = std::make_unique<FailingReader>(
        memory_reader(i == 1 ? layered({{0, 7, 10}, {0, 8, 11}}) : file), i == 1 ? 2 : 30);
    if (i == 0) reader = reordered(std::move(reader), Window());
    if (i == 1) reader = one_layer(std::move(reader), left_out);
    if (i == 2) reader = sorted(std::move(reader), space, {}).value();
    inputs[i].path = std::to_string(i);
    inputs[i].reader = std::move(reader);
    inputs[i].size = i == 1 ? 0 : file.size();
  }
  MergeReader merged(std::move(inputs), true);
  const auto back = formats::test::read_all(merged);
  CHECK(back.records.size() == 30 + 2 + 30 + 30);
  CHECK(merged.report().damage_count == 4);
  CHECK(merged.report().damage.front().what == "the disk is broken");
  CHECK(merged.report().lost_bytes == std::uint64_t{3} * 70 * 20);
}

TEST_CASE("merge: damage of an input names it once") {
  std::vector<MergeInput> inputs(2);
  inputs[0].path = "a.pcap";
  inputs[0].reader =
      std::make_unique<FailingReader>(memory_reader(pcap_file(rising(3))), 0, "a.pcap: cannot be read");
  inputs[1].path = "-";
  inputs[1].problem = "standard input: is empty";
  MergeReader merged(std::move(inputs), true);
  LossReport loss;
  formats::test::read_all(merged);
  add_report(loss, "x", merged.report());
  CHECK(loss.damage == std::vector<std::string>{"a.pcap: byte 0: cannot be read", "-: byte 0: is empty"});
}

TEST_CASE("window: many inputs share what one may hold") {
  CHECK(window_for(1).bytes == Window().bytes);
  CHECK(window_for(4).records == Window().records);
  CHECK(window_for(1000).bytes * 1000 <= std::size_t{17} * 1024 * 1024);
  CHECK(window_for(1000).records == window_for(1000).bytes / 1024);
  // No more is read ahead than fits into it.
  const Window small{10, 100};
  auto counting = std::make_unique<FailingReader>(memory_reader(pcap_file(rising(1000))), 1000);
  const FailingReader& input = *counting;
  const auto reader = reordered(std::move(counting), small);
  PacketRecord record;
  REQUIRE(reader->next(record) == formats::ReadStatus::record);
  CHECK(input.read() == 11);
  auto times = rising(1000);
  times[11] = 0;
  CHECK(time_order(*memory_reader(pcap_file(times)), small, {}).value() == TimeOrder::unsorted);
}

TEST_CASE("merge: of many inputs those that do not fit their window are in order all the same") {
  const Folder folder;
  std::vector<std::string> inputs;
  for (std::uint32_t i = 0; i < 40; ++i) {
    auto times = rising(3000);
    times[2000] = 0;
    inputs.push_back(folder / (std::to_string(i) + ".pcap"));
    put(inputs.back(), pcap_file(times));
  }
  const auto outcome = run(merge_request(inputs, folder / "out.pcapng"));
  REQUIRE(outcome);
  CHECK(outcome->put_in_order == 40);
  const auto back = read_file(folder / "out.pcapng");
  CHECK(back.records.size() == 40 * 3000);
  CHECK(std::is_sorted(back.records.begin(), back.records.end(), [](const auto& left, const auto& right) {
    return left.timestamp_ns < right.timestamp_ns;
  }));
}

TEST_CASE("merge: more inputs than may be open") {
  const Folder folder;
  std::vector<MergeInput> inputs;
  InputPool pool(30, 4);
  std::vector<std::uint32_t> expected;
  for (std::uint32_t i = 0; i < 30; ++i) {
    const std::string path = folder / ("in" + std::to_string(i));
    std::vector<std::uint32_t> times;
    for (std::uint32_t k = 0; k < 30000; ++k) times.push_back(k * 30 + i);
    put(path, pcap_file(times, i * 100000));
    auto file = pool.open(path);
    REQUIRE(file);
    auto opened = formats::open_capture(std::move(*file));
    REQUIRE(opened);
    MergeInput input;
    input.path = path;
    input.reader = std::move(opened->reader);
    inputs.push_back(std::move(input));
  }
  MergeReader merged(std::move(inputs), true);
  PacketRecord record;
  std::uint64_t count = 0;
  bool in_order = true;
  while (merged.next(record) == formats::ReadStatus::record) {
    const auto number = load<std::uint32_t>(record.data.data(), ByteOrder::little);
    in_order = in_order && number == (count % 30) * 100000 + count / 30 && record.interface == count % 30;
    ++count;
  }
  CHECK(in_order);
  CHECK(count == 900000);
  CHECK(merged.report().damage_count == 0);
  CHECK(merged.report().records == count);
}

TEST_CASE("one layer: the copy next to the wire stays, whichever comes first") {
  std::uint64_t left_out = 0;
  // Down the stack, up the stack, without a copy, without an id, and an id that comes back much later.
  const auto reader = one_layer(memory_reader(layered({{1, 7, 10},
                                                       {0, 7, 11},
                                                       {0, 8, 12},
                                                       {1, 8, 13},
                                                       {1, 9, 14},
                                                       {1, 0, 15},
                                                       {0, 0, 15},
                                                       {0, 7, 5'000'000}})),
                                left_out);
  const auto back = formats::test::read_all(*reader);
  std::vector<std::uint32_t> numbers;
  for (const auto& record : back.records) numbers.push_back(number_of(record));
  CHECK(numbers == std::vector<std::uint32_t>{11, 12, 14, 15, 15, 5'000'000});
  CHECK(left_out == 2);
}

TEST_CASE("one layer: records without an id are held only behind one that has one") {
  std::uint64_t left_out = 0;
  auto counting = std::make_unique<FailingReader>(
      memory_reader(layered({{0, 0, 10}, {1, 0, 11}, {1, 7, 12}, {0, 0, 13}, {0, 7, 14}, {0, 0, 15}})), 100);
  const FailingReader& input = *counting;
  const auto reader = one_layer(std::move(counting), left_out);
  std::vector<std::uint32_t> numbers;
  std::vector<std::size_t> read;
  PacketRecord record;
  while (reader->next(record) == formats::ReadStatus::record) {
    numbers.push_back(load<std::uint32_t>(record.data.data(), ByteOrder::little));
    read.push_back(input.read());
  }
  CHECK(numbers == std::vector<std::uint32_t>{10, 11, 13, 14, 15});
  CHECK(read[0] == 1);
  CHECK(read[1] == 2);
  CHECK(left_out == 1);
}

std::vector<std::uint64_t> ids_of(const formats::test::ReadBack& back) {
  std::vector<std::uint64_t> ids;
  for (const auto& record : back.records) ids.push_back(formats::packet_id(record.view()).value_or(0));
  return ids;
}

// A ping, as driver and IP layer trace it, and its message as the ICMP layer does.
struct Ping {
  Bytes message =
      Builder(ByteOrder::big).u8(8).u8(0).u16(0).u16(7).u16(1).raw(formats::test::sequence(32)).bytes();
  Bytes packet = formats::nettl::test::ip4({.protocol = 1}, message);
  Bytes frame = formats::nettl::test::ethernet(packet);
};

TEST_CASE("one layer: copies in different files of a ring are copies") {
  namespace nettl = formats::nettl::test;
  const Folder folder;
  const Ping ping;
  Builder older = nettl::trace();
  Builder newer = nettl::trace();
  const auto other = nettl::ip4({.protocol = 1, .id = 9}, formats::test::sequence(40));
  nettl::add(older, {.subsystem = 9, .microseconds = 1}, other);
  nettl::add(older, {.subsystem = 23, .microseconds = 2}, ping.message);
  nettl::add(older, {.subsystem = 9, .microseconds = 3}, ping.packet);
  nettl::add(newer, {.subsystem = 253, .microseconds = 4}, ping.frame);
  nettl::add(newer, {.subsystem = 253, .microseconds = 5}, nettl::ethernet(other));
  put(folder / "lan.TRC001", older.bytes());
  put(folder / "lan.TRC000", newer.bytes());
  put(folder / "single.pcap", pcap_file({4}));
  for (const bool by_time : {false, true}) {
    CAPTURE(by_time);
    auto request = merge_request({folder / "lan"}, folder / "all.pcapng");
    request.by_time = by_time;
    if (by_time) request.inputs.insert(request.inputs.begin(), folder / "single.pcap");
    REQUIRE(run(request));
    auto ids = ids_of(read_file(folder / "all.pcapng"));
    if (by_time) std::erase(ids, 0);
    REQUIRE(ids.size() == 5);
    CHECK(ids[1] == ids[2]);
    CHECK(ids[2] == ids[3]);
    CHECK(ids[0] == ids[4]);
    CHECK(ids[0] != ids[1]);
    request.one_layer = true;
    const auto outcome = run(request);
    REQUIRE(outcome);
    CHECK(outcome->copies_left_out == 3);
    CHECK(outcome->records_out == (by_time ? 3 : 2));
  }
}

TEST_CASE("one layer: equal packet ids of different captures are no copies") {
  const Folder folder;
  put(folder / "a.pcapng", layered({{0, 7, 10}, {1, 7, 11}}));
  put(folder / "b.pcapng", layered({{0, 7, 10}, {1, 7, 12}, {1, 8, 13}}));
  for (const bool by_time : {false, true}) {
    CAPTURE(by_time);
    auto request = merge_request({folder / "a.pcapng", folder / "b.pcapng"}, folder / "out.pcapng");
    request.by_time = by_time;
    REQUIRE(run(request));
    auto ids = ids_of(read_file(folder / "out.pcapng"));
    REQUIRE(ids.size() == 5);
    if (by_time) std::swap(ids[1], ids[2]);
    CHECK(ids[0] == 7);
    CHECK(ids[1] == 7);
    CHECK(ids[2] != 7);
    CHECK(ids[2] == ids[3]);
    CHECK(ids[4] != ids[3]);
    // And what was written is one capture of its own, with what stayed of both.
    auto again = merge_request({folder / "out.pcapng"}, folder / "again.pcapng");
    again.by_time = false;
    again.one_layer = true;
    const auto outcome = run(again);
    REQUIRE(outcome);
    CHECK(outcome->records_out == 3);
    CHECK(outcome->copies_left_out == 2);
  }
}

TEST_CASE("one layer: with a number of packets, only copies of those that are kept count") {
  const Folder folder;
  put(folder / "in.pcapng",
      layered({{0, 7, 10}, {1, 7, 11}, {1, 8, 12}, {1, 8, 13}, {0, 8, 14}, {0, 9, 15}, {1, 9, 16}}));
  auto request = merge_request({folder / "in.pcapng"}, folder / "out.pcapng");
  request.by_time = false;
  request.one_layer = true;
  request.max_records = 2;
  const auto outcome = run(request);
  REQUIRE(outcome);
  CHECK(outcome->records_out == 2);
  CHECK(outcome->copies_left_out == 3);
  CHECK(outcome->records_in == 5);
}

}  // namespace
}  // namespace anchoko::convert
