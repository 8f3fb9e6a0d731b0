#include <string>

#include <doctest/doctest.h>

#include "backends/iptrace/iptrace.h"
#include "core/filter/parser.h"
#include "core/plan/legalize.h"

using namespace anchoko;

namespace {

SessionSpec spec_of(const std::string& filter) {
  SessionSpec spec;
  spec.interface_choice = InterfaceChoice::named;
  spec.interfaces = {"en0"};
  if (!filter.empty()) spec.filter = *filter::parse(filter);
  return spec;
}

Result<CapturePlan> plan_for(const SessionSpec& spec, const HostFacts& facts = iptrace::assumed_facts()) {
  const auto lowered = plan::legalize(spec.filter, iptrace::dialect(), {spec, facts});
  return iptrace::plan(spec, facts, lowered, "20261123-101112-abcd");
}

ErrorKind error_of(const SessionSpec& spec, const HostFacts& facts = iptrace::assumed_facts()) {
  const auto plan = plan_for(spec, facts);
  REQUIRE_FALSE(plan);
  return plan.error().kind;
}

}  // namespace

TEST_CASE("iptrace: started as a subsystem, every option separated, the absolute file last") {
  auto spec = spec_of("ip and tcp port 80");
  spec.assume = {iptrace::fact::port_either_end};
  const auto plan = plan_for(spec);
  REQUIRE(plan);
  CHECK(plan->step(StepKind::start)->argv() ==
        std::vector<std::string>{"startsrc", "-s", "iptrace", "-a",
                                 "-i en0 -a -P 6 -p 80 /var/tmp/anchoko.20261123-101112-abcd/capture.ipt"});
  CHECK(plan->step(StepKind::stop)->argv() == std::vector<std::string>{"stopsrc", "-s", "iptrace"});
}

TEST_CASE("iptrace: a ring of two files is its own -L") {
  auto spec = spec_of("");
  spec.limits.files = 2;
  spec.limits.max_size = 300000000;
  const auto plan = plan_for(spec);
  REQUIRE(plan);
  CHECK(plan->step(StepKind::start)->argv().back() ==
        "-i en0 -L 300000000 /var/tmp/anchoko.20261123-101112-abcd/capture.ipt");
  spec.limits.files = 3;
  CHECK(error_of(spec) == ErrorKind::refused);
}

TEST_CASE("iptrace: what it cannot do is refused") {
  auto spec = spec_of("vlan 5");
  CHECK(error_of(spec) == ErrorKind::usage);
  spec = spec_of("");
  spec.interfaces = {"en0", "en1"};
  CHECK(error_of(spec) == ErrorKind::usage);
  // What startsrc splits or a shell reads cannot be an interface.
  for (const char* name : {"en0 -u", "-e", "en0;x", ""}) {
    spec.interfaces = {name};
    CHECK(error_of(spec) == ErrorKind::usage);
  }
  spec = spec_of("");
  spec.direction = CaptureDirection::out;
  CHECK(error_of(spec) == ErrorKind::usage);
  spec = spec_of("");
  spec.limits.duration = {};
  spec.limits.max_size = 0;
  CHECK(error_of(spec) == ErrorKind::refused);
  CHECK(error_of(spec_of(""), HostFacts{}) == ErrorKind::unavailable);
}

TEST_CASE("iptrace: packets are cut at conversion, because its files know no original length") {
  auto spec = spec_of("");
  spec.snaplen = 64;
  const auto plan = plan_for(spec);
  REQUIRE(plan);
  CHECK(plan->native_snaplen == 0);
  CHECK(plan->convert_snaplen == 64);
  CHECK(plan->step(StepKind::start)->argv().back().find("-S") == std::string::npos);
}

TEST_CASE("iptrace: where SRC does not serve it is started directly, with the same words") {
  auto facts = iptrace::assumed_facts();
  facts.starter.clear();
  const auto direct = plan_for(spec_of("ip host 192.0.2.1"), facts);
  REQUIRE(direct);
  CHECK(direct->step(StepKind::start)->argv() ==
        std::vector<std::string>{"/usr/sbin/iptrace", "-i", "en0", "-a", "-s", "192.0.2.1", "-b",
                                 "/var/tmp/anchoko.20261123-101112-abcd/capture.ipt"});
  CHECK(direct->can_run);
  auto spec = spec_of("");
  spec.backend_options["start"] = "src";
  const auto by_src = plan_for(spec, facts);
  REQUIRE(by_src);
  CHECK(by_src->step(StepKind::start)->argv().front() == "startsrc");
  spec.backend_options["start"] = "later";
  CHECK(error_of(spec) == ErrorKind::usage);
}

TEST_CASE("iptrace: a host that cannot serve is told before anything starts") {
  auto facts = iptrace::assumed_facts();
  facts.spool_on_network = true;
  CHECK(error_of(spec_of(""), facts) == ErrorKind::refused);
  facts = iptrace::assumed_facts();
  facts.elevated = false;
  CHECK(error_of(spec_of(""), facts) == ErrorKind::unavailable);
  facts = iptrace::assumed_facts();
  facts.os_release = "4.3.3.0";
  CHECK(error_of(spec_of(""), facts) == ErrorKind::unavailable);
  facts.os_release = "5.2.0.0";
  CHECK(plan_for(spec_of(""), facts));
  facts.spool_free = 1;
  auto spec = spec_of("");
  spec.limits.max_size = 1000;
  CHECK(error_of(spec, facts) == ErrorKind::refused);
}
