#include "core/plan/join_alternatives.h"

#include <string>

#include <doctest/doctest.h>

#include "core/filter/parser.h"
#include "core/filter/printer.h"

using namespace anchoko;

namespace {

std::string join(const std::string& text, std::size_t most) {
  const auto parsed = filter::parse(text);
  REQUIRE(parsed);
  return filter::print(plan::join_alternatives(*parsed, most));
}
std::string plain(const std::string& text) {
  const auto parsed = filter::parse(text);
  REQUIRE(parsed);
  return filter::print(*parsed);
}

}  // namespace

TEST_CASE("join: the nearest addresses become nets, the rest stays") {
  const std::string four = "host 192.0.2.1 or host 192.0.2.2 or host 192.0.2.3 or host 10.9.8.7";
  CHECK(join(four, 4) == plain(four));
  CHECK(join(four, 3) == plain("host 10.9.8.7 or host 192.0.2.1 or net 192.0.2.2/31"));
  CHECK(join(four, 2) == plain("host 10.9.8.7 or net 192.0.2.0/30"));
  CHECK(join(four, 1) == plain("net 0.0.0.0/0"));
  CHECK(join("host 192.0.2.1 or net 192.0.2.128/25 or arp", 1) == plain("net 192.0.2.0/24 or arp"));
}

TEST_CASE("join: ports become ranges") {
  CHECK(join("port 80 or port 81 or portrange 90-99 or port 443", 2) == plain("portrange 80-99 or port 443"));
}

TEST_CASE("join: only what is alike, and never below a negation") {
  const std::string apart = "src host 192.0.2.1 or dst host 192.0.2.2 or tcp port 80 or udp port 80";
  CHECK(join(apart, 1) == plain(apart));
  const std::string negated = "not (host 192.0.2.1 or host 192.0.2.2)";
  CHECK(join(negated, 1) == plain(negated));
  CHECK(join("udp and (port 1 or port 3)", 1) == plain("udp and portrange 1-3"));
  CHECK(join("port 1 and port 3", 1) == plain("port 1 and port 3"));
}
