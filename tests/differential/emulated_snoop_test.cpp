// Promise 1 with the emulated snoop as the judge of what its words let pass: whatever is wanted passes, under
// every reading of what the reference leaves open, on every release; and what passes beyond is told.
#include <cstdio>

#include <doctest/doctest.h>

#include "backends/registry.h"
#include "backends/snoop/emulator_filter.h"
#include "core/plan/legalize.h"
#include "tests/differential/compare.h"
#include "tests/tools/random_filter.h"

namespace anchoko::differential {
namespace {

using snoop::emulated::Medium;
using snoop::emulated::Release;
using snoop::emulated::System;

constexpr std::size_t ethernet_header = 14;

// One bit for each open fact that a filter can meet.
constexpr unsigned facts = 4;
Release emulated(System system, unsigned readings) {
  Release release;
  release.system = system;
  if (system == System::solaris10) {
    release.tags = (readings & 1U) != 0;
    release.net_swapped = true;
  }
  release.length_frames_pass = (readings & 2U) == 0;
  release.signed_values = (readings & 4U) != 0;
  release.overflow_rejects_all = (readings & 8U) == 0;
  return release;
}

struct Tallied {
  std::size_t filters = 0;
  std::size_t pushed = 0;
  std::size_t pairs = 0;
  std::size_t wanted = 0;
  std::size_t through = 0;
  std::size_t differs = 0;  // frames on which the pushed part, as a filter, and snoop disagree
};

class Judge {
 public:
  Judge(System system, unsigned readings)
      : release_(emulated(system, readings)),
        registry_(make_backend_registry()),
        backend_(*registry_.find("snoop")) {
    facts_ = backend_.assumed_facts();
    facts_.os_release = system == System::solaris10 ? "5.10" : "5.11";
    if (system == System::illumos) facts_.os = "illumos";
    facts_.hostname = "sol";
    HostInterface net0;
    net0.name = "net0";
    net0.is_default = true;
    net0.link_type = "EN10MB";
    facts_.interfaces = {net0};
  }

  void judge(const std::string& text, const Cases& cases, std::size_t wanted_pairs, Tallied& tally) {
    const auto parsed = filter::parse(text);
    if (!parsed) return;
    auto wanted =
        filter::RecordFilter::compile(*parsed, LinkType::ethernet, filter::capture_reading(*parsed));
    if (!wanted) return;
    SessionSpec spec;
    spec.filter = *parsed;
    const auto lowered = plan::legalize(*parsed, backend_.dialect(), {spec, facts_});
    ++tally.filters;
    if (lowered.native_words.empty()) return;
    ++tally.pushed;
    const std::string words = lowered.native_words.front();
    CAPTURE(text);
    CAPTURE(words);
    REQUIRE(lowered.native_words.size() == 1);
    auto live =
        snoop::emulated::make_filter(words, snoop::emulated::Path::live, Medium::ethernet, release_, {});
    REQUIRE_MESSAGE(live, (live ? "" : live.error().message));
    CHECK(snoop::emulated::compile_seconds(*live, release_) < 1);
    CHECK_FALSE(live->in_kernel);  // `greater 0` keeps it out
    auto pushed = filter::RecordFilter::compile(lowered.pushed, LinkType::ethernet, filter::Reading::file);
    REQUIRE(pushed);
    const std::size_t stride = 1 + cases.size() / wanted_pairs;
    for (std::size_t at = tally.filters % stride; at < cases.size(); at += stride) {
      const Case& one = cases[at];
      if (one.size < ethernet_header) continue;
      PacketRecord record;
      record.data = std::as_bytes(one.bytes());
      // A live filter sees whole frames; those that were cut are short ones to it.
      record.original_length = static_cast<std::uint32_t>(one.size);
      const snoop::emulated::Packet packet{record.data, record.original_length};
      const bool passes = live->kernel_accepts(packet, Medium::ethernet, release_) &&
                          live->userland_accepts(packet, Medium::ethernet, release_);
      const bool is_wanted = wanted->matches(record);
      ++tally.pairs;
      tally.wanted += is_wanted ? 1U : 0U;
      tally.through += passes ? 1U : 0U;
      if (is_wanted && !passes)
        FAIL_CHECK("wanted, and snoop does not let it pass: " << testing::hex(one.bytes()));
      if (passes != pushed->matches(record)) ++tally.differs;
      if (lowered.exact() && passes != is_wanted)
        FAIL_CHECK("said to be exact, and is not: " << testing::hex(one.bytes()));
    }
  }

 private:
  Release release_;
  BackendRegistry registry_;
  const Backend& backend_;
  HostFacts facts_;
};

const char* name_of(System system) {
  return system == System::solaris10 ? "Solaris 10" : system == System::illumos ? "illumos" : "Solaris 11";
}

}  // namespace

TEST_CASE("emulated snoop: what written filters want passes, on every release and reading") {
  const Link ethernet;
  for (const System system : {System::solaris10, System::solaris11, System::illumos}) {
    for (unsigned readings = 0; readings < (1U << facts); ++readings) {
      CAPTURE(name_of(system));
      CAPTURE(readings);
      Judge judge(system, readings);
      Tallied tally;
      // The first and the last reading on more frames.
      const std::size_t pairs = readings == 0 || readings == (1U << facts) - 1 || exhaustive() ? 200 : 20;
      for (const auto& text : written_filters()) {
        judge.judge(text, whole_frames(ethernet), pairs, tally);
        judge.judge(text, cut_frames(ethernet), pairs, tally);
      }
      if (readings == 0) {
        std::printf(
            "%s: %zu filters, %zu pushed, %zu pairs, %zu wanted, %zu through, %zu unlike the pushed part\n",
            name_of(system), tally.filters, tally.pushed, tally.pairs, tally.wanted, tally.through,
            tally.differs);
      }
      CHECK(tally.pushed > 400);
      CHECK(tally.wanted > tally.pairs / 50);
      CHECK(tally.through < tally.pairs * 9 / 10);
    }
  }
}

TEST_CASE("emulated snoop: filters near its limits and of odd shapes") {
  const auto texts = filters_near_limits();
  const Link ethernet;
  for (const System system : {System::solaris10, System::solaris11}) {
    CAPTURE(name_of(system));
    Judge judge(system, 0);
    Tallied tally;
    for (const auto& text : texts) {
      judge.judge(text, whole_frames(ethernet), 2000, tally);
      judge.judge(text, cut_frames(ethernet), 500, tally);
    }
    CHECK(tally.pushed > tally.filters / 3);
  }
}

TEST_CASE("emulated snoop: random filters on random frames") {
  testing::Random random(testing::announced_seed(20261124));
  std::vector<testing::Frame> frames;
  for (auto& frame : testing::every_frame()) {
    if (frame.link_type == LinkType::ethernet) frames.push_back(std::move(frame));
  }
  Cases cases;
  for (std::size_t i = 0; i < 4000; ++i) {
    const auto frame = testing::mutated(random.pick(frames), random);
    cases.push_back(make_case(frame.data, frame.original_length, frame.name));
  }
  for (const System system : {System::solaris10, System::solaris11}) {
    CAPTURE(name_of(system));
    Judge judge(system, static_cast<unsigned>(random.below(1U << facts)));
    Tallied tally;
    while (tally.pairs < (exhaustive() ? 5'000'000U : 150'000U))
      judge.judge(testing::random_filter(random, static_cast<unsigned>(random.below(4))), cases, 80, tally);
    CHECK(tally.wanted > tally.pairs / 100);
  }
}

}  // namespace anchoko::differential
