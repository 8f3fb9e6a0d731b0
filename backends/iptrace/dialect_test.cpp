// Expectations by hand from the reference on iptrace: its options, how they combine, and what is left open.
#include <string>

#include <doctest/doctest.h>

#include "backends/iptrace/iptrace.h"
#include "core/filter/parser.h"
#include "core/plan/legalize.h"

using namespace anchoko;

namespace {

std::string words(const std::string& text, const std::vector<std::string>& assume = {}) {
  const auto parsed = filter::parse(text);
  REQUIRE(parsed);
  SessionSpec spec;
  spec.filter = *parsed;
  spec.assume = assume;
  const HostFacts facts = iptrace::assumed_facts();
  const auto lowered = plan::legalize(*parsed, iptrace::dialect(), {spec, facts});
  CHECK_FALSE(lowered.exact());  // filtering again decides
  std::string all;
  for (const auto& word : lowered.native_words) all += (all.empty() ? "" : " ") + word;
  return all;
}

}  // namespace

TEST_CASE("iptrace: hosts of IPv4, one end, either end, both ends") {
  CHECK(words("ip src host 192.0.2.1") == "-a -s 192.0.2.1");
  CHECK(words("ip dst host 192.0.2.1") == "-a -d 192.0.2.1");
  CHECK(words("ip host 192.0.2.1") == "-a -s 192.0.2.1 -b");
  CHECK(words("ip src host 192.0.2.1 and ip dst host 192.0.2.2") == "-a -s 192.0.2.1 -d 192.0.2.2");
  CHECK(words("ip host 192.0.2.1 and ip host 192.0.2.2") == "-a -s 192.0.2.1 -d 192.0.2.2 -b");
  // Several hosts on one side cannot be said.
  CHECK(words("ip src host 192.0.2.1 or ip src host 192.0.2.2") == "-a");
}

TEST_CASE("iptrace: protocols and ports of IPv4, in lists") {
  CHECK(words("ip and tcp") == "-a -P 6");
  CHECK(words("icmp") == "-a -P 1");
  CHECK(words("ip and (tcp or udp)") == "-a -P 6,17");
  CHECK(words("ip host 192.0.2.1 and tcp port 22") == "-a -P 6 -s 192.0.2.1 -b");
  const auto ports = [](const char* text) { return words(text, {iptrace::fact::port_either_end}); };
  CHECK(ports("ip and tcp port 80") == "-a -P 6 -p 80");
  CHECK(ports("ip and (tcp port 80 or tcp port 443)") == "-a -P 6 -p 80,443");
  CHECK(ports("ip and tcp dst port 80") == "-a -P 6 -p 80");  // either end; the rest is judged again
  CHECK(ports("ip host 192.0.2.1 and tcp port 22") == "-a -P 6 -s 192.0.2.1 -b -p 22");
  CHECK(ports("ip and udp portrange 100-102") == "-a -P 17 -p 100,101,102");
  CHECK(ports("ip and udp portrange 100-200") == "-a -P 17");
}

TEST_CASE("iptrace: what its manual leaves open is not relied on, unless someone vouches for it") {
  // ARP belongs to `host`, and whether it passes a host filter is open.
  CHECK(words("host 192.0.2.1").empty());
  CHECK(words("host 192.0.2.1", {iptrace::fact::other_frames_pass}) == "-s 192.0.2.1 -b");
  // So do ports of IPv6 to `port`.
  CHECK(words("udp port 53") == "-a");
  // libpcap looks for ports behind no fragment header, for protocols behind one (44).
  CHECK(words("udp port 53", {iptrace::fact::protocol_ipv6}) == "-a -P 17");
  CHECK(words("udp", {iptrace::fact::protocol_ipv6}) == "-a -P 17,44");
  CHECK(words("udp port 53", {iptrace::fact::protocol_ipv6, iptrace::fact::port_ipv6,
                              iptrace::fact::port_either_end}) == "-a -P 17 -p 53");
  // Which end -p asks for, and of which protocols.
  CHECK(words("ip and udp port 53") == "-a -P 17");
  CHECK(words("ip and port 53", {iptrace::fact::port_either_end}) == "-a -P 6,17,132");
  CHECK(words("ip and port 53", {iptrace::fact::port_either_end, iptrace::fact::port_sctp}) ==
        "-a -P 6,17,132 -p 53");
}

TEST_CASE("iptrace: no option for it, so everything passes") {
  for (const char* text : {"not ip host 192.0.2.1", "net 192.0.2.0/24", "ether host 02:00:00:00:00:01",
                           "ip6 host ::1", "tcp[13] & 2 != 0", "arp", "less 100"})
    CHECK(words(text).find("-s") == std::string::npos);
  CHECK(words("arp").empty());
  CHECK(words("not arp and not rarp") == "-a");
  CHECK(words("not arp").empty());  // whether -a takes RARP for ARP is open
  CHECK(words("ip host 192.0.2.1 or arp").empty());
}
