#include "backends/snoop/emulator_userland.h"

#include <stdexcept>

#include <doctest/doctest.h>

#include "backends/snoop/emulator_test_packets.h"

// Expectations: reference for snoop, sections 4.1 to 4.4, 4.7 and 4.9, written before the code was run.
namespace anchoko::snoop::emulated {
namespace {

std::string error(std::string_view text, const Release& release = solaris11(),
                  Medium medium = Medium::ethernet) {
  return compile_error(text, Path::userland_only, release, medium);
}

std::string repeated(const std::string& one, const std::string& between, int count) {
  std::string text = one;
  for (int i = 1; i < count; ++i) text += between + one;
  return text;
}

TEST_CASE("snoop userland: what is refused, and how") {
  CHECK(error("ip [9] = 6") != "");                // 4.1
  CHECK(error("AND") == "could not resolve AND");  // 4.1
  CHECK(error("tcp AND udp") == "could not resolve AND");
  CHECK(error("tcp && udp") != "");
  CHECK(error("tcp || udp") != "");
  CHECK(error("host 255.255.255.255") == "couldn't resolve 255.255.255.255");  // 4.1
  CHECK(error("host nowhere") == "could not resolve nowhere");
  CHECK(error("(tcp) host 192.0.2.1") != "");      // 4.2
  CHECK(error("src or dst 192.0.2.1") != "");      // 4.2
  CHECK(error("tcp or") == "invalid expression");  // 4.2
  CHECK(error("(tcp") == "right paren expected");  // 2
  CHECK(error("tcp)") == "invalid expression");
  CHECK(error("()") != "");
  CHECK(error("port nonsense") == "invalid port number or name: nonsense");  // 2
  CHECK(error("net nonsense") == "net nonsense not known");                  // 2
  CHECK(error("vlan-id x") == "vlan id expected");                           // 2
  CHECK(error("proto tcp") != "");                                           // 4.3
  CHECK(error("proto 6 tcp") != "");                                         // 4.3
  CHECK(error("ethertype ip") != "");                                        // 4.3
  CHECK(error("icmp6[0] = 1") != "");                                        // 4.3
  CHECK(error("arp[6] = 1") != "");
  CHECK(error("sctp[0] = 1") != "");
  CHECK(error("ip[0:3] = 1") != "");
  CHECK(error("ether broadcast and host 192.0.2.1") == "cannot obtain ether addr for 192.0.2.1");  // 4.2
  CHECK(error("ether 2:0:0:0:0:1", solaris11(), Medium::infiniband) == "filter option unsupported on media");
}

TEST_CASE("snoop userland: what is taken") {
  for (const char* text : {"",
                           "tcp",
                           "tcp and",
                           "tcp udp",
                           "not tcp port 80",
                           "src 192.0.2.1 and dst 192.0.2.2",
                           "port 80 or 443",
                           "port 80,443",
                           "vlan 100",
                           "net 10.0.0.0/8",
                           "ip[12:4]&0xffff0000=0xc0000000",
                           "ether[ip[2:2]+14:1] > 3",
                           "rpc nfs,3,6",
                           "rpc 100000",
                           "between 192.0.2.1 192.0.2.2",
                           "! (arp or rarp)",
                           "dst tcp port 80",
                           "length <= 60",
                           "inet6 host 2001:db8::1",
                           "10.1",
                           "bootp",
                           "dhcp6",
                           "slp",
                           "ldap",
                           "apple",
                           "decnet"}) {
    CAPTURE(text);
    CHECK(error(text) == "");
  }
}

TEST_CASE("snoop userland: protocols") {
  CHECK(passes("ip", tcp_frame()));
  CHECK_FALSE(passes("ip", tcp6_frame()));
  CHECK(passes("ip6", tcp6_frame()));
  CHECK(passes("arp", arp_frame()));
  CHECK_FALSE(passes("rarp", arp_frame()));
  CHECK(passes("tcp", tcp_frame()));
  CHECK(passes("tcp", tcp6_frame()));
  CHECK_FALSE(passes("udp", tcp_frame()));
  CHECK_FALSE(passes("tcp", arp_frame()));
  const Bytes icmp6 = ether(0x86dd, ip6(58, "2001:db8::1", "2001:db8::2", ports(0, 0)));
  CHECK(passes("icmp6", icmp6));
  CHECK_FALSE(passes("icmp", icmp6));
  // The first next-header byte only.
  Bytes extended;
  put(extended, 0x0600000000000000, 8);
  CHECK_FALSE(passes("tcp", ether(0x86dd, ip6(0, "2001:db8::1", "2001:db8::2", extended + ports(1025, 80)))));
  CHECK(passes("pppoe", ether(0x8864, Bytes(46))));
  CHECK(passes("pppoes", ether(0x8864, Bytes(46))));
  CHECK_FALSE(passes("pppoed", ether(0x8864, Bytes(46))));
}

TEST_CASE("snoop userland: one 0x8100 tag is looked through, 0x88a8 and two tags are not") {
  const Bytes packet = ip4(6, "192.0.2.1", "192.0.2.2", ports(1025, 80));
  const Bytes frame = tagged(0x2005, 0x0800, packet);
  for (const char* text : {"ip", "tcp", "host 192.0.2.1", "port 80", "vlan", "vlan-id 5", "ethertype 0x800",
                           "ethertype 0x8100", "ip[9] = 6", "vlan 100"}) {
    CAPTURE(text);
    CHECK(passes(text, frame));
  }
  CHECK_FALSE(passes("vlan-id 6", frame));
  CHECK_FALSE(passes("vlan", tcp_frame()));
  CHECK_FALSE(passes("vlan", tagged(0x2000, 0x0800, packet)));  // id 0
  CHECK_FALSE(passes("ip", tagged(5, 0x0800, packet, 0x88a8)));
  Bytes inner;
  put(inner, 5, 2);
  put(inner, 0x0800, 2);
  CHECK_FALSE(passes("ip", tagged(5, 0x8100, inner + packet)));
}

TEST_CASE("snoop userland: hosts") {
  CHECK(passes("host 192.0.2.1", tcp_frame()));
  CHECK(passes("192.0.2.2", tcp_frame()));
  CHECK_FALSE(passes("192.0.2.3", tcp_frame()));
  CHECK(passes("src 192.0.2.1", tcp_frame()));
  CHECK_FALSE(passes("dst 192.0.2.1", tcp_frame()));
  CHECK(passes("from 192.0.2.1 to 192.0.2.2", tcp_frame()));
  CHECK(passes("between 192.0.2.1 192.0.2.2", tcp_frame()));
  CHECK_FALSE(passes("host 192.0.2.1", arp_frame()));  // ARP is not matched
  CHECK(passes("2001:db8::2", tcp6_frame()));
  CHECK_FALSE(passes("src 2001:db8::2", tcp6_frame()));
  // `inet host` leaves the direction for the next one (4.2).
  CHECK_FALSE(passes("src inet host 192.0.2.1 and host 192.0.2.2", tcp_frame()));
  CHECK(passes("src host 192.0.2.1 and host 192.0.2.2", tcp_frame()));
  Names names;
  names.add("both", "192.0.2.2");
  names.add("both", "2001:db8::2");
  const auto by_name = [&](const char* text, const Bytes& frame) {
    return passes(text, frame, Path::userland_only, solaris11(), Medium::ethernet, names);
  };
  CHECK(by_name("both", tcp_frame()));
  CHECK(by_name("both", tcp6_frame()));
  CHECK_FALSE(by_name("inet host both", tcp6_frame()));
  CHECK(by_name("inet6 host both", tcp6_frame()));
}

TEST_CASE("snoop userland: MAC addresses, broadcast, multicast") {
  CHECK(passes("ether 2:0:0:0:0:1", tcp_frame()));
  CHECK(passes("02:00:00:00:00:02", tcp_frame()));
  CHECK_FALSE(passes("ether host 2:0:0:0:0:3", tcp_frame()));
  CHECK_FALSE(passes("dst 2:0:0:0:0:1", tcp_frame()));
  CHECK(passes("broadcast", arp_frame()));
  CHECK(passes("broadcast", ether(0x0800, Bytes(46), 0x01ffffffff00)));  // bytes 1 to 4
  CHECK_FALSE(passes("broadcast", tcp_frame()));
  CHECK(passes("multicast", arp_frame()));
  CHECK_FALSE(passes("multicast", tcp_frame()));
}

TEST_CASE("snoop userland: nets are whole octets, without a test of the ethertype") {
  CHECK(passes("net 192.0.2.0", tcp_frame()));
  CHECK(passes("net 192.0.0.0", tcp_frame()));
  CHECK_FALSE(passes("net 192.0.3.0", tcp_frame()));
  CHECK(passes("srcnet 192.0.2.1", tcp_frame()));
  CHECK_FALSE(passes("dstnet 192.0.2.1", tcp_frame()));
  CHECK_FALSE(passes("dst net 192.0.2.1", tcp_frame()));
  const auto from = [](const char* source) {
    return ether(0x0800, ip4(6, source, "203.0.113.9", ports(1, 2)));
  };
  CHECK_FALSE(passes("net 10", from("10.1.2.3")));  // 4.4: host 0.0.0.10
  CHECK(passes("net 10", from("0.0.0.10")));
  CHECK(passes("net 129.144", from("0.0.129.144")));
  CHECK(passes("net 0.0.0.0", from("0.1.2.3")));  // 0/8
  CHECK_FALSE(passes("net 0.0.0.0", tcp_frame()));
  CHECK_FALSE(passes("net 10.0.0.0/8", from("10.1.2.3")));  // divided by 8
  // The bytes of an ARP packet, 12 into it: 0.1 of the sender's MAC is at 12.
  CHECK(passes("net 0.1.192.0", ether(0x0806, arp("192.0.2.1", "192.0.2.2"))));
}

TEST_CASE("snoop userland: ports are the first words after the IP header of any IP packet") {
  CHECK(passes("port 80", tcp_frame()));
  CHECK(passes("dst port 80", tcp_frame()));
  CHECK(passes("dstport http", tcp_frame()));
  CHECK_FALSE(passes("srcport 80", tcp_frame()));
  CHECK(passes("port 80", tcp6_frame()));
  CHECK(passes("port 80", ether(0x0800, ip4(1, "192.0.2.1", "192.0.2.2", ports(80, 0)))));
  CHECK(passes("port 80", ether(0x0800, ip4(6, "192.0.2.1", "192.0.2.2", ports(80, 0), 100))));
  CHECK(passes("port 80", ether(0x0800, ip4(6, "192.0.2.1", "192.0.2.2", ports(80, 0), 0, 2))));
  CHECK_FALSE(passes("port 0x50", tcp_frame()));  // 4.1: as atoi()
  CHECK(passes("port 0x50", tcp_frame(0, 80)));
  CHECK(passes("port 010", tcp_frame(10, 20)));
  // "or true" (0, number 6)
  CHECK(passes("port 80 or 443", udp_frame()));
  CHECK(passes("port 80,443", udp_frame()));
}

TEST_CASE("snoop userland: a port of what is not IP rejects the packet, whatever stands around it") {
  CHECK_FALSE(passes("port 53 or arp", arp_frame()));
  CHECK(passes("arp or port 53", arp_frame()));
  CHECK_FALSE(passes("not port 53", arp_frame()));
  CHECK(passes("not port 53", stp_frame()));
  Release strict = solaris11();
  strict.length_frames_pass = false;
  CHECK_FALSE(passes("not port 53", stp_frame(), Path::userland_only, strict));
  CHECK_FALSE(passes("not ip[60] = 1", tcp_frame()));  // beyond the packet
  CHECK_FALSE(passes("ip[60] = 1 or tcp", tcp_frame()));
  CHECK(passes("tcp or ip[60] = 1", tcp_frame()));
}

TEST_CASE("snoop userland: extension headers of IPv6 are skipped by luck only") {
  Bytes hop;
  put(hop, 0x1100000000000000, 8);
  const auto frame = [&](std::uint32_t source, const Bytes& headers, std::uint32_t next) {
    return ether(0x86dd, ip6(next, "2001:db8::1", "2001:db8::2", headers + ports(source, 9)));
  };
  CHECK(passes("port 4000", frame(4000, hop, 0)));
  CHECK_FALSE(passes("port 53", frame(53, hop, 0)));
  CHECK_FALSE(passes("port 11100", frame(11100, hop, 0)));
  Bytes chain;
  put(chain, 0x3c00000000000000, 8);
  CHECK_FALSE(passes("port 4000", frame(4000, chain + hop, 0)));
}

TEST_CASE("snoop userland: proto, ethertype, length, nofrag") {
  CHECK(passes("proto 6", tcp_frame()));
  CHECK(passes("ip proto 6", tcp_frame()));
  CHECK_FALSE(passes("proto 17", tcp_frame()));
  CHECK(passes("proto 0", arp_frame()));  // no test of the ethertype: byte 9 of the ARP packet, 00 of its MAC
  CHECK(passes("ethertype 0x0806", arp_frame()));
  CHECK_FALSE(passes("ethertype 0x0806", tcp_frame()));
  const Bytes frame = tcp_frame();  // 54 bytes
  REQUIRE(frame.size() == 54);
  CHECK_FALSE(passes("less 54", frame));
  CHECK(passes("less 55", frame));
  CHECK_FALSE(passes("greater 54", frame));
  CHECK(passes("greater 53", frame));
  CHECK(passes("length <= 54 and length >= 54", frame));
  CHECK(passes("nofrag", frame));
  CHECK(passes("nofrag", ether(0x0800, ip4(6, "192.0.2.1", "192.0.2.2", ports(1, 2), 0x2000))));
  CHECK_FALSE(passes("nofrag", ether(0x0800, ip4(6, "192.0.2.1", "192.0.2.2", ports(1, 2), 0x0010))));
  CHECK_FALSE(passes("nofrag", tcp6_frame()));
}

TEST_CASE("snoop userland: fields and arithmetic") {
  CHECK(passes("ip[9] = 6", tcp_frame()));
  CHECK(passes("ip[12:4] & 0xffffff00 = 0xc0000200", tcp_frame()));
  CHECK(passes("tcp[2:2] = 80", tcp_frame()));
  CHECK(passes("udp[2:2] = 80", tcp_frame()));  // the same place, no test of the protocol
  CHECK(passes("tcp[13] & 0x10 != 0", tcp_frame()));
  CHECK(passes("ether[0:4] = 0x02000000", tcp_frame()));
  CHECK(passes("ether[(ip[0] & 15) * 4 + 14 + 2:2] = 80", tcp_frame()));
  CHECK(passes("ip6[6] = 6", tcp6_frame()));
  CHECK(passes("(ip[9] = 6) | (ip[9] = 17)", udp_frame()));
  CHECK_FALSE(passes("1 / 0 or 1", tcp_frame()));
  CHECK(passes("ip[12:4] > 0x7fffffff", tcp_frame()));
  Release by_sign = solaris11();
  by_sign.signed_values = true;
  CHECK_FALSE(passes("ip[12:4] > 0x7fffffff", tcp_frame(), Path::userland_only, by_sign));
}

TEST_CASE("snoop userland: precedence") {
  // 4.2: `not` takes one primary; `and` binds tighter than `or`.
  CHECK(passes("not ip[9] = 0", tcp_frame()));         // (not 6) = 0
  CHECK_FALSE(passes("not ip[9] = 17", tcp_frame()));  // (not 6) = 17, where 6 is not 17
  CHECK_FALSE(passes("not tcp port 80", tcp_frame()));
  CHECK_FALSE(passes("not tcp port 81", tcp_frame()));
  CHECK(passes("tcp or udp and port 1", tcp_frame()));
  CHECK(passes("! udp", tcp_frame()));
  CHECK(passes("dst tcp port 80", tcp_frame()));
  CHECK_FALSE(passes("src tcp port 80", tcp_frame()));
}

TEST_CASE("snoop userland: helpers of applications") {
  const auto udp_between = [](std::uint32_t source, std::uint32_t destination) {
    return udp_frame(source, destination);
  };
  CHECK(passes("bootp", udp_between(68, 67)));
  CHECK(passes("dhcp", udp_between(67, 68)));
  CHECK_FALSE(passes("dhcp", udp_between(68, 68)));
  CHECK(passes("ldap", tcp_frame(1025, 389)));
  CHECK_FALSE(passes("ldap", udp_frame(1025, 389)));
  CHECK(passes("slp", udp_frame(427, 427)));
  CHECK(passes("dhcp6", ether(0x86dd, ip6(17, "2001:db8::1", "2001:db8::2", ports(546, 547)))));
  CHECK_FALSE(passes("dhcp6", udp_between(546, 547)));
  CHECK(passes("apple", ether(0x809b, Bytes(46))));
  CHECK(passes("decnet", ether(0x6003, Bytes(46))));
  CHECK_FALSE(passes("decnet", tcp_frame()));
}

TEST_CASE("snoop userland: a reply of rpc is known by its call") {
  const auto message = [](std::uint32_t transaction, std::uint32_t direction) {
    Bytes header;
    put(header, 0x04000801, 4);
    put(header, 0, 4);
    put(header, transaction, 4);
    put(header, direction, 4);
    if (direction == 0) {
      put(header, 2, 4);
      put(header, 100003, 4);
      put(header, 3, 4);
      put(header, 6, 4);
    } else {
      header.resize(header.size() + 16);
    }
    return ether(0x0800, ip4(17, "192.0.2.1", "192.0.2.2", header));
  };
  auto filter = make_filter("rpc nfs,3", Path::userland_only, Medium::ethernet, solaris11(), {});
  REQUIRE(filter);
  const auto hit = [&](const Bytes& frame) {
    return filter->userland_accepts({frame, static_cast<std::uint32_t>(frame.size())}, Medium::ethernet,
                                    solaris11());
  };
  CHECK_FALSE(hit(message(7, 1)));
  CHECK(hit(message(7, 0)));
  CHECK(hit(message(7, 1)));
  for (std::uint32_t i = 100; i < 356; ++i) CHECK(hit(message(i, 0)));
  CHECK_FALSE(hit(message(7, 1)));  // 256 entries
  CHECK_FALSE(passes("rpc nfs,4", message(7, 0)));
  CHECK_FALSE(passes("from rpc nfs", message(7, 0)));  // replies only
}

TEST_CASE("snoop userland: sizes and limits of programs") {
  const Release release = solaris11();
  const auto program = [&](const std::string& text) {
    return compile_userland(text, Medium::ethernet, release, {});
  };
  CHECK(program("host 192.0.2.1")->words() == 28);  // 4.7
  const std::string field = "(ip[12:4] = 5)";
  CHECK(program(repeated(field, " | ", 110)));
  CHECK(program(repeated(field, " | ", 113)).error().message == "expression too long");
  // 62 ORed field tests work, with 63 every packet is rejected.
  const std::string tests = repeated("ip[9] = 99", " or ", 61);
  CHECK(passes(tests + " or ip[9] = 6", tcp_frame()));
  CHECK_FALSE(passes("ip[9] = 6 or " + tests + " or ip[9] = 98", tcp_frame()));
  Release reached = release;
  reached.overflow_rejects_all = false;
  const std::string long_one = "ip[9] = 6 or " + tests + " or ip[9] = 98";
  CHECK(passes(long_one, tcp_frame(), Path::userland_only, reached));
  CHECK_FALSE(passes(long_one, udp_frame(), Path::userland_only, reached));
  // | leaves nothing behind.
  CHECK(passes(repeated("(ip[9] = 99)", " | ", 70) + " | (ip[9] = 6)", tcp_frame()));
}

TEST_CASE("snoop userland: the compiler takes as long as was measured") {
  const auto seconds = [](const std::string& one, int count, const std::string& between = " or ") {
    const auto filter =
        make_filter(repeated(one, between, count), Path::userland_only, Medium::ethernet, solaris11(), {});
    REQUIRE(filter);
    return compile_seconds(*filter, solaris11());
  };
  const auto about = [](double value, double measured) {
    return value > measured / 2 && value < measured * 2;
  };
  CHECK(about(seconds("host 192.0.2.1", 15), 0.2));  // all of them: 4.7
  CHECK(about(seconds("host 192.0.2.1", 17), 2));
  CHECK(about(seconds("host 192.0.2.1", 19), 13));
  CHECK(about(seconds("not host 192.0.2.1", 17, " and "), 2));
  CHECK(about(seconds("port 80", 24), 0.2));
  CHECK(about(seconds("port 80", 28), 3.5));
  CHECK(about(seconds("src host 192.0.2.1", 30), 14));
  CHECK(seconds("srcport 80", 60) < 0.001);
  CHECK(seconds("ip[9] = 6", 60) < 0.001);
  CHECK(seconds("(ip[12:4] = 5)", 100, " | ") < 0.001);
}

TEST_CASE("snoop userland: Solaris 10") {
  const Release ten = solaris10();
  for (const char* text : {"vlan", "vlan-id 5", "zone 1", "dhcp6", "ospf"}) {
    CAPTURE(text);
    CHECK(error(text, ten).starts_with("could not resolve "));
    CHECK(error(text) == "");
  }
  const Bytes frame = tagged(5, 0x0800, ip4(6, "192.0.2.1", "192.0.2.2", ports(1025, 80)));
  CHECK_FALSE(passes("ip", frame, Path::userland_only, ten));
  CHECK_FALSE(passes("host 192.0.2.1", frame, Path::userland_only, ten));
  CHECK(passes("ether[12:2] = 0x8100 and ether[14:2] & 0xfff = 5", frame, Path::userland_only, ten));
  CHECK(passes("proto 17", tcp_frame(), Path::userland_only, ten));  // true
  CHECK_FALSE(passes("net 192.0.2.0", tcp_frame(), Path::userland_only, ten));
  Release sparc = ten;
  sparc.net_swapped = false;
  CHECK(passes("net 192.0.2.0", tcp_frame(), Path::userland_only, sparc));
}

TEST_CASE("snoop userland: on ipnet families are compared with 4 and 6") {
  Bytes header;
  put(header, 0x0102000000000028, 8);
  header.resize(24);
  const Bytes packet = header + ip4(6, "192.0.2.1", "192.0.2.2", ports(1025, 80));
  const auto on_ipnet = [&](const char* text, const Release& release) {
    return passes(text, packet, Path::userland_only, release, Medium::ipnet);
  };
  for (const char* text : {"ip", "tcp", "host 192.0.2.1", "greater 0 and host 192.0.2.1", "tcp port 80"}) {
    CAPTURE(text);
    CHECK_FALSE(on_ipnet(text, solaris11()));
    Release mended = solaris11();
    mended.ipnet_families_broken = false;
    CHECK(on_ipnet(text, mended));
  }
  CHECK(on_ipnet("port 80", solaris11()));
  CHECK(on_ipnet("ip[0] & 0xf0 = 0x40 and ip[9] = 6", solaris11()));
  CHECK(on_ipnet("ether[2:2] = 0", solaris11()));
  CHECK(on_ipnet("zone 0", solaris11()));
  CHECK(on_ipnet("2:0:0:0:0:9", solaris11()));  // always true there
}

}  // namespace
}  // namespace anchoko::snoop::emulated
