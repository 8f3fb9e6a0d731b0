#include "core/crib/explain_filter.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "core/filter/parser.h"

namespace anchoko::crib {
namespace {

std::vector<std::string> note_ids(const char* text) {
  const auto expr = filter::parse(text);
  REQUIRE(expr);
  std::vector<std::string> ids;
  for (const auto& note : explain_filter(*expr, text).notes) ids.push_back(note.id);
  return ids;
}

bool warns(const char* text, const char* id) {
  const auto ids = note_ids(text);
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// pcap-filter(7): each surprise where it is, and not where it is not.
TEST_CASE("the classic surprises are told where they are") {
  CHECK(warns("arp or udp and port 53", "equal-precedence"));
  CHECK_FALSE(warns("arp or (udp and port 53)", "equal-precedence"));
  CHECK_FALSE(warns("src or dst host 192.0.2.1 and tcp", "equal-precedence"));
  CHECK(warns("not host 192.0.2.1 and host 192.0.2.2", "not-binds-tightly"));
  CHECK_FALSE(warns("not (host 192.0.2.1 and host 192.0.2.2)", "not-binds-tightly"));
  CHECK(warns("port 80 or 443", "list-shorthand"));
  CHECK_FALSE(warns("port 80 or port 443", "list-shorthand"));
  CHECK(warns("host 192.0.2.1 or vlan and tcp", "vlan-shifts"));
  CHECK(warns("mpls and ip", "vlan-shifts"));
  CHECK_FALSE(warns("tcp or vlan", "vlan-shifts"));
  CHECK(warns("net 192.0.2.0/24", "host-includes-arp"));
  CHECK_FALSE(warns("ip host 192.0.2.1", "host-includes-arp"));
  CHECK_FALSE(warns("host 2001:db8::1", "host-includes-arp"));
  CHECK(warns("tcp port 80", "port-without-extension-headers"));
  CHECK_FALSE(warns("tcp", "port-without-extension-headers"));
  CHECK(warns("not port 53", "not-port-includes-others"));
  CHECK(warns("tcp[13] & 2 != 0", "bytes-of-transport-are-ipv4"));
  CHECK_FALSE(warns("ip[8] > 3", "bytes-of-transport-are-ipv4"));
  CHECK(warns("tcp", "tagged-frames"));
  CHECK_FALSE(warns("vlan and tcp", "tagged-frames"));
}

TEST_CASE("the meaning follows the structure, in two languages") {
  const char* text = "not host 192.0.2.1 and (tcp port 80 or icmp6)";
  const auto expr = filter::parse(text);
  REQUIRE(expr);
  const auto explanation = explain_filter(*expr, text);
  CHECK(explanation.canonical == "not host 192.0.2.1 and (tcp port 80 or icmp6)");
  const std::string english = render(explanation, false);
  CHECK(
      english.starts_with("Canonical form\n"
                          "  not host 192.0.2.1 and (tcp port 80 or icmp6)\n"
                          "\n"
                          "Meaning\n"
                          "  all of:\n"
                          "    not:\n"
                          "      the source or the destination is the address 192.0.2.1 (IPv4, ARP or RARP)\n"
                          "    at least one of:\n"
                          "      the source or the destination is port 80 (TCP)\n"
                          "      ICMPv6 in IPv6, directly or behind one fragment header\n"));
  CHECK(render(explanation, true).starts_with("正規形\n"));
}

TEST_CASE("every primitive has words in both languages") {
  for (const char* text : {"ip",
                           "ip6",
                           "arp",
                           "rarp",
                           "tcp",
                           "udp",
                           "sctp",
                           "icmp",
                           "icmp6",
                           "igmp",
                           "esp",
                           "ah",
                           "pim",
                           "vrrp",
                           "host 192.0.2.1",
                           "src host 2001:db8::1",
                           "dst net 192.0.2.0/24",
                           "src and dst net 2001:db8::/32",
                           "arp host 192.0.2.1",
                           "ether host 02:00:00:00:00:01",
                           "ether src 02:00:00:00:00:01",
                           "port 53",
                           "udp dst portrange 1-5",
                           "ip proto 89",
                           "ip6 proto 89",
                           "proto 89",
                           "ether proto 0x88cc",
                           "ether broadcast",
                           "ether multicast",
                           "ip multicast",
                           "ip6 multicast",
                           "less 64",
                           "greater 1500",
                           "inbound",
                           "outbound",
                           "vlan",
                           "vlan 7",
                           "mpls",
                           "mpls 16",
                           "ip[8] < 5",
                           "len > 60",
                           ""}) {
    CAPTURE(text);
    const auto expr = filter::parse(text);
    REQUIRE(expr);
    for (const auto& line : explain_filter(*expr, text).meaning) {
      CHECK_FALSE(line.text.en.empty());
      CHECK_FALSE(line.text.ja.empty());
    }
  }
}

}  // namespace
}  // namespace anchoko::crib
