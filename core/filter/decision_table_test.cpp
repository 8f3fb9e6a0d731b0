#include "core/filter/decision_table.h"

#include <vector>

#include <doctest/doctest.h>

#include "core/filter/compile.h"
#include "core/filter/parser.h"

// That its verdicts are libpcap's is tests/differential; here stands for which filters and records it has
// one.
namespace anchoko::filter {
namespace {

using Verdict = DecisionTable::Verdict;

DecisionTable table(const char* text, LinkType type = LinkType::ethernet) {
  const auto expr = parse(text);
  REQUIRE(expr);
  const auto code = compile(*expr, type, ByteOrder::little);
  REQUIRE(code);
  return DecisionTable::build(simplify(*code));
}

// Ethernet, IPv4 without options, TCP 192.0.2.1:1000 -> 192.0.2.2:53, SYN.
std::vector<std::byte> syn() {
  std::vector<std::byte> frame;
  for (const int octet :
       {2, 0, 0, 0,   0, 1, 2, 0, 0,   0, 0,  2, 8, 0, 0x45, 0, 0, 40, 0, 0,  0, 0, 64, 6, 0, 0, 192,
        0, 2, 1, 192, 0, 2, 2, 3, 232, 0, 53, 0, 0, 0, 0,    0, 0, 0,  0, 80, 2, 0, 0,  0, 0, 0, 0})
    frame.push_back(static_cast<std::byte>(octet));
  return frame;
}

TEST_CASE("the filters of every day have a table") {
  const std::vector<std::byte> frame = syn();
  for (const char* text : {"tcp", "host 192.0.2.2", "net 192.0.2.0/24", "tcp port 53", "port 53 or port 80",
                           "not port 53", "host 192.0.2.1 and tcp port 53", "tcp[tcpflags] & tcp-syn != 0",
                           "arp or ip", "ip and tcp portrange 1-100", "ether host 02:00:00:00:00:01"}) {
    CAPTURE(text);
    CHECK(table(text).judge(frame) == (text[0] == 'n' && text[1] == 'o' ? Verdict::reject : Verdict::accept));
  }
}

TEST_CASE("what is asked of IPv6 does not cost IPv4 its table") {
  CHECK(table("host 192.0.2.1 or host 2001:db8::1").judge(syn()) == Verdict::accept);
}

TEST_CASE("IPv4 options, short records and computed offsets are left to the program") {
  std::vector<std::byte> frame = syn();
  const DecisionTable ports = table("tcp port 53");
  CHECK(ports.judge(std::span(frame).first(38)) == Verdict::accept);
  CHECK(ports.judge(std::span(frame).first(37)) == Verdict::unsure);
  CHECK(ports.judge({}) == Verdict::unsure);
  CHECK(table("ip[ip[0] & 15] = 0").judge(frame) == Verdict::unsure);
  CHECK(table("tcp port 53", LinkType::ieee802_11).judge(frame) == Verdict::unsure);
  frame[14] = std::byte{0x46};
  CHECK(ports.judge(frame) == Verdict::unsure);
}

}  // namespace
}  // namespace anchoko::filter
