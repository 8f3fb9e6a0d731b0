// Promise 1 on frames, for dialects whose pushed part is a filter by itself: what is wanted is pushed, and
// what is pushed and left residual together is exactly what is wanted.
#include <cstdio>
#include <map>

#include <doctest/doctest.h>

#include "backends/registry.h"
#include "core/plan/legalize.h"
#include "tests/differential/compare.h"
#include "tests/differential/ethernet_host.h"
#include "tests/tools/random_filter.h"

namespace anchoko::differential {
namespace {

constexpr std::size_t ethernet_header = 14;

struct Setting {
  std::string backend;
  std::string release;  // as the facts say it
  std::vector<std::string> assume = {};
  bool tags_stripped = false;  // an axiom of the dialect: no tagged frames are tried
};
const std::vector<Setting>& settings() {
  static const std::vector<Setting> all{
      {"snoop", "5.11"},
      {"snoop", "5.10"},
      {"iptrace", "7.2", {}, true},
      {"iptrace",
       "7.2",
       {"iptrace-other-frames-pass", "iptrace-protocol-ipv6", "iptrace-port-ipv6", "iptrace-port-sctp",
        "iptrace-port-either-end"},
       true},
  };
  return all;
}

struct Tallied {
  std::size_t filters = 0;
  std::size_t pushed = 0;   // filters of which something is pushed
  std::size_t pairs = 0;    // of filter and frame
  std::size_t through = 0;  // frames that are pushed through
  std::size_t wanted = 0;
};

class Checker {
 public:
  explicit Checker(const Setting& setting)
      : setting_(setting), registry_(make_backend_registry()), backend_(registry_.find(setting.backend)) {
    REQUIRE(backend_ != nullptr);
    facts_ = ethernet_host(*backend_, "host", setting.release);
  }

  void check(const std::string& text, const Cases& cases, std::size_t wanted_pairs, Tallied& tally) {
    const auto parsed = filter::parse(text);
    if (!parsed) return;
    const auto reading = filter::capture_reading(*parsed);
    auto wanted = filter::RecordFilter::compile(*parsed, LinkType::ethernet, reading);
    if (!wanted) return;
    SessionSpec spec;
    spec.filter = *parsed;
    spec.assume = setting_.assume;
    const LoweredFilter lowered = plan::legalize(*parsed, backend_->dialect(), {spec, facts_});
    auto pushed = filter::RecordFilter::compile(lowered.pushed, LinkType::ethernet, filter::Reading::file);
    auto residual = filter::RecordFilter::compile(lowered.residual, LinkType::ethernet, lowered.reading);
    CAPTURE(text);
    REQUIRE(pushed);
    REQUIRE(residual);
    ++tally.filters;
    tally.pushed += filter::is_match_all(lowered.pushed) ? 0U : 1U;
    CHECK((!lowered.native_words.empty() || filter::is_match_all(lowered.pushed)));
    const std::size_t stride = 1 + cases.size() / wanted_pairs;
    for (std::size_t at = tally.filters % stride; at < cases.size(); at += stride) {
      const Case& one = cases[at];
      if (one.size < ethernet_header) continue;  // no live frame is shorter
      if (setting_.tags_stripped && is_tagged(one)) continue;
      PacketRecord record;
      record.data = std::as_bytes(one.bytes());
      record.original_length = one.original_length;
      const bool is_wanted = wanted->matches(record);
      const bool is_pushed = pushed->matches(record);
      const bool both = is_pushed && residual->matches(record);
      ++tally.pairs;
      tally.through += is_pushed ? 1U : 0U;
      tally.wanted += is_wanted ? 1U : 0U;
      if (is_wanted && !is_pushed) FAIL_CHECK("wanted and not pushed: " << testing::hex(one.bytes()));
      if (both != is_wanted) FAIL_CHECK("not what is wanted: " << testing::hex(one.bytes()));
    }
  }

 private:
  static bool is_tagged(const Case& one) {
    const auto bytes = one.bytes();
    const int type = bytes[12] << 8 | bytes[13];
    return type == 0x8100 || type == 0x88a8 || type == 0x9100;
  }

  const Setting& setting_;
  BackendRegistry registry_;
  const Backend* backend_;
  HostFacts facts_;
};

}  // namespace

TEST_CASE("dialects: written filters, pushed and residual, on generated frames") {
  const Link ethernet;
  for (const Setting& setting : settings()) {
    CAPTURE(setting.backend);
    CAPTURE(setting.release);
    Checker checker(setting);
    Tallied tally;
    for (const auto& text : written_filters()) {
      checker.check(text, whole_frames(ethernet), 150, tally);
      checker.check(text, cut_frames(ethernet), 150, tally);
    }
    std::printf("%s %s: %zu filters, %zu pushed, %zu pairs, %zu wanted, %zu through\n",
                setting.backend.c_str(), setting.release.c_str(), tally.filters, tally.pushed, tally.pairs,
                tally.wanted, tally.through);
    CHECK(tally.pushed > tally.filters / 8);
    CHECK(tally.wanted > 1000);
    CHECK(tally.through < tally.pairs);
  }
}

TEST_CASE("dialects: random filters on random frames") {
  testing::Random random(testing::announced_seed(20261123));
  const Link ethernet;
  std::vector<testing::Frame> frames;
  for (auto& frame : testing::every_frame())
    if (frame.link_type == LinkType::ethernet) frames.push_back(std::move(frame));
  Cases cases;
  for (std::size_t i = 0; i < 4000; ++i) {
    const auto frame = testing::mutated(random.pick(frames), random);
    cases.push_back(make_case(frame.data, frame.original_length, frame.name));
  }
  for (const Setting& setting : settings()) {
    CAPTURE(setting.backend);
    CAPTURE(setting.release);
    Checker checker(setting);
    Tallied tally;
    while (tally.pairs < (exhaustive() ? 5'000'000U : 200'000U))
      checker.check(testing::random_filter(random, static_cast<unsigned>(random.below(4))), cases, 80, tally);
    CHECK(tally.wanted > tally.pairs / 100);
  }
}

}  // namespace anchoko::differential
