// Filters and frames at random. ANCHOKO_SEED repeats a run; ANCHOKO_EXHAUSTIVE makes it twenty times as long.
#include <cstdio>
#include <utility>

#include <doctest/doctest.h>

#include "core/filter/printer.h"
#include "tests/differential/compare.h"
#include "tests/tools/random_filter.h"

namespace anchoko::differential {
namespace {

Cases mutants(testing::Random& random, LinkType type, std::size_t count) {
  std::vector<testing::Frame> frames;
  for (testing::Frame& frame : testing::every_frame()) {
    if (frame.link_type == type) frames.push_back(std::move(frame));
  }
  Cases out;
  for (std::size_t i = 0; i < count; ++i) {
    const testing::Frame frame = testing::mutated(random.pick(frames), random);
    out.push_back(make_case(frame.data, frame.original_length, frame.name));
  }
  return out;
}

}  // namespace

TEST_CASE("random filters on random frames: acceptance and verdicts equal libpcap's") {
  testing::Random random(testing::announced_seed(20240229));
  const std::size_t rounds = exhaustive() ? 24000 : 1200;
  std::size_t compared = 0;
  std::size_t accepted = 0;
  std::size_t telling = 0;
  std::vector<Cases> pools;
  for (const LinkType type : judged_link_types()) pools.push_back(mutants(random, type, 2000));
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string text = testing::random_filter(random, 1 + static_cast<unsigned>(random.below(4)));
    Tally sum;
    for (std::size_t i = 0; i < judged_link_types().size(); ++i) {
      const LinkType type = judged_link_types()[i];
      Compiled compiled = compile_both(text, type);
      if (!compare_acceptance(text, type, compiled)) continue;
      for (const Cases* cases : {&std::as_const(pools)[i], &whole_frames(type), &cut_frames(type)}) {
        const std::size_t stride = 1 + cases->size() / 40;
        const Tally tally = compare_verdicts(text, type, compiled, *cases,
                                             static_cast<std::size_t>(random.below(stride)), stride);
        sum.hits += tally.hits;
        sum.misses += tally.misses;
        compared += tally.compared;
      }
    }
    accepted += sum.hits + sum.misses > 0 ? 1 : 0;
    telling += sum.hits > 0 && sum.misses > 0 ? 1 : 0;
  }
  CHECK(compared >= 50'000);
  CHECK(accepted > rounds / 2);
  CHECK(telling > rounds / 3);
  std::printf("%zu filters, %zu accepted, %zu with hits and misses, %zu verdicts compared\n", rounds,
              accepted, telling, compared);
}

TEST_CASE("random filters: printed, they mean the same to libpcap") {
  testing::Random random(testing::announced_seed(20240301));
  const std::size_t rounds = exhaustive() ? 20000 : 1000;
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string text = testing::random_filter(random, 1 + static_cast<unsigned>(random.below(4)));
    const auto tree = filter::parse(text);
    if (!tree) continue;
    const std::string printed = filter::print(*tree);
    CAPTURE(text);
    CAPTURE(printed);
    CHECK(filter::prints_faithfully(*tree));
    const auto again = filter::parse(printed);
    REQUIRE(again.has_value());
    CHECK(filter::equal(*tree, *again));
    for (const LinkType type : judged_link_types()) {
      const auto before = testing::PcapFilter::compile(text, type);
      if (!before) continue;
      const auto after = testing::PcapFilter::compile(printed, type);
      REQUIRE_MESSAGE(after.has_value(), (after ? "" : after.error()));
      const Cases& cases = cut_frames(type);
      const std::size_t stride = 1 + cases.size() / 100;
      for (std::size_t at = static_cast<std::size_t>(random.below(stride)); at < cases.size(); at += stride) {
        const Case& record = cases[at];
        CHECK_MESSAGE(before->matches(record.bytes(), record.original_length) ==
                          after->matches(record.bytes(), record.original_length),
                      testing::hex(record.bytes()));
      }
    }
  }
}

TEST_CASE("mixed words: acceptance equals libpcap's") {
  testing::Random random(testing::announced_seed(20240302));
  std::vector<std::string> lines = read_lines("filters.txt");
  for (std::string& line : read_lines("texts.txt")) lines.push_back(std::move(line));
  const testing::WordMixer mixer(lines);
  const std::size_t rounds = exhaustive() ? 200'000 : 10'000;
  std::size_t accepted = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string text = mixer.mixed(random);
    const LinkType type = random.pick(judged_link_types());
    Compiled compiled = compile_both(text, type);
    if (!compare_acceptance(text, type, compiled)) continue;
    ++accepted;
    compare_verdicts(text, type, compiled, whole_frames(type), static_cast<std::size_t>(random.below(7)), 7);
  }
  CHECK(accepted > rounds / 20);
  CHECK(accepted < rounds - rounds / 20);
  std::printf("%zu of %zu texts accepted\n", accepted, rounds);
}

}  // namespace anchoko::differential
