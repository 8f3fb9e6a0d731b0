// Expectations: aix-iptrace.md 2 (how filters combine) and the open facts listed in emulator.cpp.
#include "backends/iptrace/emulator_filter.h"

#include <doctest/doctest.h>

#include "backends/iptrace/emulator_test_host.h"

using namespace anchoko::iptrace::emulated;

namespace {

bool passes(const std::string& lines, const std::string& line, const Octets& bytes, bool sent = false) {
  const TestHost folder(lines);
  const auto host = folder.open();
  const auto options = parse_options(host, words_of(line + " /tmp/x"));
  INFO(line);
  REQUIRE(options);
  return Filter(host, *options).passes(frame_of(bytes, sent));
}

bool passes(const std::string& line, const Octets& bytes) {
  return passes("", line, bytes);
}

const FrameMaker in{};  // 192.0.2.11:40000 to 192.0.2.10:80, tcp

FrameMaker back() {
  FrameMaker frame;
  std::swap(frame.source, frame.destination);
  std::swap(frame.source_port, frame.destination_port);
  return frame;
}

FrameMaker other_host() {
  FrameMaker frame;
  frame.source = 0xc000020c;  // 192.0.2.12
  return frame;
}

}  // namespace

TEST_CASE("without a filter everything is taken, ARP and IPv6 too") {
  CHECK(passes("", in.ip()));
  CHECK(passes("", in.ipv6()));
  CHECK(passes("", in.arp()));
  CHECK(passes("", in.link(0x88cc)));
  CHECK(passes("", Octets(5)));
}

TEST_CASE("-a leaves out ARP only") {
  CHECK_FALSE(passes("-a", in.arp()));
  CHECK(passes("-a", in.ip()));
  CHECK(passes("-a", in.arp(0x8035)));
  CHECK_FALSE(passes("fact iptrace-a-rarp drop\n", "-a", in.arp(0x8035)));
}

TEST_CASE("-s and -d take one direction, with -b both") {
  CHECK(passes("-s 192.0.2.11", in.ip()));
  CHECK_FALSE(passes("-s 192.0.2.11", back().ip()));
  CHECK(passes("-d 192.0.2.11", back().ip()));
  CHECK_FALSE(passes("-d 192.0.2.11", in.ip()));
  for (const char* line : {"-s 192.0.2.11 -b", "-d 192.0.2.11 -b"}) {
    CHECK(passes(line, in.ip()));
    CHECK(passes(line, back().ip()));
    CHECK_FALSE(passes(line, other_host().ip()));
  }
}

TEST_CASE("-s A -d B is from A to B, with -b also from B to A") {
  const std::string pair = "-s 192.0.2.11 -d 192.0.2.10";
  CHECK(passes(pair, in.ip()));
  CHECK_FALSE(passes(pair, back().ip()));
  CHECK_FALSE(passes(pair, other_host().ip()));
  CHECK(passes(pair + " -b", back().ip()));
  CHECK_FALSE(passes(pair + " -b", other_host().ip()));
  CHECK(passes("fact iptrace-host-pair or\n", pair, other_host().ip()));
}

TEST_CASE("-p takes either end of tcp and udp, lists are alternatives") {
  CHECK(passes("-p 80", in.ip()));
  CHECK(passes("-p 80", back().ip()));
  CHECK(passes("-p 443,40000", in.ip()));
  CHECK_FALSE(passes("-p 443,8080", in.ip()));
  auto other = in;
  other.protocol = 17;
  CHECK(passes("-p 80", other.ip()));
  other.protocol = 132;
  CHECK_FALSE(passes("-p 80", other.ip()));
  CHECK(passes("fact iptrace-port-protocols any\n", "-p 80", other.ip()));
  CHECK_FALSE(passes("fact iptrace-port-end source\n", "-p 80", in.ip()));
  CHECK(passes("fact iptrace-port-end source\n", "-p 80", back().ip()));
  CHECK(passes("fact iptrace-port-end destination\n", "-p 80", in.ip()));
}

TEST_CASE("what -p does with later fragments is open") {
  auto later = in;
  later.fragment = 185;
  auto unlike = later;
  unlike.destination_port = 81;
  CHECK_FALSE(passes("-p 80", later.ip()));
  CHECK(passes("fact iptrace-port-fragments all\n", "-p 80", unlike.ip()));
  CHECK(passes("fact iptrace-port-fragments raw\n", "-p 80", later.ip()));
  CHECK_FALSE(passes("fact iptrace-port-fragments raw\n", "-p 80", unlike.ip()));
  auto first = in;
  first.fragment = 0x2000;
  CHECK(passes("-p 80", first.ip()));
}

TEST_CASE("-P takes protocols by number or name") {
  CHECK(passes("-P tcp", in.ip()));
  CHECK(passes("-P 17,6", in.ip()));
  CHECK_FALSE(passes("-P udp", in.ip()));
  // The name stands for protocol 0, not for all of IP.
  CHECK_FALSE(passes("-P ip", in.ip()));
}

TEST_CASE("kinds are joined by and") {
  CHECK(passes("-P tcp -p 80 -s 192.0.2.11", in.ip()));
  CHECK_FALSE(passes("-P udp -p 80", in.ip()));
  CHECK_FALSE(passes("-P tcp -p 80 -s 192.0.2.12", in.ip()));
  CHECK(passes("fact iptrace-combine or\n", "-P udp -p 80", in.ip()));
}

TEST_CASE("IPv6 under -p and -P is open") {
  CHECK(passes("-p 80", in.ipv6()));
  CHECK_FALSE(passes("fact iptrace-port-ipv6 no\n", "-p 80", in.ipv6()));
  CHECK(passes("-P tcp", in.ipv6()));
  CHECK_FALSE(passes("fact iptrace-protocol-ipv6 no\n", "-P tcp", in.ipv6()));
  CHECK_FALSE(passes("-p 80", in.ipv6(true)));
  CHECK(passes("fact iptrace-ipv6-extensions walk\n", "-p 80", in.ipv6(true)));
  CHECK_FALSE(passes("-s 192.0.2.11", in.ipv6()));
  const std::string accept = "fact iptrace-ipv6-hosts accept\n";
  CHECK(passes(accept, "-s 2001:db8::b", in.ipv6()));
  CHECK_FALSE(passes(accept, "-s 2001:db8::a", in.ipv6()));
}

TEST_CASE("ARP under a host filter, and what is no IP, are open") {
  CHECK_FALSE(passes("-s 192.0.2.11", in.arp()));
  CHECK(passes("fact iptrace-arp-host pass\n", "-s 192.0.2.99", in.arp()));
  CHECK(passes("fact iptrace-arp-host match\n", "-s 192.0.2.11", in.arp()));
  CHECK_FALSE(passes("fact iptrace-arp-host match\n", "-s 192.0.2.99", in.arp()));
  CHECK_FALSE(passes("-p 80", in.arp()));
  CHECK(passes("fact iptrace-arp-port pass\n", "-p 80", in.arp()));
  CHECK_FALSE(passes("fact iptrace-arp-host match\nfact iptrace-arp-port pass\n", "-a -p 80", in.arp()));
  CHECK_FALSE(passes("-P tcp", in.link(0x88cc)));
  CHECK(passes("fact iptrace-non-ip pass\n", "-P tcp", in.link(0x88cc)));
  auto tagged = in;
  tagged.tags = {7};
  CHECK_FALSE(passes("-p 80", tagged.ip()));
  CHECK(passes("fact iptrace-vlan through\n", "-p 80", tagged.ip()));
}

TEST_CASE("without -e third parties are not seen") {
  auto foreign = in;
  foreign.to = 0x02000000000c;
  CHECK_FALSE(passes("", foreign.ip()));
  CHECK(passes("-e", foreign.ip()));
  CHECK_FALSE(passes("fault iptrace-no-promiscuous\n", "-e", foreign.ip()));
  foreign.to = 0xffffffffffff;
  CHECK(passes("", foreign.ip()));
  CHECK(passes("", "", back().ip(), true));
}

TEST_CASE("-i may mean received packets only") {
  CHECK(passes("", "-i en0", in.ip(), true));
  CHECK_FALSE(passes("fact iptrace-interface-direction received\n", "-i en0", in.ip(), true));
  CHECK(passes("fact iptrace-interface-direction received\n", "-i en0", in.ip(), false));
}
