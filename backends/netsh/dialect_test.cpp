// Expected words are derived by hand from netsh's help (README.md) and pcap-filter(7).
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "backends/netsh/netsh.h"
#include "core/filter/parser.h"
#include "core/filter/printer.h"
#include "core/plan/legalize.h"

namespace {

using namespace anchoko;

LoweredFilter lower(const std::string& text, const std::vector<std::string>& assume = {}) {
  SessionSpec spec;
  auto parsed = filter::parse(text);
  REQUIRE_MESSAGE(parsed.has_value(), text);
  spec.filter = *parsed;
  spec.assume = assume;
  const HostFacts facts = netsh::assumed_facts();
  return plan::legalize(spec.filter, netsh::dialect(), DialectContext{spec, facts});
}

std::string words(const LoweredFilter& lowered) {
  std::string result;
  for (const auto& word : lowered.native_words) result += (result.empty() ? "" : " ") + word;
  return result;
}

std::vector<std::string> facts_noted(const LoweredFilter& lowered) {
  std::vector<std::string> result;
  for (const auto& note : lowered.notes) {
    if (!note.assume.empty()) result.push_back(note.assume);
  }
  std::ranges::sort(result);
  return result;
}

bool has_reason(const LoweredFilter& lowered, const std::string& text) {
  return std::ranges::any_of(lowered.notes,
                             [&](const auto& note) { return note.reason.find(text) != std::string::npos; });
}

const std::string behind = netsh::fact::extension_headers;
const std::string on_ipv6 = netsh::fact::protocol_ipv6;
const std::string pass = netsh::fact::pass_other_frames;
const std::string exact = netsh::fact::keys_exact;

const std::string any_ip = "Ethernet.Type=(IPv4,IPv6)";
const std::string ip_arp_rarp = "Ethernet.Type=(IPv4,0x0806,0x8035)";

struct Case {
  std::string filter;
  std::string expected;  // empty: nothing is pushed
  std::vector<std::string> assume = {};
};

void check(const std::vector<Case>& cases) {
  for (const auto& one : cases) {
    CAPTURE(one.filter);
    CHECK(words(lower(one.filter, one.assume)) == one.expected);
  }
}

}  // namespace

TEST_CASE("netsh dialect: ethertypes and protocols") {
  check({
      {"ip", "Ethernet.Type=IPv4"},
      {"ip6", "Ethernet.Type=IPv6"},
      {"arp", "Ethernet.Type=0x0806"},
      {"rarp", "Ethernet.Type=0x8035"},
      {"ether proto 0x88cc", "Ethernet.Type=0x88CC"},
      {"ether proto 0x800", "Ethernet.Type=IPv4"},
      {"ip or arp", "Ethernet.Type=(IPv4,0x0806)"},
      {"not not arp", "Ethernet.Type=0x0806"},
      {"ip and udp", "Ethernet.Type=IPv4 Protocol=UDP"},
      {"icmp", "Ethernet.Type=IPv4 Protocol=1"},
      {"ip proto 47", "Ethernet.Type=IPv4 Protocol=47"},
      {"ip and (tcp or udp)", "Ethernet.Type=IPv4 Protocol=(TCP,UDP)"},
      // libpcap's tcp is IPv4 or IPv6, there also behind a fragment header; what Protocol sees in IPv6 is
      // open.
      {"tcp", any_ip},
      {"tcp or udp", any_ip},
      {"proto 17", any_ip},
      {"icmp6", "Ethernet.Type=IPv6"},
      {"ip6 proto 58", "Ethernet.Type=IPv6"},
      {"ip6 and icmp6 or arp", "Ethernet.Type=(0x0806,IPv6)"},
      // Protocol judges frames that have an IP header; that ARP frames pass it is documented for addresses
      // only.
      {"arp or icmp", "Ethernet.Type=(IPv4,0x0806)"},
      {"ether proto 0x8100", ""},
      {"", ""},
  });
}

TEST_CASE("netsh dialect: IPv4 addresses") {
  const std::string a = "192.0.2.1";
  const std::string b = "192.0.2.2";
  const std::string either = "(192.0.2.1,192.0.2.2)";
  check({
      // libpcap's host is also the sender or target of ARP and RARP; those frames pass the address key.
      {"host " + a, ip_arp_rarp + " IPv4.Address=" + a},
      {"src host " + a, ip_arp_rarp + " IPv4.SourceAddress=" + a},
      {"dst host " + a, ip_arp_rarp + " IPv4.DestinationAddress=" + a},
      {"ip host " + a, "Ethernet.Type=IPv4 IPv4.Address=" + a},
      {"arp host " + a, "Ethernet.Type=0x0806"},
      {"src and dst host " + a, ip_arp_rarp + " IPv4.SourceAddress=" + a + " IPv4.DestinationAddress=" + a},
      {"host " + a + " or host " + b, ip_arp_rarp + " IPv4.Address=" + either},
      // Either end in {a} and either end in {b}: both ends are among the two.
      {"host " + a + " and host " + b,
       ip_arp_rarp + " IPv4.SourceAddress=" + either + " IPv4.DestinationAddress=" + either},
      {"host " + a + " and host " + a, ip_arp_rarp + " IPv4.Address=" + a},
      {"host " + a + " and (host " + a + " or host " + b + ")", ip_arp_rarp + " IPv4.Address=" + a},
      // Sets that overlap: one end may satisfy both, so only one of them may stay.
      {"ip and (host " + a + " or host " + b + ") and (host " + b + " or host 192.0.2.3)",
       "Ethernet.Type=IPv4 IPv4.Address=" + either},
      {"host " + a + " and host " + b + " and host 192.0.2.3",
       ip_arp_rarp + " IPv4.Address=192.0.2.3 IPv4.SourceAddress=" + either +
           " IPv4.DestinationAddress=" + either},
      {"src host " + a + " and dst host " + b,
       ip_arp_rarp + " IPv4.SourceAddress=" + a + " IPv4.DestinationAddress=" + b},
      {"src host " + a + " or src host " + b, ip_arp_rarp + " IPv4.SourceAddress=" + either},
      {"src host " + a + " or dst host " + a, ip_arp_rarp + " IPv4.Address=" + a},
      {"src host " + a + " or dst host " + b, ip_arp_rarp + " IPv4.Address=" + either},
      // One source cannot be two: no IPv4 frame is left, of ARP nothing is known.
      {"src host " + a + " and src host " + b, "Ethernet.Type=(0x0806,0x8035)"},
      {"tcp and host " + a, "Ethernet.Type=IPv4 Protocol=TCP IPv4.Address=" + a},
      {"tcp or host " + a, "Ethernet.Type=(IPv4,0x0806,0x8035,IPv6)"},
      {"arp or ip host " + a, "Ethernet.Type=(IPv4,0x0806) IPv4.Address=" + a},
      {"ip and ((tcp and src host " + a + ") or (udp and src host " + b + "))",
       "Ethernet.Type=IPv4 Protocol=(TCP,UDP) IPv4.SourceAddress=" + either},
      // `and` and `or` bind alike and from the left: ((tcp and src a) or udp) and src b.
      {"ip and (tcp and src host " + a + " or udp and src host " + b + ")",
       "Ethernet.Type=IPv4 Protocol=UDP IPv4.SourceAddress=" + b},
      {"host 192.0.2.10 or host 192.0.2.9", ip_arp_rarp + " IPv4.Address=(192.0.2.9,192.0.2.10)"},
  });
}

TEST_CASE("netsh dialect: networks") {
  check({
      {"net 10.0.0.0/8", ip_arp_rarp},
      {"ip net 192.0.2.0/30", "Ethernet.Type=IPv4 IPv4.Address=(192.0.2.0,192.0.2.1,192.0.2.2,192.0.2.3)"},
      {"ip and src net 10.0.0.0/8 and dst host 192.0.2.9",
       "Ethernet.Type=IPv4 IPv4.DestinationAddress=192.0.2.9"},
      {"ip and net 192.0.2.0 mask 255.0.255.254", "Ethernet.Type=IPv4"},
      {"net 2001:db8::/32", "Ethernet.Type=IPv6"},
  });
  // 64 addresses are the most that one key gets; two such nets are too many.
  CHECK(words(lower("ip net 10.0.0.0/26")).find("10.0.0.63)") != std::string::npos);
  CHECK(words(lower("ip net 10.0.0.0/25")) == "Ethernet.Type=IPv4");
  CHECK(words(lower("ip net 10.0.0.0/26 or ip net 10.0.1.0/26")) == "Ethernet.Type=IPv4");
}

TEST_CASE("netsh dialect: ports are residual") {
  check({
      {"port 53", any_ip},
      {"tcp port 80 or udp port 53", any_ip},
      {"ip and port 53", "Ethernet.Type=IPv4 Protocol=(TCP,UDP,132)"},
      {"ip and tcp portrange 1-1023", "Ethernet.Type=IPv4 Protocol=TCP"},
      {"ip and (tcp port 80 or udp port 53)", "Ethernet.Type=IPv4 Protocol=(TCP,UDP)"},
      {"host 192.0.2.1 and port 53", "Ethernet.Type=IPv4 Protocol=(TCP,UDP,132) IPv4.Address=192.0.2.1"},
      {"ip and not port 22", "Ethernet.Type=IPv4"},
      {"not port 22", ""},
  });
}

TEST_CASE("netsh dialect: not") {
  const std::string neither = "IPv4.SourceAddress=!(192.0.2.1) IPv4.DestinationAddress=!(192.0.2.1)";
  check({
      {"ip and not tcp", "Ethernet.Type=IPv4 Protocol=!(TCP)"},
      {"ip and not (tcp or udp)", "Ethernet.Type=IPv4 Protocol=!(TCP,UDP)"},
      {"ip and not host 192.0.2.1", "Ethernet.Type=IPv4 " + neither},
      {"ip and not src host 192.0.2.1", "Ethernet.Type=IPv4 IPv4.SourceAddress=!(192.0.2.1)"},
      {"ip and not src and dst host 192.0.2.1", "Ethernet.Type=IPv4"},
      // Behind extension headers Protocol may see what libpcap's `not tcp` does not mean.
      {"ip6 and not tcp", "Ethernet.Type=IPv6"},
      {"(ip or ip6) and not ip", "Ethernet.Type=IPv6"},
      {"host 192.0.2.1 and not host 192.0.2.2", ip_arp_rarp + " IPv4.Address=192.0.2.1"},
      {"ip host 192.0.2.2 and not host 192.0.2.1", "Ethernet.Type=IPv4 IPv4.Address=192.0.2.2 " + neither},
      {"not tcp", ""},
      {"not ip", ""},
      {"not host 192.0.2.1", ""},
      {"arp or not ip6", ""},
  });
}

TEST_CASE("netsh dialect: IPv6 addresses") {
  check({
      {"host 2001:db8::1", "Ethernet.Type=IPv6 IPv6.Address=2001:db8::1"},
      {"src host 2001:db8::1", "Ethernet.Type=IPv6 IPv6.SourceAddress=2001:db8::1"},
      {"ip6 and not dst host 2001:db8::1", "Ethernet.Type=IPv6 IPv6.DestinationAddress=!(2001:db8::1)"},
      {"host fe80::1", "Ethernet.Type=IPv6"},
      {"dst host ff02::1", "Ethernet.Type=IPv6"},
      // That IPv4 frames pass an IPv6 key is not documented; that IPv6 frames pass an IPv4 key is.
      {"host 192.0.2.1 or host 2001:db8::1",
       "Ethernet.Type=(IPv4,0x0806,0x8035,IPv6) IPv4.Address=192.0.2.1"},
  });
}

TEST_CASE("netsh dialect: open facts that are assumed") {
  check({
      {"tcp", any_ip + " Protocol=TCP", {behind}},
      // The first next-header of a fragment is 44: with it the set holds whether Protocol looks further or
      // not.
      {"tcp", any_ip + " Protocol=(TCP,44)", {on_ipv6}},
      {"port 443", any_ip + " Protocol=(TCP,UDP,132)", {on_ipv6}},
      {"icmp6", "Ethernet.Type=IPv6 Protocol=58", {behind}},
      {"ip6 proto 44", "Ethernet.Type=IPv6", {behind}},
      {"ip6 and not tcp", "Ethernet.Type=IPv6", {behind}},
      {"arp or icmp", "Ethernet.Type=(IPv4,0x0806) Protocol=1", {pass}},
      {"arp or tcp", "Ethernet.Type=(IPv4,0x0806,IPv6) Protocol=TCP", {pass, behind}},
      {"not ip", "Ethernet.Type=!(IPv4)", {pass}},
      {"not host 192.0.2.1", "IPv4.SourceAddress=!(192.0.2.1) IPv4.DestinationAddress=!(192.0.2.1)", {pass}},
      // Everything but IPv4 includes IPv6, which has a protocol too.
      {"not icmp", "", {pass}},
      {"host 192.0.2.1 or host 2001:db8::1",
       "Ethernet.Type=(IPv4,0x0806,0x8035,IPv6) IPv4.Address=192.0.2.1 IPv6.Address=2001:db8::1",
       {pass}},
  });
}

TEST_CASE("netsh dialect: what is pushed is filtered again, unless a person vouches for netsh") {
  CHECK(filter::equal(lower("ip and udp").residual, lower("ip and udp").wanted));
  for (const char* text :
       {"ip and udp", "ip host 192.0.2.1", "ip and not host 192.0.2.1", "arp or ip host 192.0.2.1",
        "ip and host 192.0.2.1 and tcp", "ip or ip6", "ip and (tcp or udp)"}) {
    CAPTURE(std::string(text));
    CHECK(lower(text, {exact}).exact());
    CHECK_FALSE(lower(text).exact());
  }
  for (const char* text :
       {"host 192.0.2.1", "tcp", "ip and port 53", "host 192.0.2.1 and host 192.0.2.2",
        "ip and ((tcp and src host 192.0.2.1) or (udp and src host 192.0.2.2))", "not port 22"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(lower(text, {exact}).exact());
  }
}

TEST_CASE("netsh dialect: the pushed part as a filter") {
  CHECK(filter::print(lower("ip and udp").pushed) == "ip and ip proto 17");
  CHECK(filter::print(lower("host 192.0.2.1").pushed) == "arp or rarp or (ip and ip host 192.0.2.1)");
  CHECK(filter::print(lower("tcp", {behind}).pushed) == "(ip and ip proto 6) or ip6");
  CHECK(filter::is_match_all(lower("not port 22").pushed));
}

TEST_CASE("netsh dialect: notes name the open facts that would help, and no others") {
  using Facts = std::vector<std::string>;
  CHECK(facts_noted(lower("ip and udp")) == Facts{exact});
  CHECK(facts_noted(lower("tcp")) == Facts{behind});
  CHECK(facts_noted(lower("port 53")) == Facts{on_ipv6});
  CHECK(facts_noted(lower("arp or tcp")) == Facts{pass, behind});
  CHECK(facts_noted(lower("not ip6")) == Facts{exact, pass});
  CHECK(facts_noted(lower("not port 22")).empty());
  CHECK(has_reason(lower("port 53"), "no key for ports"));
  CHECK(has_reason(lower("net 10.0.0.0/8"), "netsh-address-ranges"));
  CHECK(has_reason(lower("ip and ip6"), "contradict"));
  CHECK(has_reason(lower("ip"), "tags-stripped"));
  CHECK_FALSE(has_reason(lower("ip and host 192.0.2.1"), "inside ARP"));
}

TEST_CASE("netsh dialect: on an adapter that is not Ethernet nothing is pushed") {
  SessionSpec spec;
  spec.filter = *filter::parse("ip and udp");
  HostFacts facts = netsh::assumed_facts();
  facts.interfaces.resize(2);
  facts.interfaces[0].name = "Wi-Fi";
  facts.interfaces[0].is_default = true;
  facts.interfaces[0].link_type = "IEEE802_11";
  facts.interfaces[1].name = "Team1";
  facts.interfaces[1].link_type = "EN10MB";
  const DialectContext context{spec, facts};
  CHECK(plan::legalize(spec.filter, netsh::dialect(), context).native_words.empty());
  spec.interface_choice = InterfaceChoice::named;
  spec.interfaces = {"Team1"};
  CHECK(plan::legalize(spec.filter, netsh::dialect(), context).native_words.size() == 2);
  spec.interface_choice = InterfaceChoice::any;
  CHECK(plan::legalize(spec.filter, netsh::dialect(), context).native_words.empty());
}
