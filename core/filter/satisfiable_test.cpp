#include "core/filter/satisfiable.h"

#include <doctest/doctest.h>

namespace anchoko::filter {
namespace {

TEST_CASE("filters whose parts exclude each other are refused with a message") {
  for (const char* text :
       {"tcp and udp", "port 80 and icmp", "ip and ip6", "arp and tcp", "not tcp and tcp", "ip proto 300",
        "less 10 and greater 20", "host 192.0.2.1 and host 192.0.2.2 and host 192.0.2.3",
        "src host 192.0.2.1 and src host 192.0.2.2", "inbound and outbound", "ip[0] & 0xf0 = 0x45",
        "tcp src port 80 and tcp src port 81",
        "tcp portrange 80-90 and tcp src port 100 and tcp dst port 200"}) {
    CAPTURE(text);
    const auto expr = parse_satisfiable(text);
    REQUIRE_FALSE(expr);
    CHECK(expr.error().kind == ErrorKind::usage);
    REQUIRE(expr.error().diagnostics.size() == 1);
    CHECK(expr.error().diagnostics[0].message.find("no packet can match") == 0);
  }
}

// Each of these matches something, though at a glance it may not seem so.
TEST_CASE("filters that can match are accepted") {
  for (const char* text :
       {"", "host 192.0.2.1 and host 192.0.2.2", "port 80 and port 443", "tcp and not ip", "icmp6 and not ip",
        "vlan and vlan and ip", "arp and host 192.0.2.1", "ip6 proto 44 and udp", "mpls and ip",
        "ether[12:2] = 0x800 and ip", "tcp[13] & 2 != 0 and tcp[13] & 16 != 0", "not (ip or ip6)",
        "ip[9] = 6 or ip[9] = 17"}) {
    CAPTURE(text);
    CHECK(parse_satisfiable(text));
  }
}

}  // namespace
}  // namespace anchoko::filter
