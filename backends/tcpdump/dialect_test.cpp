#include "backends/tcpdump/dialect.h"

#include <doctest/doctest.h>

#include "backends/tcpdump/filter_age.h"
#include "core/filter/parser.h"
#include "core/filter/printer.h"
#include "core/plan/legalize.h"

namespace anchoko::tcpdump {
namespace {

LoweredFilter lower(const std::string& text, const std::string& library, const std::string& link = "EN10MB",
                    const std::vector<std::string>& assume = {}) {
  HostFacts facts;
  facts.tool_library = library;
  HostInterface one;
  one.name = "eth0";
  one.link_type = link;
  facts.interfaces = {one};
  SessionSpec spec;
  spec.filter = filter::parse(text).value();
  spec.interface_choice = link == "cooked" ? InterfaceChoice::any : InterfaceChoice::named;
  spec.interfaces = {"eth0"};
  spec.assume = assume;
  return plan::legalize(spec.filter, tcpdump_dialect(), DialectContext{spec, facts});
}

std::string pushed(const std::string& text, const std::string& library, const std::string& link = "EN10MB",
                   const std::vector<std::string>& assume = {}) {
  return filter::print(lower(text, library, link, assume).pushed);
}

const std::string tags = "ether proto 0x8100 or ether proto 0x88a8 or ether proto 0x9100";

// What it says, in whatever way the printer writes it.
std::string canonical(const std::string& text) {
  return filter::print(filter::parse(text).value());
}

}  // namespace

// libpcap's CHANGES: 1.9.1 "check only VID in VLAN test", 1.9.0 "both metadata and inline tags", 1.7.0 "use
// BPF extensions in compiled filters, fixing VLAN filters", 1.0.0 "compile with IPv6 support by default".
TEST_CASE("tcpdump dialect: the age of a libpcap") {
  CHECK(filter_age("libpcap 1.10.3") == FilterAge::current);
  CHECK(filter_age("libpcap 1.9.1") == FilterAge::current);
  CHECK(filter_age("libpcap 1.9.0") == FilterAge::whole_tag);
  CHECK(filter_age("libpcap 1.9.0-PRE-GIT") == FilterAge::metadata);
  CHECK(filter_age("libpcap 1.10.0-PRE-GIT") == FilterAge::current);
  CHECK(filter_age("libpcap 1.8.1") == FilterAge::metadata);
  CHECK(filter_age("libpcap 1.7.0") == FilterAge::metadata);
  CHECK(filter_age("libpcap 1.6.2") == FilterAge::frame_only);
  CHECK(filter_age("libpcap 1.0.0") == FilterAge::frame_only);
  CHECK(filter_age("libpcap 0.9.8") == FilterAge::oldest);
  CHECK(filter_age("") == FilterAge::oldest);
  CHECK(filter_age("libpcap of my own") == FilterAge::oldest);
}

TEST_CASE("tcpdump dialect: a plain filter by age") {
  CHECK(pushed("udp port 53", "libpcap 1.10.3") == canonical("udp port 53 or (vlan and udp port 53)"));
  CHECK(lower("udp port 53", "libpcap 1.10.3").exact());
  for (const char* library : {"libpcap 1.8.1", "libpcap 1.5.3"}) {
    CHECK(pushed("udp port 53", library) == canonical(tags + " or udp port 53"));
    CHECK(filter::print(lower("udp port 53", library).residual) == "udp port 53");
  }
  CHECK(pushed("udp port 53", "") == canonical(tags + " or udp port 53 or ether proto 0x86dd"));
  CHECK(pushed("tcp", "libpcap 1.8.1") == canonical(tags + " or tcp"));
  CHECK(pushed("tcp", "libpcap 1.5.3") == canonical(tags + " or tcp or ip6 proto 44"));
  CHECK(pushed("tcp", "libpcap 0.9.8") == canonical(tags + " or ip proto 6 or ether proto 0x86dd"));
  CHECK(pushed("port 53", "") == canonical(tags + " or port 53 or ip proto 132 or ether proto 0x86dd"));
  CHECK(pushed("tcp portrange 1-5", "") == canonical(tags + " or ip proto 6 or ether proto 0x86dd"));
  CHECK(pushed("host 192.0.2.1", "") == canonical(tags + " or host 192.0.2.1"));
  CHECK(pushed("host 2001:db8::1", "") == canonical(tags + " or ether proto 0x86dd"));
  CHECK(pushed("icmp", "") == canonical(tags + " or icmp"));
}

TEST_CASE("tcpdump dialect: a negation is pushed only where its inside is exact") {
  CHECK(pushed("not tcp", "libpcap 1.8.1") == canonical(tags + " or not tcp"));
  CHECK(pushed("not tcp", "libpcap 1.5.3").empty());
  CHECK(pushed("not port 53", "").empty());
  CHECK(pushed("ip and not tcp", "") == canonical(tags + " or ip"));
  CHECK(pushed("not host 192.0.2.1", "") == canonical(tags + " or not host 192.0.2.1"));
}

TEST_CASE("tcpdump dialect: `vlan` by age") {
  CHECK(pushed("vlan 5 and tcp", "libpcap 1.10.3") == "vlan 5 and tcp");
  CHECK(pushed("vlan 5 and tcp", "libpcap 1.9.0") == "vlan and tcp");
  CHECK(pushed("not vlan 5", "libpcap 1.9.0").empty());
  for (const char* library : {"libpcap 1.8.1", "libpcap 1.5.3", "libpcap 0.9.8", ""}) {
    CHECK(pushed("vlan 5 and tcp", library).empty());
    CHECK(pushed("tcp or vlan", library).empty());
    CHECK(pushed("mpls and ip", library).empty());
  }
  const auto open = lower("vlan 5 and tcp", "libpcap 1.8.1");
  REQUIRE_FALSE(open.notes.empty());
  CHECK(open.notes.back().assume == metadata_fact);
  CHECK(pushed("vlan 5 and tcp", "libpcap 1.8.1", "EN10MB", {metadata_fact}) == canonical(tags + " or vlan"));
  CHECK(pushed("tcp or vlan", "libpcap 1.8.1", "EN10MB", {metadata_fact}).empty());
  CHECK(pushed("vlan 5", "libpcap 1.5.3", "EN10MB", {metadata_fact}).empty());
}

TEST_CASE("tcpdump dialect: words that old releases need not have") {
  CHECK(pushed("icmp6[0] = 1 and ip6", "libpcap 1.9.1") == canonical("ip6 or (vlan and ip6)"));
  CHECK(pushed("ip[8] % 2 = 1", "libpcap 1.8.1").empty());
  CHECK_FALSE(pushed("ip[8] & 1 = 1", "libpcap 1.8.1").empty());
  CHECK(pushed("ip[8] & 1 = 1", "libpcap 0.9.8").empty());
  CHECK(pushed("inbound", "libpcap 1.5.3").empty());
}

TEST_CASE("tcpdump dialect: other links") {
  CHECK(pushed("tcp", "", "RAW").empty());
  CHECK(pushed("tcp", "", "cooked").empty());
  CHECK(pushed("tcp", "libpcap 1.8.1", "RAW") == "tcp");
  CHECK(pushed("tcp", "libpcap 1.5.3", "RAW") == "tcp or ip6 proto 44");
  CHECK(pushed("tcp", "libpcap 1.8.1", "cooked") == canonical("tcp or " + tags));
  CHECK(pushed("tcp", "libpcap 1.10.3", "IEEE802_11").empty());
}

// libpcap: "no VLAN match after MPLS".
TEST_CASE("tcpdump dialect: `vlan` is never written behind `mpls`") {
  CHECK(pushed("mpls and len > 60", "libpcap 1.10.3").empty());
  CHECK(pushed("mpls 5", "libpcap 1.10.3").empty());
}

}  // namespace anchoko::tcpdump
