#include "backends/tcpdump/filter_size.h"

#include <string>

#include <doctest/doctest.h>

#include "backends/tcpdump/dialect.h"
#include "core/filter/parser.h"
#include "core/filter/printer.h"
#include "core/plan/legalize.h"

using namespace anchoko;

namespace {

std::string hosts(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text +=
        (i == 0 ? "host 10.0." : " or host 10.0.") + std::to_string(i / 256) + "." + std::to_string(i % 256);
  }
  return text;
}

LoweredFilter lowered(const std::string& text) {
  HostFacts facts;
  facts.tool_library = "libpcap 1.10.3";
  HostInterface loopback;
  loopback.name = "lo";
  loopback.link_type = "EN10MB";
  facts.interfaces = {loopback};
  SessionSpec spec;
  spec.filter = filter::parse(text).value();
  spec.interface_choice = InterfaceChoice::named;
  spec.interfaces = {"lo"};
  return plan::legalize(spec.filter, tcpdump::tcpdump_dialect(), DialectContext{spec, facts});
}

// As on Ethernet: once as it stands, once behind `vlan`.
std::size_t estimate(const std::string& text) {
  return tcpdump::estimated_instructions(filter::parse(text + " or (vlan and (" + text + "))").value());
}

}  // namespace

TEST_CASE("the estimate is no less than what tcpdump -i lo -O -d counts, and not much more") {
  // Lines that tcpdump 4.99.3 with libpcap 1.10.3 prints for "F or (vlan and (F))".
  const std::pair<std::string, std::size_t> counted[] = {
      {hosts(30), 2137},      {hosts(55), 3937},    {"host 10.0.0.1", 79}, {"src host 10.0.0.1", 49},
      {"port 80", 170},       {"src port 80", 122}, {"udp port 53", 76},   {"portrange 1-5", 266},
      {"net 10.0.0.0/8", 91}, {"tcp", 49}};
  for (const auto& [text, lines] : counted) {
    CAPTURE(text);
    CHECK(estimate(text) + 20 >= lines);
    CHECK(estimate(text) <= lines * 3 / 2);
  }
}

TEST_CASE("a filter that the kernel takes is pushed whole") {
  CHECK(lowered(hosts(50)).exact());
}

TEST_CASE("a filter that the kernel would refuse is left to the conversion, and the plan says so") {
  const auto filter = lowered(hosts(5000));
  CHECK(filter::is_match_all(filter.pushed));
  CHECK(filter.native_words.empty());
  CHECK(filter::equal(filter.residual, filter.wanted));
  REQUIRE(filter.notes.size() == 1);
  CHECK(filter.notes[0].reason.find("4096") != std::string::npos);
}

TEST_CASE("of a conjunction that is too large the smaller parts are pushed") {
  const auto filter = lowered("tcp port 443 and (" + hosts(500) + ") and (" + hosts(400) + ")");
  CHECK(filter::equal(filter.pushed, lowered("tcp port 443").pushed));
  CHECK(filter::equal(filter.residual, filter.wanted));
  CHECK_FALSE(filter.exact());
}

TEST_CASE("parts behind vlan are not moved by dropping others") {
  const auto filter = lowered("vlan and (" + hosts(500) + ") and tcp");
  CHECK(filter::is_match_all(filter.pushed));
}
