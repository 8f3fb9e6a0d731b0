#include "backends/snoop/emulator_filter.h"

#include <random>
#include <stdexcept>

#include <doctest/doctest.h>

#include "backends/snoop/emulator_test_packets.h"

// Live filters: reference for snoop, section 4.5.
namespace anchoko::snoop::emulated {
namespace {

constexpr Path live = Path::live;

std::string error(std::string_view text, const Release& release = solaris11(),
                  Medium medium = Medium::ethernet) {
  return compile_error(text, live, release, medium);
}

Filter filter_of(std::string_view text, const Release& release = solaris11(), const Names& names = {}) {
  auto filter = make_filter(text, live, Medium::ethernet, release, names);
  if (!filter) throw std::runtime_error(filter.error().message);
  return std::move(*filter);
}

std::string where(std::string_view text, const Release& release = solaris11()) {
  const auto filter = filter_of(text, release);
  return std::string(filter.in_kernel ? "kernel" : "") + (filter.userland ? " userland" : "");
}

std::string repeated(const std::string& one, int count) {
  std::string text = one;
  for (int i = 1; i < count; ++i) text += " or " + one;
  return text;
}

TEST_CASE("snoop live: what the kernel takes, what is split, what is left to userland") {
  for (const char* text :
       {"tcp", "host 192.0.2.1 or arp", "(tcp or udp) and net 192.0.2.0", "vlan", "vlan-id 5", "proto 6",
        "ethertype 0x800", "broadcast", "multicast", "src 192.0.2.1 and dst 192.0.2.2", "2:0:0:0:0:1",
        "(tcp) host 192.0.2.1", "tcp and"}) {
    CAPTURE(text);
    CHECK(where(text) == "kernel");
  }
  for (const char* text : {"tcp and greater 60", "host 192.0.2.1 and greater 0 and (port 53 or arp)",
                           "tcp and ip[9] = 6", "udp rpc nfs", "vlan 100", "tcp not host 192.0.2.1"}) {
    CAPTURE(text);
    CHECK(where(text) == "kernel userland");
  }
  // An `or` seen or ahead, or what looks like one: `port`.
  for (const char* text : {"tcp or less 60", "less 60 or tcp", "tcp and port 80", "ip and less 60, arp",
                           "not tcp", "greater 0 and host 192.0.2.1", "tcp and srcport 80"}) {
    CAPTURE(text);
    CHECK(where(text) == " userland");
  }
}

TEST_CASE("snoop live: a split within parentheses is an error, and none in a file") {
  for (const char* text : {"(udp and not host 192.0.2.1)", "(tcp and less 60)", "(ip and less 60) or arp"}) {
    CAPTURE(text);
    CHECK(error(text) == "invalid expression");
    CHECK(error(text, solaris10()) == "invalid expression");  // 4.9: the same
    CHECK(compile_error(text, Path::userland_only) == "");
  }
  CHECK(error("(udp and port 53)") == "");  // `port` looks like an alternative
}

TEST_CASE("snoop live: what is refused") {
  CHECK(error("net 10.0.0.0/8") == "invalid expression at \"/\".");  // 4.4
  CHECK(error("vlan-id x") == "VLAN ID expected");                   // 2
  CHECK(error("host 255.255.255.255") == "could not resolve 255.255.255.255");
  CHECK(error("nowhere") == "could not resolve nowhere");
  CHECK(error("zone 1") == "filter option unsupported on media");
  CHECK(error("zone 1", solaris11(), Medium::ipnet) == "");
  CHECK(error("ip [9] = 6") != "");
  CHECK(error("(tcp") == "right paren expected");
  CHECK(error("vlan", solaris10()) == "could not resolve vlan");
}

TEST_CASE("snoop live: accepted, and nothing ever passes") {
  for (const char* text : {"tcp or", "src or dst 192.0.2.1", "vlan-id 5", "vlan-id 5 or tcp", "()"}) {
    CAPTURE(text);
    CHECK_FALSE(passes(text, tcp_frame(), live));
    CHECK_FALSE(passes(text, tagged(5, 0x0800, ip4(6, "192.0.2.1", "192.0.2.2", ports(1025, 80))), live));
  }
  // Userland knows it: the emission of 4.6.
  CHECK(passes("greater 0 and vlan-id 5", tagged(5, 0x0800, ip4(6, "192.0.2.1", "192.0.2.2", ports(1, 2))),
               live));
}

TEST_CASE("snoop live: pppoed and pppoes match everything, pppoe nothing") {
  CHECK(passes("pppoed", tcp_frame(), live));
  CHECK(passes("pppoes", tcp_frame(), live));
  CHECK_FALSE(passes("pppoe", ether(0x8864, Bytes(46)), live));
  Release works = solaris11();
  works.pppoe_live_broken = false;
  CHECK_FALSE(passes("pppoed", tcp_frame(), live, works));
  CHECK(passes("pppoe", ether(0x8864, Bytes(46)), live, works));
}

TEST_CASE("snoop live: primitives of the kernel hit and miss") {
  CHECK(passes("tcp", tcp_frame(), live));
  CHECK_FALSE(passes("udp", tcp_frame(), live));
  CHECK(passes("tcp", tcp6_frame(), live));
  CHECK(passes("host 192.0.2.1", tcp_frame(), live));
  CHECK_FALSE(passes("host 192.0.2.1", arp_frame(), live));
  CHECK_FALSE(passes("dst 192.0.2.1", tcp_frame(), live));
  CHECK(passes("2001:db8::1", tcp6_frame(), live));
  CHECK(passes("net 192.0.2.0", tcp_frame(), live));
  CHECK_FALSE(passes("net 10", ether(0x0800, ip4(6, "10.1.2.3", "192.0.2.2", ports(1, 2))), live));
  CHECK(passes("proto 6", tcp_frame(), live));
  CHECK(passes("ethertype 0x806", arp_frame(), live));
  CHECK(passes("ether 2:0:0:0:0:1", tcp_frame(), live));
  CHECK_FALSE(passes("dst 2:0:0:0:0:1", tcp_frame(), live));
  CHECK(passes("broadcast", arp_frame(), live));
  CHECK_FALSE(passes("broadcast", ether(0x0800, Bytes(46), 0x01ffffffff00), live));  // bytes 0 to 3
  CHECK_FALSE(passes("multicast", tcp_frame(), live));
  CHECK(passes("host 192.0.2.1 and tcp or arp", arp_frame(), live));
  const Bytes frame = tagged(5, 0x0800, ip4(6, "192.0.2.1", "192.0.2.2", ports(1025, 80)));
  for (const char* text : {"ip", "tcp", "host 192.0.2.1", "vlan", "vlan 100"})
    CHECK(passes(text, frame, live));
  CHECK_FALSE(passes("ip", frame, live, solaris10()));
  CHECK_FALSE(passes("vlan", tagged(0, 0x0800, Bytes(46)), live));
  CHECK(passes("ospf", ether(0x0800, ip4(89, "192.0.2.1", "224.0.0.5", Bytes(24))), live, solaris10()));
}

TEST_CASE("snoop live: addresses of both families reject short frames") {
  const Bytes shortest = ether(0x0800, ip4(17, "10.1.2.3", "192.0.2.2", Bytes(19)));
  REQUIRE(shortest.size() == 53);
  const char* text = "2001:db8::1 or 10.1.2.3";
  CHECK_FALSE(passes(text, shortest, live));
  CHECK(passes(text, shortest + Bytes(1), live));
  CHECK(passes(text, shortest));  // userland does not look that far
  const Bytes in_vlan = tagged(5, 0x0800, ip4(17, "10.1.2.3", "192.0.2.2", Bytes(19)));
  CHECK_FALSE(passes(text, in_vlan, live));
  CHECK(passes(text, in_vlan + Bytes(1), live));
}

TEST_CASE("snoop live: the direction is lost where the text is split") {
  const auto filter = filter_of("from rpc 100000");
  REQUIRE(filter.userland);
  CHECK(filter.userland->rpc_test(0).calls);
  const auto file = make_filter("from rpc 100000", Path::userland_only, Medium::ethernet, solaris11(), {});
  CHECK_FALSE(file->userland->rpc_test(0).calls);
}

TEST_CASE("snoop live: a program that is too long for the kernel is left to userland") {
  const auto fits = [](const std::string& one, int count) {
    return filter_of(repeated(one, count)).in_kernel;
  };
  CHECK(fits("host 192.0.2.1", 102));
  CHECK(fits("src host 192.0.2.1", 170));
  CHECK(fits("host 2001:db8::1", 30));
  CHECK(fits("net 192.0.2.0", 85));
  CHECK(error(repeated("host 192.0.2.1", 103)) == "expression too long");
  CHECK(error(repeated("src host 192.0.2.1", 171)) == "expression too long");
  CHECK(error(repeated("net 192.0.2.0", 86)) == "expression too long");
}

TEST_CASE("snoop live: recommended texts mean the same live, in files and on every release") {
  struct Meaning {
    const char* text;
    bool tcp, udp, tcp6, arp;
  };
  // 4.6; port 53 of UDP, 80 of TCP; the parts behind `greater 0 and`.
  static constexpr Meaning meanings[] = {
      {"host 192.0.2.1 or ((arp or rarp) and (ether[28:4] = 0xc0000201 or ether[38:4] = 0xc0000201))", true,
       true, false, true},
      {"ip and (ip[12:4] & 0xffffff80 = 0xc0000200 or ip[16:4] & 0xffffff80 = 0xc0000200)", true, true, false,
       false},
      {"ip6 and ((ip6[8:4] = 0x20010db8 and ip6[12:4] & 0xffff0000 = 0) or (ip6[24:4] = 1 and ip6[28:4] & 1 "
       "= 1))",
       false, false, true, false},
      {"(ip and ip[6:2] & 0x1fff = 0 and (ip[9] = 6 or ip[9] = 17 or ip[9] = 132) and port 80) or "
       "(ip6 and (ip6[6] = 6 or ip6[6] = 17 or ip6[6] = 132) and port 80)",
       true, false, true, false},
      {"not ((ip and ip[6:2] & 0x1fff = 0 and (ip[9] = 6 or ip[9] = 17) and port 80) or "
       "(ip6 and (ip6[6] = 6 or ip6[6] = 17) and port 80))",
       false, true, false, true},
      {"ip and tcp and ip[6:2] & 0x1fff = 0 and tcp[2:2] >= 79 and tcp[2:2] <= 81", true, false, false,
       false},
      {"length <= 54", true, true, false, true},
      {"ip and ip[9] = 6", true, false, false, false},
      {"ether[12:2] = 0x0806", false, false, false, true}};
  for (const auto& one : meanings) {
    const std::string text = "greater 0 and (" + std::string(one.text) + ")";
    CAPTURE(text);
    for (const auto& release : {solaris11(), solaris10()}) {
      for (const Path path : {live, Path::userland_only}) {
        CHECK(passes(text, tcp_frame(), path, release) == one.tcp);
        CHECK(passes(text, udp_frame(), path, release) == one.udp);
        CHECK(passes(text, tcp6_frame(), path, release) == one.tcp6);
        CHECK(passes(text, arp_frame(), path, release) == one.arp);
      }
    }
  }
}

TEST_CASE("snoop live: the kernel's filter knows the families of ipnet") {
  Bytes header;
  put(header, 0x0102000000000028, 8);
  header.resize(24);
  const Bytes packet = header + ip4(6, "192.0.2.1", "192.0.2.2", ports(1025, 80));
  for (const char* text : {"ip", "tcp", "host 192.0.2.1", "zone 0"}) {
    CAPTURE(text);
    CHECK(passes(text, packet, live, solaris11(), Medium::ipnet));
  }
  CHECK_FALSE(passes("udp", packet, live, solaris11(), Medium::ipnet));
  CHECK_FALSE(passes("tcp port 80", packet, live, solaris11(), Medium::ipnet));
}

// A random expression in which live and file must agree: no hazard of 4.5 lies in it.
std::string plain_expression(std::mt19937& random, int depth) {
  static constexpr const char* primitives[] = {"ip",
                                               "ip6",
                                               "arp",
                                               "tcp",
                                               "udp",
                                               "host 192.0.2.1",
                                               "dst 192.0.2.1",
                                               "net 192.0.2.0",
                                               "src net 192.0.0.0",
                                               "proto 6",
                                               "ethertype 0x806",
                                               "02:00:00:00:00:01",
                                               "multicast"};
  if (depth == 0 || random() % 3 == 0) return primitives[random() % std::size(primitives)];
  const std::string left = plain_expression(random, depth - 1), right = plain_expression(random, depth - 1);
  return "(" + left + (random() % 2 ? " and " : " or ") + right + ")";
}

TEST_CASE("snoop live: without hazards the two parts agree") {
  std::mt19937 random(5);
  const Bytes frames[] = {tcp_frame(), udp_frame(), tcp6_frame(), arp_frame() + Bytes(18)};
  int hits = 0, all = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string text = plain_expression(random, 3);
    CAPTURE(text);
    for (const auto& frame : frames) {
      const bool hit = passes(text, frame, live);
      CHECK(hit == passes(text, frame));
      hits += hit;
      ++all;
    }
  }
  CHECK(hits > all / 5);
  CHECK(hits < all * 4 / 5);
}

TEST_CASE("snoop: whatever words stand together, they are taken or refused with a message") {
  static constexpr const char* words[] = {
      "ip",   "tcp",     "(",       ")",      "[",         "]",           "ip[",         "tcp[",
      "9",    "0x10",    ":",       "2",      "4",         "=",           "!=",          "<",
      "+",    "-",       "|",       "&",      "/",         "%",           "and",         "or",
      "not",  "!",       ",",       "src",    "dst",       "ether",       "inet",        "inet6",
      "host", "net",     "port",    "proto",  "192.0.2.1", "2001:db8::1", "1:2:3:4:5:6", "10.1",
      "vlan", "vlan-id", "zone",    "less",   "greater",   "length",      "broadcast",   "rpc",
      "nfs",  "gateway", "between", "pppoed", "nofrag",    "bootp",       "name",        "$",
      "*"};
  std::mt19937 random(6);
  const Bytes frames[] = {tcp_frame(), tcp6_frame(), arp_frame(), stp_frame(), Bytes(3), Bytes()};
  int taken = 0;
  for (int i = 0; i < 30000; ++i) {
    std::string text;
    for (auto count = random() % 9; count > 0; --count)
      text += std::string(words[random() % std::size(words)]) + (random() % 4 ? " " : "");
    for (const Path path : {live, Path::userland_only}) {
      for (const Medium medium : {Medium::ethernet, Medium::ipnet}) {
        const Release release = random() % 2 ? solaris11() : solaris10();
        auto filter = make_filter(text, path, medium, release, {});
        if (!filter) {
          if (filter.error().message.empty()) FAIL_CHECK(text);
          continue;
        }
        ++taken;
        for (const auto& frame : frames) {
          const Packet packet{frame, 60};
          [[maybe_unused]] const bool hit = filter->kernel_accepts(packet, medium, release) &&
                                            filter->userland_accepts(packet, medium, release);
        }
      }
    }
  }
  CHECK(taken > 1000);
}

}  // namespace
}  // namespace anchoko::snoop::emulated
