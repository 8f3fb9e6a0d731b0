#include "core/base/clock.h"

#include <doctest/doctest.h>

namespace anchoko {
namespace {

TEST_CASE("times are ISO 8601 in UTC with nanoseconds") {
  CHECK(iso_time(0) == "1970-01-01T00:00:00.000000000Z");
  CHECK(iso_time(1'000'000'001'000'000'002) == "2001-09-09T01:46:41.000000002Z");
  CHECK(iso_time(-1) == "1969-12-31T23:59:59.999999999Z");
}

TEST_CASE("durations and sizes are short") {
  using namespace std::chrono_literals;
  CHECK(human_duration(500ms) == "500ms");
  CHECK(human_duration(5500ms) == "5.5s");
  CHECK(human_duration(60s) == "1m");
  CHECK(human_duration(3h + 20min) == "3h 20m");
  CHECK(human_size(312) == "312 B");
  CHECK(human_size(1536) == "1.5 KiB");
  CHECK(human_size(1 << 30) == "1 GiB");
}

}  // namespace
}  // namespace anchoko
