#include "core/formats/etl/logfile_header.h"

#include <doctest/doctest.h>

#include "core/formats/etl/test_trace.h"

namespace anchoko::formats::etl {
namespace {

LogfileHeader header_of(const test::HeaderKind& kind) {
  std::string problem;
  const auto header = read_logfile_header(test::first_buffer(kind), problem);
  REQUIRE_MESSAGE(header, problem);
  return *header;
}

std::int64_t unix_of(const LogfileHeader& header, std::int64_t time) {
  std::int64_t ns = 0;
  REQUIRE(Clock(header).to_unix(time, ns));
  return ns;
}

TEST_CASE("etl: the header of a 64-bit and of a 32-bit system") {
  for (const bool narrow : {false, true}) {
    CAPTURE(narrow);
    const auto header = header_of({.narrow = narrow,
                                   .mode = 2,
                                   .buffers_written = 7,
                                   .events_lost = 5,
                                   .buffers_lost = 3,
                                   .mhz = 2400,
                                   .frequency = 3'312'788,
                                   .first_time = 99});
    CHECK(header.pointer_size == (narrow ? 4 : 8));
    CHECK(header.windows() == "Windows 10.0 build 17134");
    CHECK(header.mode == 2);
    CHECK(header.buffers_written == 7);
    CHECK(header.events_lost == 5);
    CHECK(header.buffers_lost == 3);
    CHECK(header.cpu_mhz == 2400);
    CHECK(header.frequency == 3'312'788);
    CHECK(header.start_time == unix_epoch + 10'000'000);
    CHECK(header.first_time == 99);
    CHECK(header.session == "Session");
    CHECK(header.file == "C:\\t.etl");
  }
}

TEST_CASE("etl: a header that is cut or is none") {
  std::string problem;
  auto bytes = test::first_buffer();
  CHECK_FALSE(read_logfile_header(std::span(bytes).first(383), problem));
  CHECK(problem.find("cut short") != std::string::npos);
  CHECK(read_logfile_header(std::span(bytes).first(384), problem)->session.empty());
  bytes[72 + 6] = std::byte{0x50};
  CHECK_FALSE(read_logfile_header(bytes, problem));
  CHECK(problem == "the trace file's first event is not its header");
}

TEST_CASE("etl: the three clocks, cut to 100 ns as Windows does") {
  const auto counter = header_of({.frequency = 3'312'788, .first_time = 1000});
  CHECK(unix_of(counter, 1000) == 1'000'000'000);
  CHECK(unix_of(counter, 1000 + 3'312'788) == 2'000'000'000);
  CHECK(unix_of(counter, 1001) == 1'000'000'300);  // 301.86 ns
  CHECK(unix_of(counter, 999) == 999'999'700);
  // The product of 30 days and ten million is beyond 63 bits.
  constexpr std::int64_t month = 30LL * 24 * 3600;
  CHECK(unix_of(counter, 1000 + month * 3'312'788) == (month + 1) * 1'000'000'000);
  const auto system = header_of({.clock = 2});
  CHECK(unix_of(system, unix_epoch + 17) == 1700);
  const auto cycles = header_of({.mhz = 3000, .first_time = 5, .clock = 3});
  CHECK(unix_of(cycles, 5 + 3'000'000'000) == 2'000'000'000);
  CHECK(unix_of(cycles, 5 + 299) == 1'000'000'000);
  CHECK(unix_of(cycles, 5 + 300) == 1'000'000'100);
}

TEST_CASE("etl: times that cannot be are told apart") {
  std::int64_t ns = 0;
  CHECK_FALSE(Clock(header_of({.frequency = 0})).to_unix(5, ns));
  CHECK_FALSE(Clock(header_of({.frequency = INT64_MAX})).to_unix(5, ns));
  CHECK_FALSE(Clock(header_of({.clock = 3})).to_unix(5, ns));
  CHECK_FALSE(Clock(header_of({.clock = 2})).to_unix(unix_epoch - 1, ns));
  CHECK_FALSE(Clock(header_of({.clock = 2})).to_unix(INT64_MAX, ns));
  CHECK_FALSE(Clock(header_of({.frequency = 1, .first_time = INT64_MIN})).to_unix(INT64_MAX, ns));
}

TEST_CASE("etl: UTF-16 text with and without its end") {
  std::size_t used = 0;
  const auto pair = test::bytes().u16('a').u16(0xd83d).u16(0xde00).u16(0).u16('b').bytes();
  CHECK(utf16_text(pair, used) == "a\xf0\x9f\x98\x80");
  CHECK(used == 8);
  const auto lone = test::bytes().u16(0xd83d).u16('x').u8(1).bytes();
  CHECK(utf16_text(lone, used) == "\xef\xbf\xbdx");
  CHECK(used == 4);
}

}  // namespace
}  // namespace anchoko::formats::etl
