#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "backends/nettl/nettl.h"
#include "core/filter/parser.h"
#include "core/plan/legalize.h"

using namespace anchoko;

namespace {

SessionSpec spec_of(const std::string& filter) {
  SessionSpec spec;
  spec.interface_choice = InterfaceChoice::any;
  spec.limits.max_size = 1 << 20;
  if (!filter.empty()) spec.filter = *filter::parse(filter);
  return spec;
}

Result<CapturePlan> plan_for(const SessionSpec& spec, const HostFacts& facts = nettl::assumed_facts()) {
  const auto lowered = plan::legalize(spec.filter, nettl::dialect(), {spec, facts});
  return nettl::plan(spec, facts, lowered, "20261123-101112-abcd");
}

ErrorKind error_of(const SessionSpec& spec, const HostFacts& facts = nettl::assumed_facts()) {
  const auto plan = plan_for(spec, facts);
  REQUIRE_FALSE(plan);
  return plan.error().kind;
}

}  // namespace

TEST_CASE("nettl: traces by keyword the link's subsystem, ends only that") {
  auto spec = spec_of("");
  spec.backend_options["entity"] = "IGELAN BTLAN";
  const auto plan = plan_for(spec);
  REQUIRE(plan);
  CHECK(plan->step(StepKind::start)->argv() ==
        std::vector<std::string>{"nettl", "-traceon", "pduin", "pduout", "-entity", "IGELAN", "BTLAN",
                                 "-file", "/var/tmp/anchoko.20261123-101112-abcd/capture", "-tracemax",
                                 "1024", "-n", "2", "-mem", "2048"});
  CHECK(plan->step(StepKind::stop)->argv() ==
        std::vector<std::string>{"nettl", "-traceoff", "-entity", "IGELAN", "BTLAN"});
  for (const auto& step : plan->steps) {
    const auto words = step.argv();
    CHECK(std::find(words.begin(), words.end(), "-stop") == words.end());
  }
}

TEST_CASE("nettl: the ring is never larger than what was asked for") {
  auto spec = spec_of("");
  spec.limits.max_size = std::uint64_t{1} << 30;
  const auto words = plan_for(spec)->step(StepKind::start)->argv();
  const auto after = [&](const std::string& word) {
    return std::stoull(*std::next(std::find(words.begin(), words.end(), word)));
  };
  CHECK(after("-tracemax") <= 99999);
  CHECK(after("-tracemax") * 512 * after("-n") <= spec.limits.max_size);
  CHECK(after("-tracemax") * 512 * after("-n") > spec.limits.max_size * 99 / 100);
  // A buffer is a quarter of the memory, and a file holds one.
  CHECK(after("-mem") / 4 <= after("-tracemax") / 2);
  spec.limits.max_size = 100 * 1024;
  CHECK(error_of(spec) == ErrorKind::usage);
}

TEST_CASE("nettl: what a release does not know is left out, what is wider than asked is said") {
  auto facts = nettl::assumed_facts();
  facts.os_release = "B.11.11";
  auto spec = spec_of("");
  const auto old = plan_for(spec, facts);
  REQUIRE(old);
  const auto words = old->step(StepKind::start)->argv();
  CHECK(std::find(words.begin(), words.end(), "-mem") == words.end());
  spec.backend_options["memory"] = "64";
  CHECK(error_of(spec, facts) == ErrorKind::usage);
  spec = spec_of("");
  spec.interface_choice = InterfaceChoice::default_route;
  CHECK(plan_for(spec)->warnings.front().find("wider than asked") != std::string::npos);
  spec.backend_options["entity"] = "IGELAN igelan";
  const auto named = plan_for(spec)->step(StepKind::start)->argv();
  CHECK(std::count_if(named.begin(), named.end(), [](const auto& word) { return word == "igelan"; }) == 0);
}

TEST_CASE("nettl: the direction is its kind, the rest of a filter is residual") {
  auto spec = spec_of("udp port 53");
  spec.direction = CaptureDirection::in;
  spec.snaplen = 96;
  const auto plan = plan_for(spec);
  REQUIRE(plan);
  const auto words = plan->step(StepKind::start)->argv();
  CHECK(words[2] == "pduin");
  CHECK(words[3] == "-entity");
  CHECK(std::find(words.begin(), words.end(), "-m") == words.end());
  CHECK(plan->convert_snaplen == 96);
  CHECK_FALSE(plan->filter.exact());
  spec = spec_of("");
  spec.snaplen = 96;
  CHECK(plan_for(spec)->native_snaplen == 96);
  spec.snaplen = 4000;
  CHECK(plan_for(spec)->convert_snaplen == 4000);
}

namespace {

HostFacts host_with_cards() {
  HostFacts facts = nettl::assumed_facts();
  facts.hostname = "hp1";
  facts.subsystems = {"NS_LS_IP", "IETHER", "IGELAN"};
  for (const char* name : {"lan0", "lan1", "lan2"}) {
    HostInterface card;
    card.name = name;
    card.driver = card.name == "lan1" ? "IGELAN" : "IETHER";
    card.is_default = card.name == "lan0";
    facts.interfaces.push_back(card);
  }
  return facts;
}

std::vector<std::string> entities_of(const CapturePlan& plan) {
  auto words = plan.step(StepKind::stop)->argv();
  words.erase(words.begin(), words.begin() + 3);
  return words;
}

}  // namespace

TEST_CASE("nettl: the drivers of the interfaces asked for are traced, and what is wider is said") {
  using Names = std::vector<std::string>;
  const auto facts = host_with_cards();
  auto spec = spec_of("");
  const auto any = plan_for(spec, facts);
  REQUIRE(any);
  CHECK(entities_of(*any) == Names{"IETHER", "IGELAN"});
  CHECK(any->interface == "any");
  CHECK(any->warnings.empty());
  spec.interface_choice = InterfaceChoice::default_route;
  const auto usual = plan_for(spec, facts);
  REQUIRE(usual);
  CHECK(entities_of(*usual) == Names{"IETHER"});
  CHECK(usual->interface == "lan0");
  CHECK(usual->warnings ==
        Names{"nettl traces all cards of a driver: lan2 as well as lan0, which is wider than asked"});
  spec.interface_choice = InterfaceChoice::named;
  spec.interfaces = {"lan1"};
  CHECK(entities_of(*plan_for(spec, facts)) == Names{"IGELAN"});
  CHECK(plan_for(spec, facts)->warnings.empty());
  spec.interfaces = {"lan0", "lan2"};
  CHECK(plan_for(spec, facts)->warnings.empty());
  spec.interfaces = {"lan7"};
  CHECK(error_of(spec, facts) == ErrorKind::usage);
}

TEST_CASE("nettl: where nobody tells of a driver or of a default route, the subsystem has to be named") {
  auto facts = host_with_cards();
  facts.interfaces[0].driver.clear();
  facts.interfaces[0].is_default = false;
  CHECK(error_of(spec_of(""), facts) == ErrorKind::unavailable);
  auto spec = spec_of("");
  spec.interface_choice = InterfaceChoice::default_route;
  CHECK(error_of(spec, facts) == ErrorKind::unavailable);
  spec = spec_of("");
  spec.backend_options["entity"] = "igelan";
  CHECK(entities_of(*plan_for(spec, facts)) == std::vector<std::string>{"igelan"});
  spec.backend_options["entity"] = "IGELANN";
  CHECK(error_of(spec, facts) == ErrorKind::usage);
  facts.interfaces.erase(facts.interfaces.begin());
  facts.interfaces.pop_back();
  spec = spec_of("");
  spec.interface_choice = InterfaceChoice::default_route;
  CHECK(plan_for(spec, facts)->interface == "lan1");
  facts.interfaces.clear();
  CHECK(error_of(spec_of(""), facts) == ErrorKind::unavailable);
  facts.subsystems.emplace_back("LINKALL");
  CHECK(entities_of(*plan_for(spec_of(""), facts)) == std::vector<std::string>{"LINKALL"});
}

TEST_CASE("nettl: the keeper gets what its functions need") {
  auto spec = spec_of("");
  spec.backend_options["entity"] = "IGELAN BTLAN";
  const auto plan = plan_for(spec);
  REQUIRE(plan);
  const auto& keeper = plan->keeper;
  CHECK(plan->can_run);
  CHECK(plan->native_file == plan->folder + "/capture.TRC");
  CHECK(keeper.native_values ==
        std::vector<std::pair<std::string, std::string>>{{"nettl_trace", plan->folder + "/capture"},
                                                         {"nettl_entities", "IGELAN BTLAN"},
                                                         {"nettl_still", "15"}});
  for (const char* name : {"native_begin", "native_lives", "native_end", "native_after"})
    CHECK(keeper.native_functions.find(std::string(name) + "() {") != std::string::npos);
  CHECK(keeper.native_functions.find("nettl -stop") == std::string::npos);
  CHECK(keeper.native_functions.find("nettl -start") == std::string::npos);
  CHECK(keeper.settle_seconds == 6);
}

TEST_CASE("nettl: 11i v1 rounds its files up, so less is asked for; without rights nothing is planned") {
  auto facts = nettl::assumed_facts();
  facts.os_release = "B.11.11";
  auto spec = spec_of("");
  spec.limits.max_size = 1'000'000;
  const auto words = plan_for(spec, facts)->step(StepKind::start)->argv();
  CHECK(*std::next(std::find(words.begin(), words.end(), "-tracemax")) == "896");
  facts.elevated = false;
  CHECK(error_of(spec, facts) == ErrorKind::unavailable);
}

TEST_CASE("nettl: what it cannot do is refused") {
  auto spec = spec_of("");
  spec.interface_choice = InterfaceChoice::named;
  spec.interfaces = {"lan0"};
  CHECK(error_of(spec) == ErrorKind::usage);
  for (const char* entity : {"all", "All", "A;B", "IGELAN -stop", "LINKALL IGELAN", "igelan LinkAll"}) {
    spec = spec_of("");
    spec.backend_options["entity"] = entity;
    CHECK(error_of(spec) == ErrorKind::usage);
  }
  for (const char* memory : {"7", "x", "-8", "12345678901", "2049"}) {
    spec = spec_of("");
    spec.backend_options["memory"] = memory;
    CHECK(error_of(spec) == ErrorKind::usage);
  }
  spec = spec_of("");
  spec.promiscuous = true;
  CHECK(error_of(spec) == ErrorKind::usage);
  spec = spec_of("");
  spec.limits.duration = {};
  CHECK(error_of(spec) == ErrorKind::refused);
  spec = spec_of("");
  spec.limits.max_size = 0;
  CHECK(error_of(spec) == ErrorKind::refused);
  CHECK(error_of(spec_of(""), HostFacts{}) == ErrorKind::unavailable);
}
