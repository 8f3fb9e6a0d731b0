#include "core/formats/etl/lab_writer.h"

#include <map>

#include <doctest/doctest.h>

#include "core/formats/etl/test_lz77.h"
#include "core/formats/test_bytes.h"

namespace anchoko::formats::etl::lab {
namespace {

using formats::test::Builder;
using formats::test::Bytes;
using formats::test::sequence;

Bytes part(const Bytes& bytes, std::size_t at, std::size_t size) {
  REQUIRE(at + size <= bytes.size());
  return {bytes.begin() + static_cast<std::ptrdiff_t>(at),
          bytes.begin() + static_cast<std::ptrdiff_t>(at + size)};
}
template <typename T>
T number_at(const Bytes& bytes, std::size_t at) {
  REQUIRE(at + sizeof(T) <= bytes.size());
  return load<T>(bytes.data() + at, ByteOrder::little);
}

// Walked from the reference, not from layout.h.
struct Walked {
  std::uint16_t flags = 0;
  std::uint16_t processor = 0;
  std::uint64_t sequence = 0;
  std::size_t size = 0;
  Bytes image;  // decompressed
  std::vector<Bytes> events;
};
std::vector<Walked> walk(const Bytes& file) {
  std::vector<Walked> all;
  std::size_t at = 0;
  while (at < file.size()) {
    Walked one;
    one.size = number_at<std::uint32_t>(file, at);
    one.flags = number_at<std::uint16_t>(file, at + 0x34);
    one.processor = number_at<std::uint16_t>(file, at + 0x28);
    one.sequence = number_at<std::uint64_t>(file, at + 0x18);
    const auto used = number_at<std::uint32_t>(file, at + 0x30);
    REQUIRE(one.size >= 72);
    one.image = part(file, at, 72);
    if ((one.flags & 0x40) != 0) {
      Bytes unpacked(used - 72);
      REQUIRE(test::unpack_lz77(part(file, at + 72, one.size - 72), unpacked));
      one.image.insert(one.image.end(), unpacked.begin(), unpacked.end());
    } else {
      one.image = part(file, at, used);
      CHECK(part(file, at + used, one.size - used) == Bytes(one.size - used, std::byte{0xff}));
    }
    for (std::size_t p = 72; p < used;) {
      const bool is_system = one.image[p + 2] <= std::byte{2};
      const auto size = number_at<std::uint16_t>(one.image, is_system ? p + 4 : p);
      one.events.push_back(part(one.image, p, size));
      p += (size + std::size_t{7}) / 8 * 8;
    }
    all.push_back(std::move(one));
    at += all.back().size;
  }
  return all;
}

struct Trace {
  Bytes bytes;
  std::unique_ptr<EtlLabWriter> writer;
  explicit Trace(const LoggerInfo& logger) {
    auto made = EtlLabWriter::create(std::make_unique<formats::test::MemoryOutput>(bytes), logger);
    REQUIRE(made);
    writer = std::move(*made);
  }
  void add(std::uint16_t processor, std::int64_t stamp, const Bytes& data) {
    Event event = ndis_event(1001);
    event.processor = processor;
    event.stamp = stamp;
    event.payload = data;
    REQUIRE(writer->write(event));
  }
  std::vector<Walked> finish() {
    REQUIRE(writer->finish(132'000'000'000'000'000));
    return walk(bytes);
  }
};

LoggerInfo small_logger() {
  LoggerInfo logger;
  logger.buffer_size = 1024;
  logger.processors = 4;
  logger.session_name = "s";
  logger.file_name = "f";
  return logger;
}

TEST_CASE("etl lab writer: the bytes of an event") {
  LoggerInfo logger = small_logger();
  Trace trace(logger);
  const Bytes data = sequence(5);
  Event event;
  event.processor = 2;
  event.stamp = 0x0102030405060708;
  event.provider = make_guid(0x00112233, 0x4455, 0x6677, 0x8899aabbccddeeff);
  event.id = 0x1234;
  event.version = 1;
  event.channel = 2;
  event.level = 3;
  event.opcode = 4;
  event.task = 0x0506;
  event.keyword = 0x8000060000000001;
  event.property = 7;
  event.process = 0x11;
  event.thread = 0x22;
  event.cpu_times = 0x3300000044;
  event.activity = {0x55, 0x66};
  event.payload = data;
  REQUIRE(trace.writer->write(event));
  const auto header = [](std::uint16_t size, std::uint16_t kind, std::uint16_t flags) {
    Builder wanted(ByteOrder::little);
    wanted.u16(size).u16(kind).u16(flags).u16(7).u32(0x22).u32(0x11).u64(0x0102030405060708);
    wanted.u32(0x00112233).u16(0x4455).u16(0x6677).u32(0xbbaa9988).u32(0xffeeddcc);
    wanted.u16(0x1234).u8(1).u8(2).u8(3).u8(4).u16(0x0506).u64(0x8000060000000001).u64(0x3300000044);
    return wanted.u64(0x55).u64(0x66);
  };
  // An extended item, then the data.
  const Bytes item = Builder(ByteOrder::little).u16(16).u16(1).u16(0).u16(8).u64(9).bytes();
  event.extended = item;
  event.from_32_bit_process = true;
  REQUIRE(trace.writer->write(event));
  const auto buffers = trace.finish();
  REQUIRE(buffers.size() == 2);
  CHECK(buffers[1].processor == 2);
  REQUIRE(buffers[1].events.size() == 2);
  CHECK(buffers[1].events[0] == header(85, 0xc013, 0).raw(data).bytes());
  CHECK(buffers[1].events[1] == header(101, 0xc012, 1).raw(item).raw(data).bytes());
  CHECK(part(buffers[1].image, 72 + 85, 3) == Bytes(3));
  CHECK(trace.writer->events_written() == 2);
}

TEST_CASE("etl lab writer: the logfile header of 64-bit and 32-bit systems") {
  for (const std::uint32_t pointer : {8U, 4U}) {
    LoggerInfo logger = small_logger();
    logger.pointer_size = pointer;
    logger.os_major = 6;
    logger.os_minor = 3;
    logger.build = 9600;
    logger.max_file_size = 250;
    logger.cpu_mhz = 3000;
    logger.time_zone.bias = -540;
    logger.time_zone.standard_name = "Tokyo";
    logger.boot_time = 1;
    logger.start_time = 2;
    logger.start_stamp = 3;
    logger.frequency = 4;
    logger.clock_type = 3;
    logger.process = 5;
    logger.thread = 6;
    Trace trace(logger);
    trace.writer->lose_events(0, 7);
    trace.writer->lose_buffers(8);
    const auto buffers = trace.finish();
    REQUIRE(buffers.size() == 1);
    CHECK(buffers[0].size == 1024);
    CHECK(buffers[0].flags == 1);
    CHECK(number_at<std::uint16_t>(trace.bytes, 0x36) == 4);
    const Bytes& event = buffers[0].events.at(0);
    const std::size_t pointers = 2 * std::size_t{pointer};
    CHECK(event.size() == 32 + 0x108 + pointers + 8);
    Builder wanted(ByteOrder::little);
    wanted.u16(2).u8(pointer == 4 ? 1 : 2).u8(0xc0).u16(static_cast<std::uint16_t>(event.size())).u16(0);
    wanted.u32(6).u32(5).u64(3).u64(0);
    wanted.u32(1024).u8(6).u8(3).u8(1).u8(5).u32(9600).u32(4).u64(132'000'000'000'000'000).u32(156'250);
    wanted.u32(250).u32(0x10001).u32(1).u32(1).u32(pointer).u32(7).u32(3000);
    wanted.raw(Bytes(pointers)).u32(static_cast<std::uint32_t>(-540));
    for (const char c : std::string_view("Tokyo")) wanted.u16(static_cast<std::uint8_t>(c));
    wanted.raw(Bytes(64 - 10 + 16 + 4 + 64 + 16)).u32(static_cast<std::uint32_t>(-60)).u32(0);
    wanted.u64(1).u64(4).u64(2).u32(3).u32(8).u16('s').u16(0).u16('f').u16(0);
    CHECK(event == wanted.bytes());
  }
}

TEST_CASE("etl lab writer: buffers of several processors, compressed and not, hold the same") {
  std::map<bool, std::map<std::uint16_t, std::vector<Bytes>>> seen;
  for (const bool compressed : {false, true}) {
    LoggerInfo logger = small_logger();
    logger.compressed = compressed;
    logger.first_events = {partition_event(logger)};
    Bytes odd = partition_event(logger);
    odd.resize(75);
    store<std::uint16_t>(odd.data() + 4, 75, ByteOrder::little);
    logger.header_events = {odd, partition_event(logger)};
    Trace trace(logger);
    for (int i = 0; i < 200; ++i) {
      const auto processor = static_cast<std::uint16_t>(i * 7 % 3 + 1);
      trace.add(processor, i, sequence(static_cast<std::size_t>(i), static_cast<std::uint8_t>(i)));
    }
    const auto buffers = trace.finish();
    CHECK(trace.writer->buffers_written() == buffers.size());
    CHECK(number_at<std::uint32_t>(trace.bytes, 0x68 + 0x24) == buffers.size());
    CHECK(number_at<std::uint32_t>(trace.bytes, 0x68 + 0x20) == (compressed ? 0x4010001 : 0x10001));
    REQUIRE(buffers[0].events.size() == 3);
    CHECK(buffers[0].events[1] == odd);
    CHECK(buffers[0].events[2] == partition_event(logger));
    std::map<std::uint64_t, int> sequences;
    for (std::size_t i = 1; i < buffers.size(); ++i) {
      const Walked& one = buffers[i];
      CHECK(one.flags == (compressed ? 0x60 : 0x20) + (i + 1 == buffers.size() ? 1 : 0));
      CHECK((compressed || one.size == 1024));
      CHECK(one.image.size() <= 1024);
      ++sequences[one.sequence];
      auto& events = seen[compressed][one.processor];
      events.insert(events.end(), one.events.begin(), one.events.end());
    }
    CHECK(sequences.size() == buffers.size() - 1);
    CHECK(sequences.begin()->first == 1);
    CHECK(sequences.rbegin()->first == buffers.size() - 1);
    CHECK(trace.writer->events_written() == 200);
  }
  CHECK(seen[false] == seen[true]);
  REQUIRE(seen[true].size() == 4);
  CHECK(seen[true][0].size() == 1);
  CHECK(seen[true][1].size() + seen[true][2].size() + seen[true][3].size() == 200);
}

TEST_CASE("etl lab writer: a circular file keeps its header and its newest buffers") {
  LoggerInfo logger = small_logger();
  logger.relogged = false;
  logger.circular = true;
  logger.buffer_size = 256 * 1024;
  logger.max_file_size = 1;
  Trace trace(logger);
  // A buffer each.
  for (int i = 0; i < 10; ++i) {
    trace.add(static_cast<std::uint16_t>(i % 2), i, Bytes{static_cast<std::byte>(i)});
    REQUIRE(trace.writer->flush());
  }
  const auto buffers = trace.finish();
  REQUIRE(buffers.size() == 4);
  CHECK(trace.bytes.size() == 1024 * 1024);
  CHECK(buffers[0].flags == 1);
  // The header took one place, so that three are left: event i stands at 1 + i % 3.
  CHECK(buffers[1].events.at(0).back() == std::byte{9});
  CHECK(buffers[2].events.at(0).back() == std::byte{7});
  CHECK(buffers[3].events.at(0).back() == std::byte{8});
  CHECK(number_at<std::uint32_t>(trace.bytes, 0x68 + 0x20) == 2);
  CHECK(number_at<std::uint32_t>(trace.bytes, 0x68 + 0x24) == 11);
}

TEST_CASE("etl lab writer: a sequential session stops at its size, and says what it lost") {
  LoggerInfo logger = small_logger();
  logger.relogged = false;
  logger.buffer_size = 512 * 1024;
  logger.max_file_size = 1;
  Trace trace(logger);
  trace.add(0, 1, sequence(9));
  REQUIRE(trace.writer->flush());
  CHECK_FALSE(trace.writer->is_full());
  trace.add(0, 2, sequence(9));
  trace.add(0, 3, sequence(9));
  const auto buffers = trace.finish();
  CHECK(trace.writer->is_full());
  CHECK(trace.writer->events_written() == 1);
  CHECK(buffers.size() == 2);
  CHECK(number_at<std::uint32_t>(trace.bytes, 0x68 + 0x30) == 2);
}

TEST_CASE("etl lab writer: lost events mark the next buffer; old builds have no processor index") {
  LoggerInfo logger = small_logger();
  logger.relogged = false;
  logger.build = 7601;
  Trace trace(logger);
  trace.writer->lose_events(3, 5);
  trace.add(3, 1, sequence(1));
  REQUIRE(trace.writer->flush());
  trace.add(3, 2, sequence(1));
  const auto buffers = trace.finish();
  REQUIRE(buffers.size() == 3);
  CHECK(buffers[1].flags == 2);
  CHECK(buffers[1].processor == 0x0803);
  CHECK(buffers[2].flags == 1);
  CHECK(number_at<std::uint64_t>(buffers[2].image, 0x10) == 2);
  CHECK(number_at<std::uint32_t>(trace.bytes, 0x68 + 0x30) == 5);
}

TEST_CASE("etl lab writer: an unfinished file misses what stood in memory, and its header knows no end") {
  Trace trace(small_logger());
  trace.add(0, 1, sequence(100));
  REQUIRE(trace.writer->flush());
  trace.add(0, 2, sequence(100));
  REQUIRE(trace.writer->leave_unfinished());
  const auto buffers = walk(trace.bytes);
  REQUIRE(buffers.size() == 2);
  CHECK(buffers[1].events.size() == 1);
  CHECK(number_at<std::uint64_t>(trace.bytes, 0x68 + 0x10) == 0);
  CHECK(number_at<std::uint32_t>(trace.bytes, 0x68 + 0x24) == 0);
}

TEST_CASE("etl lab writer: packets in pieces") {
  Trace trace(small_logger());
  const Bytes frame = sequence(130);
  NdisFragment fragment;
  fragment.miniport = fragment.layer = 5;
  fragment.bytes = frame;
  Payload scratch;
  const auto send = [&](std::size_t piece) {
    return write_ndis_packet(*trace.writer, scratch, ndis_event(ndis::fragment), fragment, LinkType::ethernet,
                             PacketDirection::outbound, piece);
  };
  REQUIRE(send(60));
  REQUIRE(send(SIZE_MAX));
  fragment.bytes = {};
  REQUIRE(send(60));
  const auto buffers = trace.finish();
  REQUIRE(buffers.size() == 2);
  struct Piece {
    std::uint64_t keyword;
    Bytes bytes;
    bool operator==(const Piece&) const = default;
  };
  std::vector<Piece> pieces;
  for (const Bytes& event : buffers[1].events) {
    REQUIRE(number_at<std::uint32_t>(event, 88) + 92 == event.size());
    pieces.push_back({number_at<std::uint64_t>(event, 0x30), part(event, 92, event.size() - 92)});
  }
  const std::vector<Piece> wanted{{0x8000060140000001, part(frame, 0, 60)},
                                  {0x8000060100000001, part(frame, 60, 60)},
                                  {0x8000060180000001, part(frame, 120, 10)},
                                  {0x80000601C0000001, frame},
                                  {0x80000601C0000001, {}}};
  CHECK((pieces == wanted));
}

TEST_CASE("etl lab writer: stamps are found again by whoever cuts them off") {
  LoggerInfo logger;
  logger.start_time = 132'102'896'937'707'292;
  logger.start_stamp = 515'517'858;
  logger.cpu_mhz = 2997;
  struct Clock {
    std::uint32_t type;
    std::int64_t frequency;
    std::int64_t per_second;
  };
  for (const Clock& clock : {Clock{1, 3'312'788, 3'312'788}, Clock{1, 10'000'000, 10'000'000},
                             Clock{1, 2'994'853'000, 2'994'853'000}, Clock{3, 1, 2'997'000'000}}) {
    logger.clock_type = clock.type;
    logger.frequency = clock.frequency;
    for (const std::int64_t passed :
         {0LL, 1LL, 3LL, 12345678LL, 10'000'000LL, 864'000'000'000'000LL, -1LL, -10'000'001LL}) {
      CAPTURE(passed);
      const auto read_back = [&](std::int64_t stamp) {
        const std::int64_t ticks = stamp - logger.start_stamp;
        const std::int64_t seconds = ticks / clock.per_second - (ticks % clock.per_second < 0 ? 1 : 0);
        return seconds * 10'000'000 + (ticks - seconds * clock.per_second) * 10'000'000 / clock.per_second;
      };
      const std::int64_t stamp = stamp_of(logger, logger.start_time + passed);
      CHECK(read_back(stamp) >= passed);
      CHECK(read_back(stamp - 1) < passed);
      if (clock.per_second >= 10'000'000) CHECK(read_back(stamp) == passed);
    }
  }
  logger.clock_type = 2;
  CHECK(stamp_of(logger, 42) == 42);
  CHECK(filetime_of(0) == 116'444'736'000'000'000);
  CHECK(filetime_of(1'565'816'093'783'210'599) == 116'444'736'000'000'000 + 15'658'160'937'832'105);
  CHECK(filetime_of(-1) == 116'444'736'000'000'000 - 1);
}

TEST_CASE("etl lab writer: what no file can hold is refused") {
  const auto refused = [](auto change) {
    LoggerInfo logger = small_logger();
    change(logger);
    Bytes bytes;
    return !EtlLabWriter::create(std::make_unique<formats::test::MemoryOutput>(bytes), logger);
  };
  CHECK_FALSE(refused([](LoggerInfo&) {}));
  CHECK(refused([](LoggerInfo& logger) { logger.buffer_size = 0; }));
  CHECK(refused([](LoggerInfo& logger) { logger.buffer_size = UINT32_MAX; }));
  CHECK(refused([](LoggerInfo& logger) { logger.processors = 0; }));
  CHECK(refused([](LoggerInfo& logger) { logger.processors = 5000; }));
  CHECK(refused([](LoggerInfo& logger) { logger.pointer_size = 2; }));
  CHECK(refused([](LoggerInfo& logger) { logger.frequency = 0; }));
  CHECK(refused([](LoggerInfo& logger) { logger.session_name.assign(5000, 'x'); }));
  CHECK(refused([](LoggerInfo& logger) { logger.session_name.assign(500, 'x'); }));  // beyond the buffer
  CHECK(refused([](LoggerInfo& logger) { logger.circular = true; }));
  CHECK(refused([](LoggerInfo& logger) {
    logger.circular = logger.compressed = true;
    logger.relogged = false;
    logger.max_file_size = 1;
  }));
  CHECK(refused([](LoggerInfo& logger) {
    logger.circular = true;
    logger.relogged = false;
  }));

  LoggerInfo logger = small_logger();
  logger.buffer_size = 128 * 1024;
  const auto event_refused = [&](std::uint16_t processor, std::size_t size) {
    Trace trace(logger);
    const Bytes data(size);
    Event event;
    event.processor = processor;
    event.payload = data;
    if (trace.writer->write(event)) return false;
    CHECK_FALSE(trace.writer->error().message.empty());
    CHECK_FALSE(trace.writer->finish(1));
    return true;
  };
  CHECK_FALSE(event_refused(3, 0xffff - 80));
  CHECK(event_refused(3, 0x10000 - 80));
  CHECK(event_refused(4, 0));
  logger.buffer_size = 1024;
  CHECK_FALSE(event_refused(0, 1024 - 72 - 80));
  CHECK(event_refused(0, 1024 - 72 - 80 + 1));
}

}  // namespace
}  // namespace anchoko::formats::etl::lab
