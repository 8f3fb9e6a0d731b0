// Promise 1 with the emulated iptrace as the judge of what its words let pass, under every reading of what
// its manual leaves open, but for those that someone has vouched against.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "backends/iptrace/emulator_filter.h"
#include "backends/registry.h"
#include "core/plan/legalize.h"
#include "tests/differential/compare.h"
#include "tests/differential/iptrace_readings.h"
#include "tests/tools/random_filter.h"
#include "tests/tools/temporary_folder.h"

namespace anchoko::differential {
namespace {

namespace emulated = iptrace::emulated;

struct Tallied {
  std::size_t filters = 0;
  std::size_t pushed = 0;
  std::size_t pairs = 0;
  std::size_t wanted = 0;
  std::size_t through = 0;
};

class Judge {
 public:
  Judge(const std::string& readings, std::vector<std::string> assume)
      : assume_(std::move(assume)), registry_(make_backend_registry()), backend_(*registry_.find("iptrace")) {
    std::ofstream(folder_.path() / "host.conf")
        << "os aix\nrelease 7.2\ninterface en0 none0 02:00:00:00:00:0a 192.0.2.10\n"
        << readings;
    auto host = lab::EmulatedHost::open(folder_.path());
    REQUIRE(host);
    host_.emplace(std::move(*host));
  }

  void judge(const std::string& text, const Cases& cases, std::size_t stride, Tallied& tally) {
    const auto parsed = filter::parse(text);
    if (!parsed) return;
    auto wanted =
        filter::RecordFilter::compile(*parsed, LinkType::ethernet, filter::capture_reading(*parsed));
    if (!wanted) return;
    SessionSpec spec;
    spec.filter = *parsed;
    spec.assume = assume_;
    const auto facts = backend_.assumed_facts();
    const auto lowered = plan::legalize(*parsed, backend_.dialect(), {spec, facts});
    ++tally.filters;
    if (lowered.native_words.empty()) return;
    ++tally.pushed;
    // Promiscuous: what the adapter shows is another question.
    std::vector<std::string> words{"-e"};
    words.insert(words.end(), lowered.native_words.begin(), lowered.native_words.end());
    words.emplace_back("/tmp/log");
    CAPTURE(text);
    CAPTURE(words);
    const auto options = emulated::parse_options(*host_, words);
    REQUIRE_MESSAGE(options, (options ? "" : options.error().message));
    const emulated::Filter tool(*host_, *options);
    for (std::size_t at = tally.filters % stride; at < cases.size(); at += stride) {
      PacketRecord record;
      record.data = std::as_bytes(cases[at].bytes());
      record.original_length = cases[at].original_length;
      lab::Frame frame;
      frame.bytes = record.data;
      frame.original = record.original_length;
      const bool passes = tool.passes(frame);
      const bool is_wanted = wanted->matches(record);
      ++tally.pairs;
      tally.wanted += is_wanted ? 1U : 0U;
      tally.through += passes ? 1U : 0U;
      if (is_wanted && !passes)
        FAIL_CHECK("wanted, and iptrace does not let it pass: " << testing::hex(cases[at].bytes()));
    }
  }

 private:
  testing::TemporaryFolder folder_;
  std::optional<lab::EmulatedHost> host_;
  std::vector<std::string> assume_;
  BackendRegistry registry_;
  const Backend& backend_;
};

}  // namespace

TEST_CASE("emulated iptrace: what written filters want passes, under every reading that is left") {
  testing::Random random(testing::announced_seed(20261125));
  const Cases cases = iptrace_frames();
  for (const auto& assume : iptrace_assumptions()) {
    CAPTURE(assume);
    std::vector<std::string> readings;
    // The defaults, each reading of each fact alone, and some of all at once.
    readings.push_back(readings_with(assume, [](const IptraceFact&, std::size_t) { return std::size_t{0}; }));
    for (const IptraceFact& fact : iptrace_facts()) {
      for (std::size_t i = 1; i < fact.readings.size(); ++i) {
        readings.push_back(readings_with(assume, [&](const IptraceFact& one, std::size_t left) {
          return &one == &fact ? std::min(i, left - 1) : std::size_t{0};
        }));
      }
    }
    for (int i = 0; i < 20; ++i) {
      readings.push_back(readings_with(assume, [&](const IptraceFact&, std::size_t left) {
        return static_cast<std::size_t>(random.below(left));
      }));
    }
    Tallied tally;
    for (const auto& reading : readings) {
      CAPTURE(reading);
      Judge judge(reading, assume);
      for (const auto& text : written_filters()) judge.judge(text, cases, exhaustive() ? 1 : 7, tally);
    }
    std::printf(
        "%zu assumptions: %zu readings, %zu filters, %zu pushed, %zu pairs, %zu wanted, %zu through\n",
        assume.size(), readings.size(), tally.filters, tally.pushed, tally.pairs, tally.wanted,
        tally.through);
    CHECK(tally.pushed > 400);
    CHECK(tally.wanted > 1000);
    CHECK(tally.through < tally.pairs);
  }
}

TEST_CASE("emulated iptrace: random filters") {
  testing::Random random(testing::announced_seed(20261126));
  const Cases cases = iptrace_frames();
  for (const auto& assume : iptrace_assumptions()) {
    const auto reading = readings_with(assume, [&](const IptraceFact&, std::size_t left) {
      return static_cast<std::size_t>(random.below(left));
    });
    CAPTURE(assume);
    CAPTURE(reading);
    Judge judge(reading, assume);
    Tallied tally;
    for (int i = 0; i < (exhaustive() ? 20000 : 600); ++i)
      judge.judge(testing::random_filter(random, static_cast<unsigned>(random.below(4))), cases, 7, tally);
    CHECK(tally.pushed > 30);
  }
}

}  // namespace anchoko::differential
