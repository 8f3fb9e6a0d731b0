#include <limits>

#include <doctest/doctest.h>

#include "config/resolve.h"

namespace anchoko::config {
namespace {

struct Wrong {
  const char* text;
  const char* message;
};

}  // namespace

TEST_CASE("durations: whole numbers with units, the largest first") {
  const std::vector<std::pair<const char*, std::int64_t>> good{
      {"60s", 60'000},   {"5m", 300'000},     {"1h30m", 5'400'000},         {"500ms", 500},
      {"1ms", 1},        {"1s500ms", 1'500},  {"2d", 172'800'000},          {"1d2h3m4s5ms", 93'784'005},
      {"007s", 7'000},   {"90m", 5'400'000},  {"366d", 31'622'400'000},     {"365d24h", 31'622'400'000},
      {"0h5m", 300'000}, {"1h0m", 3'600'000}, {"31622400s", 31'622'400'000}};
  for (const auto& [text, ms] : good) {
    CAPTURE(text);
    const auto duration = parse_duration(text);
    REQUIRE(duration);
    CHECK(duration->count() == ms);
  }
}

TEST_CASE("durations: everything else is refused") {
  const std::string form =
      "write whole numbers with d, h, m, s or ms, the largest unit first: \"60s\", \"1h30m\", \"500ms\"";
  for (const char* text :
       {"",   "60", "s",    "60 s", " 60s", "60s ", "-5s",   "+5s", "1.5h", "30m1h", "1h1h", "5sec",
        "5S", "5M", "1h30", "h1",   "ms",   "1e3s", "0x10s", "5µs", "５s",  "\n5s",  "1m5"}) {
    CAPTURE(text);
    const auto duration = parse_duration(text);
    REQUIRE(!duration);
    CHECK(duration.error().kind == ErrorKind::usage);
    CHECK(duration.error().message ==
          "\"" + (text == std::string("\n5s") ? "?5s" : std::string(text)) + "\" is not a duration");
    CHECK(duration.error().hint == form);
  }
  for (const char* text : {"0s", "0ms", "0d0h0m0s0ms", "000m"}) {
    CAPTURE(text);
    const auto duration = parse_duration(text);
    REQUIRE(!duration);
    CHECK(duration.error().message == "a duration of zero would mean no limit");
  }
  for (const char* text : {"367d", "366d1ms", "31622401s", "18446744073709551615ms", "18446744073709551616ms",
                           "213503982334d", "99999999999999999999999999d", "9223372036854775807ms"}) {
    CAPTURE(text);
    const auto duration = parse_duration(text);
    REQUIRE(!duration);
    CHECK(duration.error().message == "\"" + std::string(text) + "\" is longer than 366d");
  }
}

TEST_CASE("sizes: bytes, or a number with a unit") {
  const std::vector<std::pair<const char*, std::uint64_t>> good{
      {"100MiB", 104'857'600},
      {"500MB", 500'000'000},
      {"65535", 65'535},
      {"0", 0},
      {"0GiB", 0},
      {"12B", 12},
      {"1kB", 1'000},
      {"1KiB", 1'024},
      {"1GB", 1'000'000'000},
      {"1GiB", 1'073'741'824},
      {"3TB", 3'000'000'000'000},
      {"1TiB", 1'099'511'627'776},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
      {"16777215TiB", 16'777'215ull << 40},
      {"0000000000000000000000000000001kB", 1'000}};
  for (const auto& [text, bytes] : good) {
    CAPTURE(text);
    const auto size = parse_size(text);
    REQUIRE(size);
    CHECK(*size == bytes);
  }
}

TEST_CASE("sizes: everything else is refused") {
  for (const char* text : {"", "MiB", "1 MiB", "1.5GiB", "-1", "+1", "1M", "1G", "1k", "1mb", "1KB", "1kiB",
                           "1MIB", "1MiBs", "1MiB1MiB", "0x10", " 1", "1 "}) {
    CAPTURE(text);
    const auto size = parse_size(text);
    REQUIRE(!size);
    CHECK(size.error().kind == ErrorKind::usage);
    CHECK(size.error().message == "\"" + std::string(text) + "\" is not a size");
    CHECK(size.error().hint ==
          "write a whole number of bytes, or one with kB, MB, GB, TB (1000-based) or KiB, MiB, GiB, TiB "
          "(1024-based): \"100MiB\"");
  }
  for (const char* text :
       {"18446744073709551616", "16777216TiB", "18446744073709552kB", "99999999999999999999999999999B"}) {
    CAPTURE(text);
    const auto size = parse_size(text);
    REQUIRE(!size);
    CHECK(size.error().message == "\"" + std::string(text) + "\" is too large");
  }
}

}  // namespace anchoko::config
