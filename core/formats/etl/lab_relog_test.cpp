#include "core/formats/etl/lab_relog.h"

#include <doctest/doctest.h>

#include "core/formats/etl/lz77.h"
#include "core/formats/test_bytes.h"

namespace anchoko::formats::etl::lab {
namespace {

using formats::test::Bytes;
using formats::test::sequence;

std::unique_ptr<EtlLabWriter> open(Bytes& bytes, const LoggerInfo& logger) {
  auto made = EtlLabWriter::create(std::make_unique<formats::test::MemoryOutput>(bytes), logger);
  REQUIRE(made);
  return std::move(*made);
}

void add(EtlLabWriter& writer, std::uint16_t processor, std::int64_t stamp) {
  const Bytes data = sequence(20, static_cast<std::uint8_t>(stamp));
  Event event = ndis_event(1001);
  event.processor = processor;
  event.stamp = stamp;
  event.payload = data;
  REQUIRE(writer.write(event));
}

LoggerInfo session() {
  LoggerInfo logger;
  logger.relogged = false;
  logger.processors = 2;
  logger.buffer_size = 256 * 1024;
  logger.session_name = "raw";
  return logger;
}
LoggerInfo target() {
  LoggerInfo logger;
  logger.processors = 2;
  logger.buffer_size = 1024;
  return logger;
}

TEST_CASE("etl lab relog: a wrapped session's newest events, as if they had been written in order") {
  LoggerInfo circular = session();
  circular.circular = true;
  circular.max_file_size = 1;
  Bytes raw;
  auto writer = open(raw, circular);
  // Three places: the buffers of stamps 30 to 49 replace the first ones.
  for (int round = 0; round < 5; ++round) {
    for (int i = 9; i >= 0; --i) add(*writer, static_cast<std::uint16_t>(round % 2), round * 10 + 9 - i);
    REQUIRE(writer->flush());
  }
  writer->lose_events(1, 4);
  writer->lose_buffers(2);
  REQUIRE(writer->finish(1));

  Bytes relogged;
  auto to = open(relogged, target());
  REQUIRE(relog(raw, *to));
  CHECK(to->events_written() == 30);
  REQUIRE(to->finish(2));

  Bytes wanted;
  auto direct = open(wanted, target());
  direct->lose_events(0, 4);
  direct->lose_buffers(2);
  for (int stamp = 20; stamp < 50; ++stamp) add(*direct, static_cast<std::uint16_t>(stamp / 10 % 2), stamp);
  REQUIRE(direct->finish(2));
  CHECK(relogged == wanted);
}

TEST_CASE("etl lab relog: a damaged or compressed session is refused") {
  Bytes raw;
  auto writer = open(raw, session());
  add(*writer, 0, 1);
  add(*writer, 0, 2);
  REQUIRE(writer->finish(1));
  const auto accepted = [](const Bytes& bytes) {
    Bytes out;
    auto to = open(out, target());
    return static_cast<bool>(relog(bytes, *to));
  };
  REQUIRE(accepted(raw));
  const std::size_t second = 256 * 1024;
  for (const std::size_t at : {second, second + 0x30, second + 0x34, second + 72, second + 72 + 3}) {
    CAPTURE(at);
    Bytes bad = raw;
    store<std::uint16_t>(bad.data() + at, 0x0040, ByteOrder::little);
    if (at == second) store<std::uint32_t>(bad.data() + at, 71, ByteOrder::little);
    if (at == second + 0x30) store<std::uint32_t>(bad.data() + at, UINT32_MAX, ByteOrder::little);
    if (at == second + 72) store<std::uint16_t>(bad.data() + at, 16, ByteOrder::little);
    CHECK_FALSE(accepted(bad));
  }
  for (std::size_t size = 1; size < 72; ++size)
    CHECK_FALSE(accepted(Bytes(raw.begin(), raw.end() - static_cast<std::ptrdiff_t>(second - size))));
}

}  // namespace
}  // namespace anchoko::formats::etl::lab
