// Commands that plans print, read back by the grammar of the tool: they ask for what was planned, and their
// filter lies where it was promised to lie.
#include <cstdio>

#include <doctest/doctest.h>

#include "backends/registry.h"
#include "core/backend/understand.h"
#include "core/crib/explain_command.h"
#include "core/filter/printer.h"
#include "core/plan/legalize.h"
#include "tests/differential/compare.h"
#include "tests/differential/ethernet_host.h"

namespace anchoko::differential {
namespace {

bool is_tagged(const Case& one) {
  const auto bytes = one.bytes();
  const int type = bytes[12] << 8 | bytes[13];
  return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

struct Planned {
  SessionSpec spec;
  CapturePlan plan;
};

// Nothing where the tool cannot be asked for such a filter.
std::optional<Planned> plan_for(const Backend& backend, const std::string& text) {
  const auto parsed = filter::parse(text);
  if (!parsed) return std::nullopt;
  const HostFacts facts = ethernet_host(backend);
  Planned result;
  result.spec.filter = *parsed;
  result.spec.filter_text = text;
  result.spec.snaplen = 200;
  const auto lowered = plan::legalize(*parsed, backend.dialect(), {result.spec, facts});
  auto plan = backend.plan(result.spec, facts, lowered, "20261123-101112-abcd");
  if (!plan) return std::nullopt;
  result.plan = std::move(*plan);
  return result;
}

UnderstoodCommand read_back(const BackendRegistry& registry, const CapturePlan& plan) {
  const auto* start = plan.step(StepKind::start);
  REQUIRE(start != nullptr);
  return understand_command(registry, command_text(start->argv()));
}

struct Compared {
  std::size_t filters = 0;
  std::size_t pairs = 0;
  std::size_t accepted = 0;
};

// `same`: it is the pushed filter itself; otherwise between what is wanted and what is pushed.
void compare(const Planned& planned, const NativeCommand& command, bool same, Compared& tally) {
  REQUIRE(command.filter);
  const auto& lowered = planned.plan.filter;
  auto read = filter::RecordFilter::compile(command.filter, LinkType::ethernet, filter::Reading::file);
  auto pushed = filter::RecordFilter::compile(lowered.pushed, LinkType::ethernet, filter::Reading::file);
  auto wanted = filter::RecordFilter::compile(lowered.wanted, LinkType::ethernet, lowered.reading);
  REQUIRE(read);
  REQUIRE(pushed);
  REQUIRE(wanted);
  ++tally.filters;
  const Link ethernet;
  for (const Case& one : whole_frames(ethernet)) {
    constexpr std::size_t ethernet_header = 14;
    if (one.size < ethernet_header || is_tagged(one)) continue;
    PacketRecord record;
    record.data = std::as_bytes(one.bytes());
    record.original_length = one.original_length;
    const bool is_read = read->matches(record);
    const bool is_pushed = pushed->matches(record);
    ++tally.pairs;
    tally.accepted += is_read ? 1U : 0U;
    if (is_read && !is_pushed) FAIL_CHECK("read back, and not pushed: " << testing::hex(one.bytes()));
    if (same && is_pushed && !is_read) FAIL_CHECK("pushed, and not read back: " << testing::hex(one.bytes()));
    if (!is_read && wanted->matches(record))
      FAIL_CHECK("wanted, and not read back: " << testing::hex(one.bytes()));
  }
}

void check_tool(const std::string& name, bool same, std::size_t least) {
  const auto registry = make_backend_registry();
  const Backend* backend = registry.find(name);
  REQUIRE(backend != nullptr);
  Compared tally;
  for (const auto& text : written_filters()) {
    CAPTURE(text);
    const auto planned = plan_for(*backend, text);
    if (!planned) continue;
    const auto understood = read_back(registry, planned->plan);
    CAPTURE(understood.command.text.line);
    REQUIRE(understood.backend == backend);
    const auto explanation = crib::explain_command(understood);
    for (const auto& problem : explanation.problems) CAPTURE(problem.text.en);
    CHECK(explanation.sound());
    const auto& model = understood.command.model;
    CHECK(model.write_file == planned->plan.native_file);
    CHECK(model.promiscuous == planned->spec.promiscuous);
    CHECK(model.snaplen.value_or(0) == planned->plan.native_snaplen);
    CHECK(model.filter_text.empty() == planned->plan.filter.native_words.empty());
    if (!model.filter_text.empty()) compare(*planned, understood.command, same, tally);
  }
  std::printf("%s: %zu filters, %zu pairs, %zu accepted\n", name.c_str(), tally.filters, tally.pairs,
              tally.accepted);
  CHECK(tally.filters > least);
  CHECK(tally.accepted > 1000);
  CHECK(tally.accepted < tally.pairs);
}

}  // namespace

TEST_CASE("native commands: snoop's words, read back, are what was pushed") {
  check_tool("snoop", true, 100);
}

// The manual leaves more than one reading open: what is read back is one that the push allows for.
TEST_CASE("native commands: iptrace's words, read back, lie between what is wanted and what is pushed") {
  check_tool("iptrace", false, 50);
}

}  // namespace anchoko::differential
