// The filters of the shipped profiles, judged by libpcap: what each is meant to catch, and what lies next to
// it; and our verdicts on all generated frames.
#include "config/shipped_profiles.h"

#include <algorithm>
#include <sstream>

#include <doctest/doctest.h>

#include "config/resolve.h"
#include "tests/differential/compare.h"

namespace anchoko::differential {
namespace {

using testing::Octets;

constexpr std::uint16_t client_port = 40000;

// "tcp 80" is a segment from 192.0.2.10 to port 80 of 192.0.2.20, "tcp6 80" the same between 2001:db8::10 and
// ::20; "<udp 53" comes back from there; "tcp 80 2" has those TCP flags only; "icmp 3" and "icmp6 1" are of
// that type; "mld" is a listener report behind a hop-by-hop header; "arp" asks for 192.0.2.20; "far 80" is
// "tcp 80" between two other hosts; "fragment" a later one, between the first two.
Octets make_frame(const std::string& text) {
  std::istringstream words(text.front() == '<' ? text.substr(1) : text);
  const bool answer = text.front() == '<';
  std::string kind;
  unsigned number = 0;
  unsigned flags = 0x18;
  words >> kind >> number;
  if (unsigned given = 0; words >> given) flags = given;
  const bool six = kind.ends_with('6');
  const bool far = kind == "far";
  std::uint32_t from4 = testing::ipv4_address(far ? "198.51.100.1" : "192.0.2.10");
  std::uint32_t to4 = testing::ipv4_address(far ? "198.51.100.2" : "192.0.2.20");
  Octets from6 = testing::ipv6_address("2001:db8::10");
  Octets to6 = testing::ipv6_address("2001:db8::20");
  if (answer) {
    std::swap(from4, to4);
    std::swap(from6, to6);
  }
  const auto port = static_cast<std::uint16_t>(number);
  const std::uint16_t source = answer ? port : client_port;
  const std::uint16_t destination = answer ? client_port : port;
  Octets payload;
  std::uint8_t protocol = 6;
  if (kind == "tcp" || kind == "tcp6" || far) {
    payload = testing::tcp(source, destination);
    payload[13] = static_cast<std::uint8_t>(flags);
  } else if (kind == "udp" || kind == "udp6") {
    protocol = 17;
    payload = testing::udp(source, destination);
  } else if (kind == "icmp" || kind == "icmp6") {
    protocol = six ? 58 : 1;
    payload = {static_cast<std::uint8_t>(number), 0, 0, 0, 0, 0, 0, 0};
  } else if (kind == "mld") {
    // RFC 3810: hop-by-hop with a router alert option, then ICMPv6 type 143.
    const Octets report = {58, 0, 5, 2, 0, 0, 1, 0, 143, 0, 0, 0, 0, 0, 0, 0};
    return testing::ethernet(0x86dd, testing::ipv6({0, from6, testing::ipv6_address("ff02::16")}, report));
  } else if (kind == "arp") {
    return testing::ethernet(0x0806, testing::arp(1, from4, to4));
  } else if (kind == "fragment") {
    return testing::ethernet(0x0800, testing::ipv4({17, from4, to4, 0x00b9, {}}, Octets(32, 0x35)));
  } else {
    FAIL("no such frame: ", text);
  }
  if (six) return testing::ethernet(0x86dd, testing::ipv6({protocol, from6, to6}, payload));
  return testing::ethernet(0x0800, testing::ipv4({protocol, from4, to4, 0, {}}, payload));
}

struct Expected {
  std::string profile;
  std::vector<std::string> set;
  std::vector<std::string> hits;
  std::vector<std::string> misses;  // none: everything is wanted
};

// From the registrations of IANA and the vendors' manuals, not from the profiles.
const std::vector<Expected>& expectations() {
  static const std::vector<Expected> all{
      {"base", {}, {"tcp 80", "udp6 53", "arp", "icmp6 135"}, {}},
      {"everything", {}, {"tcp 80", "udp6 53", "arp", "icmp6 135", "fragment"}, {}},
      {"headers-only", {}, {"tcp 80", "udp6 53", "arp", "icmp6 135", "fragment"}, {}},
      {"dns",
       {},
       {"udp 53", "<udp 53", "tcp 53", "udp6 53", "<tcp6 53", "far 53"},
       {"udp 54", "udp 5353", "tcp 853", "arp", "icmp 3", "fragment"}},
      {"dns", {"server=192.0.2.20"}, {"udp 53", "<udp 53", "tcp 53"}, {"far 53", "udp6 53", "udp 123"}},
      {"dns", {"server=2001:db8::20"}, {"udp6 53", "<tcp6 53"}, {"udp 53", "tcp6 80"}},
      {"web",
       {},
       {"tcp 80", "<tcp 80", "tcp 443", "tcp6 443", "udp 443", "udp6 443"},
       {"udp 80", "tcp 8080", "tcp 22", "arp"}},
      {"web", {"host=192.0.2.10"}, {"tcp 80", "<tcp 443"}, {"far 80", "tcp6 80", "tcp 22"}},
      {"handshakes-and-resets",
       {},
       // SYN, SYN+ACK, FIN+ACK, RST, RST+ACK; unreachable, time exceeded, packet too big.
       {"tcp 80 2", "<tcp 80 18", "tcp 80 17", "<tcp 80 4", "<tcp 80 20", "tcp6 80 2", "<tcp6 80 18",
        "tcp6 80 17", "<tcp6 80 4", "icmp 3", "icmp 11", "icmp6 1", "icmp6 2", "icmp6 3"},
       {"tcp 80 16", "tcp 80 24", "tcp6 80 16", "<tcp6 80 24", "udp 53", "udp6 53", "icmp 8", "icmp 0",
        "icmp6 128", "icmp6 4", "icmp6 135", "arp"}},
      {"handshakes-and-resets", {"host=192.0.2.20"}, {"tcp 80 2", "icmp 3"}, {"far 80 2", "tcp 80 16"}},
      {"icmp",
       {},
       {"icmp 8", "icmp 0", "icmp 3", "icmp6 128", "icmp6 135", "icmp6 134", "icmp6 2", "mld"},
       {"tcp 80", "udp6 53", "arp", "fragment"}},
      {"icmp", {"host=2001:db8::10"}, {"icmp6 128", "mld"}, {"icmp 8", "tcp6 80"}},
      {"dhcp",
       {},
       {"udp 67", "<udp 67", "udp 68", "udp6 546", "udp6 547", "<udp6 547"},
       {"udp 66", "udp 69", "udp6 545", "udp6 548", "tcp 67", "arp", "icmp6 134"}},
      // The generated frames come from 00:00:5e:00:53:01.
      {"dhcp", {"client=0000.5E00.5301"}, {"udp 67"}, {"udp 53"}},
      {"dhcp", {"client=00:00:5e:00:53:99"}, {}, {"udp 67", "udp 53"}},
      {"ntp", {}, {"udp 123", "<udp 123", "udp6 123", "tcp 4460"}, {"udp 122", "tcp 123", "udp 4460", "arp"}},
      {"ntp", {"server=192.0.2.20"}, {"udp 123", "<udp 123"}, {"udp6 123", "udp 53"}},
      {"ldap-kerberos",
       {},
       {"tcp 88", "udp 88", "tcp 464", "udp 464", "tcp 389", "udp 389", "<udp6 389", "tcp 636", "tcp 3268",
        "tcp6 3269"},
       {"udp 636", "tcp 390", "udp 53", "tcp 445", "udp 3268", "arp"}},
      {"ldap-kerberos", {"server=192.0.2.20"}, {"tcp 389", "udp 88"}, {"far 389", "tcp 53"}},
      {"smb",
       {},
       {"tcp 445", "<tcp6 445", "tcp 139", "udp 137", "udp 138"},
       {"udp 445", "tcp 137", "udp 139", "tcp 2049", "arp"}},
      {"smb", {"server=192.0.2.20"}, {"tcp 445", "udp 137"}, {"far 445", "tcp6 445", "tcp 80"}},
      {"nfs",
       {},
       {"tcp 2049", "udp 2049", "tcp6 2049", "tcp 111", "udp 111", "tcp 20048", "udp 20048"},
       {"tcp 2050", "tcp 892", "udp 53", "arp"}},
      {"nfs", {"mountd=892"}, {"tcp 2049", "tcp 892", "udp 892"}, {"tcp 20048", "udp 53"}},
      {"nfs", {"server=192.0.2.20"}, {"tcp 2049", "udp 111"}, {"far 2049", "tcp6 2049"}},
      {"database",
       {},
       {"tcp 1433", "udp 1434", "tcp 1521", "tcp 2484", "tcp 3306", "<tcp6 3306", "tcp 33060", "tcp 5432",
        "tcp 50000", "tcp 6379", "tcp 27017", "tcp 9042"},
       {"udp 1433", "tcp 1434", "tcp 5433", "udp 3306", "tcp 80", "arp"}},
      {"database", {"server=192.0.2.20"}, {"tcp 5432", "<tcp 1433"}, {"far 5432", "tcp 80"}},
      {"by-host",
       {"host=192.0.2.20"},
       {"tcp 80", "<udp 53", "icmp 8", "arp", "fragment"},
       {"far 80", "tcp6 80", "icmp6 128"}},
      {"by-host", {"host=2001:db8::20"}, {"tcp6 80", "icmp6 128"}, {"tcp 80", "arp", "mld"}},
      {"by-host", {"host=192.0.2.20", "port=http"}, {"tcp 80", "<udp 80"}, {"tcp 81", "far 80", "arp"}},
      {"conversation",
       {"a=192.0.2.10", "b=192.0.2.20"},
       {"tcp 80", "<tcp 80", "icmp 8", "arp", "fragment"},
       {"far 80", "tcp6 80"}},
      {"conversation",
       {"a=192.0.2.10", "b=192.0.2.20", "port=80"},
       {"tcp 80", "<tcp 80", "udp 80"},
       {"tcp 443", "icmp 8", "arp", "fragment", "far 80"}},
      {"conversation", {"a=2001:db8::20", "b=2001:db8::10"}, {"tcp6 80", "<udp6 53"}, {"tcp 80", "mld"}},
      {"conversation", {"a=192.0.2.10", "b=203.0.113.1"}, {}, {"tcp 80", "far 80"}},
  };
  return all;
}

std::string filter_of(const Expected& expected) {
  const auto profile = config::ProfileLibrary({}, {}).load_complete(expected.profile);
  REQUIRE_MESSAGE(profile, expected.profile);
  config::Flags flags;
  flags.set = expected.set;
  const auto spec = config::resolve(*profile, flags, "tcpdump");
  REQUIRE_MESSAGE(spec, expected.profile, ": ", described(spec.error()));
  std::string text = spec->filter_text;
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

TEST_CASE(
    "shipped profiles: libpcap takes each filter, and finds with it what it is for and nothing beside") {
  for (const Expected& expected : expectations()) {
    const std::string text = filter_of(expected);
    const auto judge = testing::PcapFilter::compile(text, LinkType::ethernet);
    REQUIRE_MESSAGE(judge, expected.profile, ": ", text, ": ", judge.error());
    const auto matches = [&](const std::string& frame) {
      const Octets bytes = make_frame(frame);
      return judge->matches(bytes, static_cast<std::uint32_t>(bytes.size()));
    };
    for (const std::string& frame : expected.hits)
      CHECK_MESSAGE(matches(frame), expected.profile, " does not find ", frame, ": ", text);
    for (const std::string& frame : expected.misses)
      CHECK_MESSAGE(!matches(frame), expected.profile, " also finds ", frame, ": ", text);
  }
}

TEST_CASE("shipped profiles: each is in the table, with every parameter of it given and left out") {
  for (const auto& summary : config::ProfileLibrary({}, {}).list()) {
    CAPTURE(summary.name);
    bool hit = false;
    bool miss = false;
    std::string given;
    for (const Expected& expected : expectations()) {
      if (expected.profile != summary.name) continue;
      hit = hit || !expected.hits.empty();
      miss = miss || !expected.misses.empty();
      for (const auto& word : expected.set) given += " " + word;
    }
    CHECK(hit);
    const bool takes_all =
        summary.name == "base" || summary.name == "everything" || summary.name == "headers-only";
    CHECK(miss == !takes_all);
    for (const auto& parameter : summary.parameters)
      CHECK_MESSAGE(given.find(" " + parameter.name + "=") != std::string::npos, parameter.name);
  }
}

TEST_CASE("shipped profiles: our verdicts on every generated frame are libpcap's, on Ethernet and cooked") {
  for (const Expected& expected : expectations()) {
    const std::string text = filter_of(expected);
    for (const LinkType type : {LinkType::ethernet, LinkType::linux_sll2, LinkType::raw}) {
      // A cooked record has no MAC addresses, and raw IP no link layer.
      if (type != LinkType::ethernet && expected.profile == "dhcp" && !expected.set.empty()) continue;
      const Link link{type, ByteOrder::little};
      Compiled compiled = compile_both(text, link);
      CHECK_MESSAGE(compile_both(text, link).accepted_by_both(), text);
      const Tally tally = compare_verdicts(text, link, compiled, whole_frames(link));
      CHECK(tally.compared > 0);
    }
  }
}

}  // namespace anchoko::differential
