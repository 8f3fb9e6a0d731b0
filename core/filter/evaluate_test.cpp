#include "core/filter/evaluate.h"

#include <initializer_list>

#include <doctest/doctest.h>

#include "core/filter/parser.h"

// Equality with libpcap on many filters and records is tests/differential; here stand the cases worth
// reading.
namespace anchoko::filter {
namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

void append(std::vector<std::byte>& to, const std::vector<std::byte>& what) {
  to.insert(to.end(), what.begin(), what.end());
}

const std::vector<std::byte> macs = bytes({2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2});
const std::vector<std::byte> tag = bytes({0x81, 0x00, 0x00, 0x07});
// IPv4 with one option word, UDP 192.0.2.1:1000 -> 192.0.2.2:53.
const std::vector<std::byte> udp = bytes({0x08, 0x00, 0x46, 0, 0, 32, 0, 0, 0, 0, 64,  17, 0,  0, 192, 0, 2,
                                          1,    192,  0,    2, 2, 1,  1, 1, 1, 3, 232, 0,  53, 0, 8,   0, 0});

std::vector<std::byte> untagged() {
  std::vector<std::byte> frame = macs;
  append(frame, udp);
  return frame;
}
std::vector<std::byte> tagged() {
  std::vector<std::byte> frame = macs;
  append(frame, tag);
  append(frame, udp);
  return frame;
}

bool matches(const char* text, const std::vector<std::byte>& frame, Reading reading) {
  const auto expr = parse(text);
  REQUIRE(expr);
  auto filter = RecordFilter::compile(*expr, LinkType::ethernet, reading);
  REQUIRE(filter);
  PacketRecord record;
  record.data = frame;
  record.original_length = static_cast<std::uint32_t>(frame.size());
  return filter->matches(record);
}

TEST_CASE("ports are found behind IPv4 options") {
  CHECK(matches("udp dst port 53", untagged(), Reading::file));
  CHECK_FALSE(matches("udp src port 53", untagged(), Reading::file));
}

TEST_CASE("the two readings differ on a tagged frame and only there") {
  CHECK_FALSE(matches("udp port 53", tagged(), Reading::file));
  CHECK(matches("udp port 53", tagged(), Reading::capture));
  CHECK(matches("not udp port 53", tagged(), Reading::file));
  CHECK_FALSE(matches("not udp port 53", tagged(), Reading::capture));
  CHECK(matches("udp port 53", untagged(), Reading::capture));
  CHECK(matches("vlan 7 and udp port 53", tagged(), Reading::file));
}

TEST_CASE("a filter that says vlan is judged as on a file") {
  CHECK(capture_reading(*parse("vlan and tcp")) == Reading::file);
  CHECK(capture_reading(*parse("tcp")) == Reading::capture);
}

TEST_CASE("a load beyond the record rejects it, also under not") {
  auto frame = untagged();
  frame.resize(20);
  CHECK_FALSE(matches("host 192.0.2.1", frame, Reading::file));
  CHECK_FALSE(matches("not host 192.0.2.1", frame, Reading::file));
  CHECK(matches("not ip6", frame, Reading::file));
}

TEST_CASE("what has no meaning on a link type is refused, what is not known is said") {
  const auto vlan = Program::compile(*parse("vlan"), LinkType::linux_sll2);
  REQUIRE_FALSE(vlan);
  CHECK(vlan.error().kind == ErrorKind::usage);
  CHECK_FALSE(is_evaluated(LinkType{147}));
  CHECK_FALSE(Program::compile(*parse("ip"), LinkType{147}));
}

TEST_CASE("read extent covers the longest IPv4 header") {
  const auto program = Program::compile(*parse("tcp port 80"), LinkType::ethernet);
  REQUIRE(program);
  CHECK(program->read_extent() == 14 + 60 + 4);
}

}  // namespace
}  // namespace anchoko::filter
