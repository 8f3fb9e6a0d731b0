#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "backends/snoop/snoop.h"
#include "core/filter/parser.h"
#include "core/plan/legalize.h"

using namespace anchoko;

namespace {

SessionSpec spec_of(const std::string& filter) {
  SessionSpec spec;
  spec.interface_choice = InterfaceChoice::named;
  spec.interfaces = {"net0"};
  if (!filter.empty()) spec.filter = *filter::parse(filter);
  return spec;
}

Result<CapturePlan> plan_for(const SessionSpec& spec, const HostFacts& facts = snoop::assumed_facts()) {
  const auto lowered = plan::legalize(spec.filter, snoop::dialect(), {spec, facts});
  return snoop::plan(spec, facts, lowered, "20261123-101112-abcd");
}

std::vector<std::string> start_words(const SessionSpec& spec) {
  const auto plan = plan_for(spec);
  REQUIRE(plan);
  return plan->step(StepKind::start)->argv();
}

ErrorKind error_of(const SessionSpec& spec, const HostFacts& facts = snoop::assumed_facts()) {
  const auto plan = plan_for(spec, facts);
  REQUIRE_FALSE(plan);
  return plan.error().kind;
}

}  // namespace

TEST_CASE("snoop: the start command, its file first, so that ps shows the session's id") {
  CHECK(start_words(spec_of("")) ==
        std::vector<std::string>{"/usr/sbin/snoop", "-o",
                                 "/var/tmp/anchoko.20261123-101112-abcd/capture.snoop", "-q", "-d", "net0",
                                 "-P"});
  auto spec = spec_of("ether broadcast");
  spec.promiscuous = true;
  spec.limits.packets = 10;
  spec.snaplen = 96;
  const auto words = start_words(spec);
  CHECK(words[4] == "-d");
  CHECK(std::find(words.begin(), words.end(), "-P") == words.end());
  // The filter is exact, so snoop counts; it would be cut before it is filtered.
  CHECK(std::vector<std::string>(words.end() - 3, words.end()) ==
        std::vector<std::string>{"-c", "10",
                                 "greater 0 and (ether[0:4] = 0xffffffff and ether[4:2] = 0xffff)"});
  CHECK(std::find(words.begin(), words.end(), "-s") == words.end());
  CHECK(plan_for(spec)->convert_snaplen == 96);
}

TEST_CASE("snoop: what it cannot count itself is kept by conversion") {
  auto spec = spec_of("udp port 53");
  spec.limits.packets = 10;
  const auto plan = plan_for(spec);
  REQUIRE(plan);
  CHECK(plan->convert_packets == 10);
  const auto words = plan->step(StepKind::start)->argv();
  CHECK(std::find(words.begin(), words.end(), "-c") == words.end());
  spec = spec_of("");
  spec.snaplen = 64;
  CHECK(plan_for(spec)->native_snaplen == 64);
}

TEST_CASE("snoop: what it cannot do is refused, with the kind that tells the exit status") {
  auto spec = spec_of("");
  spec.interface_choice = InterfaceChoice::any;
  CHECK(error_of(spec) == ErrorKind::usage);
  spec = spec_of("");
  spec.interfaces = {"net0", "net1"};
  CHECK(error_of(spec) == ErrorKind::usage);
  spec.interfaces = {"-x"};
  CHECK(error_of(spec) == ErrorKind::usage);
  spec = spec_of("");
  spec.direction = CaptureDirection::in;
  CHECK(error_of(spec) == ErrorKind::usage);
  spec = spec_of("");
  spec.limits.files = 3;
  CHECK(error_of(spec) == ErrorKind::refused);
  spec = spec_of("");
  spec.limits.duration = {};
  spec.limits.max_size = 0;
  CHECK(error_of(spec) == ErrorKind::refused);
  spec = spec_of("");
  spec.backend_options["release"] = "9";
  CHECK(error_of(spec) == ErrorKind::usage);
  spec.backend_options["release"] = "10";
  spec.interfaces = {"lo0"};
  CHECK(error_of(spec) == ErrorKind::usage);
  CHECK(error_of(spec_of(""), HostFacts{}) == ErrorKind::unavailable);
}

TEST_CASE("snoop: loopback and links that are not known get no filter") {
  auto spec = spec_of("udp");
  spec.interfaces = {"lo0"};
  auto plan = plan_for(spec);
  REQUIRE(plan);
  CHECK(plan->filter.native_words.empty());
  CHECK(plan->link_type == "IPNET");
  spec = spec_of("udp");
  spec.interface_choice = InterfaceChoice::default_route;
  plan = plan_for(spec);
  REQUIRE(plan);
  CHECK(plan->filter.native_words.empty());
  REQUIRE_FALSE(plan->warnings.empty());
  CHECK(plan->warnings.front().find("--interface") != std::string::npos);
}

TEST_CASE("snoop: how the keeper minds it") {
  auto spec = spec_of("");
  spec.limits.max_size = 4'000'000;
  auto facts = snoop::assumed_facts();
  facts.fractional_sleep = true;
  const auto plan = plan_for(spec, facts);
  REQUIRE(plan);
  CHECK(plan->can_run);
  CHECK(plan->keeper.shell == "/usr/xpg4/bin/sh");
  CHECK(plan->keeper.fractional_sleep);
  CHECK(plan->keeper.stop_signal == "TERM");
  CHECK(plan->keeper.settle_seconds >= 2);  // a burst comes once a second
  CHECK(plan->keeper.report_signal.empty());
  CHECK(plan->keeper.hard_file_bytes == 5'000'000 + (1 << 20));
  // ps of Solaris shows 80 bytes, and the keeper looks for the id among them.
  std::string shown;
  for (const auto& word : plan->step(StepKind::start)->argv()) shown += word + " ";
  CHECK(shown.substr(0, 60).find("anchoko.20261123-101112-abcd") != std::string::npos);
  spec.limits.max_size = 0;
  CHECK(plan_for(spec, facts)->keeper.hard_file_bytes == 0);
}

TEST_CASE("snoop: from afar it does not count, for the connection's packets are taken out later") {
  auto spec = spec_of("ether broadcast");
  spec.limits.packets = 10;
  spec.control_left_out = true;
  CHECK(plan_for(spec)->convert_packets == 10);
  spec = spec_of("");
  spec.control_left_out = true;
  spec.snaplen = 64;  // ports must be in the file
  CHECK(plan_for(spec)->convert_snaplen == 64);
  spec.snaplen = 256;
  CHECK(plan_for(spec)->native_snaplen == 256);
}

TEST_CASE("snoop: the IP interface, where one may watch nothing else too") {
  auto spec = spec_of("udp");
  spec.backend_options["layer"] = "ip";
  const auto plan = plan_for(spec);
  REQUIRE(plan);
  const auto words = plan->step(StepKind::start)->argv();
  CHECK(words[4] == "-I");
  CHECK(plan->link_type == "IPNET");
  CHECK(plan->filter.native_words.empty());
  spec.backend_options["release"] = "10";
  CHECK(error_of(spec) == ErrorKind::usage);
  spec.backend_options = {{"layer", "transport"}};
  CHECK(error_of(spec) == ErrorKind::usage);

  auto facts = snoop::assumed_facts();
  facts.rights = snoop::ip_interfaces_only;
  CHECK(error_of(spec_of(""), facts) == ErrorKind::unavailable);
  spec.backend_options["layer"] = "ip";
  CHECK(plan_for(spec, facts));
  facts.elevated = false;
  CHECK(error_of(spec, facts) == ErrorKind::unavailable);
}

TEST_CASE("snoop: a host whose links are known") {
  auto facts = snoop::assumed_facts();
  facts.hostname = "sol1";
  facts.spool_free = std::uint64_t{3} << 30;
  facts.interfaces = {{"net0", true, false, true, "EN10MB", "", {}, false, {}},
                      {"net1", false, false, false, "EN10MB", "", {}, false, {}}};
  auto spec = spec_of("");
  CHECK(plan_for(spec, facts));
  spec.interfaces = {"net2"};
  CHECK(error_of(spec, facts) == ErrorKind::usage);
  spec.interfaces = {"net1"};
  const auto down = plan_for(spec, facts);
  REQUIRE(down);
  REQUIRE_FALSE(down->warnings.empty());
  CHECK(down->warnings.front().find("is down") != std::string::npos);
  spec.interface_choice = InterfaceChoice::default_route;
  CHECK(plan_for(spec, facts)->interface == "net0");
  facts.interfaces.front().is_default = false;
  CHECK(error_of(spec, facts) == ErrorKind::unavailable);
  facts.interfaces.front().is_default = true;
  spec.limits.max_size = UINT64_MAX - 5;
  CHECK(error_of(spec, facts) == ErrorKind::refused);
}

TEST_CASE("snoop: what its records cannot tell is refused") {
  auto spec = spec_of("inbound");
  CHECK(error_of(spec) == ErrorKind::usage);
  spec.backend_options["layer"] = "ip";  // there a header tells
  CHECK(plan_for(spec));
  spec = spec_of("ether host 2:0:0:0:0:1");
  spec.backend_options["layer"] = "ip";
  CHECK(error_of(spec) == ErrorKind::usage);
}
