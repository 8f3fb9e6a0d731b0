#include "backends/nettl/emulator_filter.h"

#include <doctest/doctest.h>

#include "backends/nettl/emulator_testing.h"

namespace anchoko::nettl::emulated {
namespace {

using namespace testing;

struct Filters {
  explicit Filters(const std::string& facts = "", const std::string& release = "B.11.31")
      : test(facts, release),
        host(test.open()),
        edition(test.edition()),
        subsystems(subsystems_of(host, edition)),
        how(filter_reading(host)) {}

  Result<Filter> line(const std::string& text) const {
    return parse_filter_line({subsystems, edition, how, host}, text);
  }
  bool takes(const std::string& expression, const std::string& subsystem = "IETHER") const {
    return line("subsystem " + subsystem + " " + expression).has_value();
  }
  bool hits(const std::string& expression, const Octets& frame) const {
    const auto filter = line("subsystem IETHER " + expression);
    REQUIRE_MESSAGE(filter, expression);
    return matches(*filter, look_at_frame(bytes_of(frame), how.through_tags), how);
  }

  TestHost test;
  lab::EmulatedHost host;
  Edition edition;
  std::vector<Subsystem> subsystems;
  FilterReading how;
};

const Octets web = ethernet(0x0800, ipv4(6, tcp(40000, 80, 0x10)));
const Octets dns = ethernet(0x0800, ipv4(17, udp(53, 5353)));
const Octets ping = ethernet(0x0800, ipv4(1, {8, 0, 0, 0, 0, 0, 0, 0}));
const Octets arp = ethernet(0x0806, Octets(28));
const Octets web6 = ethernet(0x86dd, ipv6(6, tcp(40000, 80)));
const Octets llc = ethernet(38, Octets(38));

TEST_CASE("capture filters: each operand hits and misses (hpux-nettl.md 4)") {
  const Filters f;
  struct Case {
    const char* expression;
    const Octets& hit;
    const Octets& miss;
  };
  const Octets other_mac = ethernet(0x0800, ipv4(6, tcp(1, 2)), us, them);
  const Octets back = ethernet(0x0800, ipv4(6, tcp(80, 40000, 0x12), our_ip, their_ip));
  const Octets refused = ethernet(0x0800, ipv4(1, {3, 3, 0, 0, 0, 0, 0, 0}));
  for (const Case& one : {
           Case{"mac_src == 0x020000000009", web, other_mac},
           Case{"mac_dst == 0x020000000001", web, other_mac},
           Case{"mac_type == 0x0806", arp, web},
           Case{"mac_type != 2054", web, arp},
           Case{"ip_src == 192.0.2.9", web, back},
           Case{"ip_dst == 192.0.2.9", back, web},
           Case{"ip_dst == hpux1", web, back},  // a name
           Case{"ip_p == 17", dns, web},
           Case{"ip_p == 0x11", dns, web},
           Case{"ip_p == 021", dns, web},  // octal
           Case{"ip_p != 6", dns, web},
           Case{"th_sport == 80", back, web},
           Case{"th_dport == 80", web, back},
           Case{"th_dport < 81", web, back},
           Case{"th_dport <= 80", web, back},
           Case{"th_dport > 80", back, web},
           Case{"th_dport >= 40000", back, web},
           Case{"uh_sport == 53", dns, web},
           Case{"uh_dport == 5353", dns, web},
           Case{"icmp_type == 8", ping, refused},
           Case{"icmp_code == 3", refused, ping},
           Case{"IP_SRC == 192.0.2.9 && TH_DPORT == 80", web, back},
           Case{"th_dport == 80 || uh_sport == 53", dns, back},
       }) {
    CAPTURE(one.expression);
    CHECK(f.hits(one.expression, one.hit));
    CHECK_FALSE(f.hits(one.expression, one.miss));
  }
}

TEST_CASE("capture filters: what is not described is refused (hpux-nettl.md 4)") {
  const Filters f;
  for (const char* expression : {
           "",
           "ip_src",
           "ip_src ==",
           "ip_src = 192.0.2.1",  // a single =
           "ip_src == 192.0.2.0/24",
           "ip_src == 2001:db8::1",  // no netmask, no IPv6
           "ip_src == 192.0.2.256",
           "ip_src == 192.0.2",
           "ip_src == nobody",
           "ip_src < 192.0.2.1",  // unconfirmed
           "mac_src == 02:00:00:00:00:09",
           "mac_src == 1234",
           "mac_src == 0x1020000000009",
           "mac_type == 0x05dc",
           "mac_type == 0x10000",
           "mac_type > 0x0800",
           "ip_p == 256",
           "ip_p < 6",
           "ip_p == tcp",
           "th_dport == 0",
           "th_dport == 65536",
           "th_dport == no_such_service",
           "th_flags == X",
           "th_flags > S",
           "icmp_type == 256",
           "icmp_type >= 8",
           "ip6_src == 1",
           "port == 80",
           "th_port == 80",
           "th_dport == 80 &&",
           "th_dport == 80 and th_sport == 1",
           "th_dport == 80 th_sport == 1",
           "( th_dport == 80 )",
           "! th_dport == 80",
           "not th_dport == 80",
           "th_dport==80",
           "th_dport == 80 & ip_p == 6",
       }) {
    CAPTURE(expression);
    CHECK_FALSE(f.takes(expression));
  }
  CHECK_FALSE(f.line("IETHER ip_p == 6"));
  CHECK_FALSE(f.line("subsystem NS_LS_IPV6 ip_p == 6"));
  CHECK_FALSE(f.line("subsystem nothing ip_p == 6"));
  CHECK_FALSE(f.takes("mac_type == 0x0800", "NS_LS_IP"));
  CHECK_FALSE(f.takes("uh_dport == 1", "NS_LS_TCP"));
  CHECK(f.takes("th_dport == 80", "NS_LS_TCP"));
  CHECK(f.takes("mac_type == 0x0800", "LINKALL"));
  CHECK_FALSE(Filters("fact nettl-edition oldest\n").takes("ip_p == 6", "LINKALL"));
}

TEST_CASE("capture filters: a file has one line for each subsystem (hpux-nettl.md 4)") {
  const Filters f;
  const auto file = [&](const std::string& text, const Filters& with) {
    return parse_filter_file({with.subsystems, with.edition, with.how, with.host}, text);
  };
  const auto two =
      file("subsystem IETHER ip_src == 192.0.2.10 && th_dport == 80\n\nsubsystem NS_LS_IP ip_p == 1\n", f);
  REQUIRE(two);
  CHECK(two->size() == 2);
  CHECK((*two)[0].text == "ip_src == 192.0.2.10 && th_dport == 80");
  CHECK_FALSE(file("", f));
  CHECK_FALSE(file("subsystem IETHER ip_p == 1\nsubsystem iether ip_p == 6\n", f));
  CHECK_FALSE(file("# a comment\nsubsystem IETHER ip_p == 1\n", f));
  CHECK(file("# a comment\nsubsystem IETHER ip_p == 1\n", Filters("fact nettl-filter-comments yes\n")));
  const auto wrong = file("subsystem IETHER ip_p == 1\nsubsystem BTLAN ip_p == 256\n", f);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.find("line 2") != std::string::npos);
}

TEST_CASE("capture filters: th_flags is no plain test (hpux-nettl.md 4)") {
  const auto with = [](unsigned flags) { return ethernet(0x0800, ipv4(6, tcp(1, 2, flags))); };
  const Filters f;
  CHECK(f.hits("th_flags == SA", with(0x02)));
  CHECK(f.hits("th_flags == SA", with(0x10)));
  CHECK(f.hits("th_flags == SA", with(0x12)));
  CHECK_FALSE(f.hits("th_flags == SA", with(0x11)));
  CHECK_FALSE(f.hits("th_flags == SA", with(0x04)));
  CHECK_FALSE(f.hits("th_flags == F", with(0x01)));
  CHECK_FALSE(f.hits("th_flags == F", with(0x11)));
  CHECK_FALSE(f.hits("th_flags == P", with(0x18)));
  CHECK(f.hits("th_flags != S", with(0x10)));
  CHECK_FALSE(f.hits("th_flags != S", with(0x02)));
  const Filters any("fact nettl-filter-th-flags any\n");
  CHECK(any.hits("th_flags == SA", with(0x11)));
  CHECK_FALSE(any.hits("th_flags == F", with(0x01)));
}

TEST_CASE("capture filters: the open facts (hpux-nettl.md 4)") {
  // web: ip_p 6, port 80. A or B and C: 6 || (17 && 1).
  const std::string mixed = "ip_p == 6 || ip_p == 17 && th_dport == 1";
  CHECK(Filters().hits(mixed, web));
  CHECK_FALSE(Filters("fact nettl-filter-precedence left-to-right\n").hits(mixed, web));
  CHECK_FALSE(Filters("fact nettl-filter-precedence or-first\n").hits(mixed, web));
  const std::string ending = "th_dport == 1 && ip_p == 17 || ip_p == 6";
  CHECK(Filters().hits(ending, web));
  CHECK(Filters("fact nettl-filter-precedence left-to-right\n").hits(ending, web));
  CHECK_FALSE(Filters("fact nettl-filter-precedence or-first\n").hits(ending, web));

  CHECK_FALSE(Filters().hits("th_dport != 443", dns));
  CHECK(Filters("fact nettl-filter-absent unequal\n").hits("th_dport != 443", dns));
  CHECK_FALSE(Filters("fact nettl-filter-absent unequal\n").hits("th_dport > 1", dns));

  const Octets tagged = ethernet(0x8100, be16(5) + be16(0x0800) + ipv4(6, tcp(40000, 80)));
  CHECK_FALSE(Filters().hits("th_dport == 80", tagged));
  CHECK(Filters().hits("mac_type == 0x8100", tagged));
  CHECK(Filters("fact nettl-filter-vlan yes\n").hits("th_dport == 80", tagged));

  CHECK_FALSE(Filters().hits("th_dport == 80", web6));
  CHECK(Filters("fact nettl-filter-ipv6-ports yes\n").hits("th_dport == 80", web6));
  CHECK_FALSE(Filters("fact nettl-filter-ipv6-ports yes\n").hits("ip_p == 6", web6));

  const Filters ordered("fact nettl-filter-ip-order yes\nfact nettl-filter-mac-order yes\n");
  CHECK(ordered.hits("ip_src >= 192.0.2.0 && ip_src <= 192.0.2.255", web));
  CHECK_FALSE(ordered.hits("ip_src > 192.0.2.9", web));
  CHECK(ordered.hits("mac_src > 0x020000000001", web));
  CHECK_FALSE(Filters("fact nettl-filter-port-order no\n").takes("th_dport > 1"));
  CHECK(Filters("fact nettl-filter-blanks optional\n").hits("th_dport==80&&ip_p!=17", web));
}

TEST_CASE("capture filters: packets that lack a field (hpux-nettl.md 4)") {
  const Filters f;
  CHECK_FALSE(f.hits("mac_type != 0x0800", llc));  // a length is no type
  CHECK_FALSE(f.hits("ip_p != 6", arp));
  CHECK_FALSE(f.hits("ip_p == 6", web6));
  const Octets later = ethernet(0x0800, ipv4(17, udp(53, 53), their_ip, our_ip, 10));
  CHECK(f.hits("ip_p == 17", later));
  CHECK_FALSE(f.hits("uh_sport == 53", later));
  CHECK_FALSE(f.hits("th_dport == 80", ethernet(0x0800, ipv4(6, {0, 1}))));
}

}  // namespace
}  // namespace anchoko::nettl::emulated
