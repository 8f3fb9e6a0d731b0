// Expectations by hand from the reference on snoop: its safe forms, its traps and its limits.
#include <string>

#include <doctest/doctest.h>

#include "backends/snoop/snoop.h"
#include "core/filter/parser.h"
#include "core/filter/printer.h"
#include "core/plan/legalize.h"

using namespace anchoko;

namespace {

LoweredFilter lower(const std::string& text, const std::string& release = "5.11",
                    const std::string& link = "EN10MB") {
  const auto parsed = filter::parse(text);
  REQUIRE(parsed);
  SessionSpec spec;
  spec.filter = *parsed;
  HostFacts facts;
  facts.os = "solaris";
  facts.os_release = release;
  HostInterface net0;
  net0.name = "net0";
  net0.is_default = true;
  net0.link_type = link;
  facts.interfaces.push_back(net0);
  return plan::legalize(*parsed, snoop::dialect(), {spec, facts});
}

std::string words(const std::string& text, const std::string& release = "5.11") {
  const auto lowered = lower(text, release);
  return lowered.native_words.empty() ? std::string() : lowered.native_words.front();
}

const std::string tags = "ether[12:2] = 0x88a8 or ether[12:2] = 0x9100 or ";

}  // namespace

TEST_CASE("snoop: ports by guarded offsets, because its own words look at any protocol and at fragments") {
  CHECK(words("udp port 53") ==
        "greater 0 and (" + tags +
            "((ip and ip[9] = 17 and ip[6:2] & 0x1fff = 0 and (tcp[0:2] = 53 or tcp[2:2] = 53)) or "
            "(ip6 and ip6[6] = 17 and (ip6[40:2] = 53 or ip6[42:2] = 53))))");
  CHECK(words("tcp dst portrange 6000-6008") ==
        "greater 0 and (" + tags +
            "((ip and ip[9] = 6 and ip[6:2] & 0x1fff = 0 and ((tcp[2:2] >= 6000) & (tcp[2:2] <= 6008)) != 0) "
            "or "
            "(ip6 and ip6[6] = 6 and ((ip6[42:2] >= 6000) & (ip6[42:2] <= 6008)) != 0)))");
}

TEST_CASE("snoop: hosts and nets with ARP, by offsets") {
  CHECK(words("host 192.0.2.10") ==
        "greater 0 and (" + tags +
            "((ip and (ip[12:4] = 0xc000020a or ip[16:4] = 0xc000020a)) or "
            "((arp or rarp) and (ip[14:4] = 0xc000020a or ip[24:4] = 0xc000020a))))");
  CHECK(words("ip and src net 10.1.0.0/24").find("ip[12:4] & 0xffffff00 = 0xa010000") != std::string::npos);
}

TEST_CASE("snoop: lists without branches") {
  CHECK(words("ip src host 192.0.2.1 or ip src host 192.0.2.2") ==
        "greater 0 and (" + tags + "(ip and ((ip[12:4] = 0xc0000201) | (ip[12:4] = 0xc0000202)) != 0))");
}

TEST_CASE("snoop: everything behind `greater 0`, which keeps it out of the kernel's parser") {
  for (const char* text : {"arp", "not tcp", "ether host 02:00:00:00:00:01", "vlan 5 and udp"})
    CHECK(words(text).starts_with("greater 0 and ("));
}

TEST_CASE("snoop: what no tag moves is exact, everything else is judged again") {
  CHECK(lower("ether host 02:00:00:00:00:01").exact());
  CHECK(words("ether multicast") == "greater 0 and (ether[0] & 1 != 0)");
  CHECK_FALSE(lower("arp").exact());
  CHECK_FALSE(lower("vlan 5 and udp").exact());
}

TEST_CASE("snoop: solaris 10 knows no tags, so all tagged frames pass") {
  CHECK(words("arp", "5.10") == "greater 0 and (" + tags + "ether[12:2] = 0x8100 or (arp))");
  CHECK(words("ether proto 0x88cc") ==
        "greater 0 and (" + tags + "ether[12:2] = 0x8100 or (ether[12:2] = 0x88cc))");
}

TEST_CASE("snoop: what it cannot say stays residual") {
  CHECK(words("inbound").empty());
  CHECK(words("mpls").empty());
  CHECK(words("arp or inbound").empty());
  CHECK(words("arp and inbound") == words("arp"));
  CHECK(words("tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420").empty());
  CHECK(words("ip[12:4] > 0x7f000001").empty());
  CHECK_FALSE(words("ip[2:2] > 100").empty());
  CHECK(lower("arp", "5.11", "IPNET").native_words.empty());
}

TEST_CASE("snoop: what is too long is widened, with a note") {
  std::string many = "udp and (host 192.0.2.1";
  for (int i = 0; i < 200; ++i) many += " or host 10." + std::to_string(i) + ".3.4";
  many += ")";
  const auto lowered = lower(many);
  REQUIRE_FALSE(lowered.native_words.empty());
  CHECK(lowered.native_words.front().find("ip[9] = 17") != std::string::npos);
  CHECK(lowered.native_words.front().find("0xa000000") != std::string::npos);
  CHECK(lowered.notes.back().reason.find("1024 words") != std::string::npos);
  CHECK_FALSE(lowered.exact());
}
