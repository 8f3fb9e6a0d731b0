// Filters and frames at random. ANCHOKO_SEED repeats a run; ANCHOKO_PAIRS says how long the
// first one is (see tests/differential/random_pairs); ANCHOKO_EXHAUSTIVE makes all of them twenty times as
// long.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include <doctest/doctest.h>

#include "core/filter/printer.h"
#include "tests/differential/compare.h"
#include "tests/tools/random_filter.h"

namespace anchoko::differential {
namespace {

const std::vector<testing::Frame>& frames_of(LinkType type) {
  static std::map<LinkType, std::vector<testing::Frame>> made;
  if (made.empty()) {
    for (testing::Frame& frame : testing::every_frame()) made[frame.link_type].push_back(std::move(frame));
  }
  return made.at(type);
}

Cases changed_frames(testing::Random& random, LinkType type, std::size_t count) {
  Cases out;
  for (std::size_t i = 0; i < count; ++i) {
    const testing::Frame frame = testing::mutated(random.pick(frames_of(type)), random);
    out.push_back(make_case(frame.data, frame.original_length, frame.name));
  }
  return out;
}

// Pairs of filter and record to compare; ANCHOKO_PAIRS overrides.
std::size_t wanted_pairs(std::size_t fallback) {
  const char* text = std::getenv("ANCHOKO_PAIRS");
  return text != nullptr ? static_cast<std::size_t>(std::strtoull(text, nullptr, 10)) : fallback;
}

}  // namespace

TEST_CASE("random filters on random frames: acceptance and verdicts equal libpcap's") {
  testing::Random random(testing::announced_seed(20240229));
  const std::size_t wanted = wanted_pairs(exhaustive() ? 20'000'000 : 1'000'000);
  constexpr std::size_t records = 60;  // per filter, link type and pool
  std::size_t filters = 0;
  std::size_t pairs = 0;
  std::size_t compared = 0;
  std::size_t accepted = 0;
  std::size_t telling = 0;
  std::vector<Cases> pools(judged_links().size());
  for (; pairs < wanted; ++filters) {
    // New frames from time to time, on one link type after the other.
    if (filters % 50 == 0) {
      const std::size_t first = filters == 0 ? 0 : (filters / 50) % pools.size();
      const std::size_t last = filters == 0 ? pools.size() : first + 1;
      for (std::size_t i = first; i < last; ++i)
        pools[i] = changed_frames(random, judged_links()[i].type, filters == 0 ? 300 : 2000);
    }
    const std::string text = testing::random_filter(random, static_cast<unsigned>(random.below(4)));
    Tally sum;
    // Ethernet always, three others in turn.
    for (std::size_t turn = 0; turn < 4; ++turn) {
      const std::size_t place = turn == 0 ? 0 : 1 + (((3 * filters) + turn) % (judged_links().size() - 1));
      const Link& link = judged_links()[place];
      Compiled compiled = compile_both(text, link);
      if (!compare_acceptance(text, link, compiled)) continue;
      for (const Cases* cases : {&std::as_const(pools)[place], &whole_frames(link), &cut_frames(link)}) {
        const std::size_t stride = 1 + (cases->size() / records);
        const Tally tally = compare_verdicts(text, link, compiled, *cases,
                                             static_cast<std::size_t>(random.below(stride)), stride);
        sum.hits += tally.hits;
        sum.misses += tally.misses;
        compared += tally.compared;
      }
    }
    pairs += sum.hits + sum.misses;
    accepted += sum.hits + sum.misses > 0 ? 1 : 0;
    telling += sum.hits > 0 && sum.misses > 0 ? 1 : 0;
  }
  CHECK(pairs >= wanted);
  CHECK(accepted > filters / 2);
  CHECK(telling > filters / 3);
  std::printf(
      "%zu filters, %zu accepted, %zu with hits and misses, %zu pairs of filter and record, %zu verdicts\n",
      filters, accepted, telling, pairs, compared);
}

TEST_CASE("random filters: printed, they mean the same to libpcap") {
  testing::Random random(testing::announced_seed(20240301));
  const std::size_t rounds = exhaustive() ? 20000 : 600;
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
    for (const Link& link : judged_links()) {
      const auto before = testing::PcapFilter::compile(text, link.type, link.order);
      if (!before) continue;
      const auto after = testing::PcapFilter::compile(printed, link.type, link.order);
      REQUIRE_MESSAGE(after.has_value(), (after ? "" : after.error()));
      const Cases& cases = cut_frames(link);
      const std::size_t stride = 1 + (cases.size() / 40);
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
  std::vector<std::string> lines = written_filters();
  for (std::string& line : read_lines("texts.txt")) lines.push_back(std::move(line));
  const testing::WordMixer mixer(lines);
  const std::size_t rounds = exhaustive() ? 200'000 : 10'000;
  std::size_t accepted = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string text = mixer.mixed(random);
    const Link& link = random.pick(judged_links());
    Compiled compiled = compile_both(text, link);
    if (!compare_acceptance(text, link, compiled)) continue;
    ++accepted;
    compare_verdicts(text, link, compiled, whole_frames(link), static_cast<std::size_t>(random.below(7)), 7);
  }
  CHECK(accepted > rounds / 20);
  CHECK(accepted < rounds - rounds / 20);
  std::printf("%zu of %zu texts accepted\n", accepted, rounds);
}

namespace {

std::string mistyped(std::string text, testing::Random& random) {
  static const std::string characters = "  ()[]!&|=<>+-*/%^:.,\\0123456789afxtcpiudrohsen";
  const std::uint64_t rounds = 1 + random.below(2);
  for (std::uint64_t round = 0; round < rounds && !text.empty(); ++round) {
    const auto place = static_cast<std::size_t>(random.below(text.size()));
    const char other = characters[static_cast<std::size_t>(random.below(characters.size()))];
    switch (random.below(4)) {
      case 0:
        text.erase(place, 1);
        break;
      case 1:
        text.insert(place, 1, other);
        break;
      case 2:
        text[place] = other;
        break;
      default:
        std::swap(text[place], text[static_cast<std::size_t>(random.below(text.size()))]);
        break;
    }
  }
  return text;
}

// Refusals that the design wants where libpcap accepts.
bool may_refuse(const std::string& text, const Compiled& compiled) {
  return compiled.our_error.find("support") != std::string::npos ||
         compiled.our_error.find("looked up") != std::string::npos ||
         text.find("portrange") != std::string::npos ||
         text.find('\\') != std::string::npos;  // see slips.txt
}

}  // namespace

TEST_CASE("mistyped filters: acceptance equals libpcap's") {
  testing::Random random(testing::announced_seed(20240303));
  std::vector<std::string> lines = written_filters();
  for (std::string& line : read_lines("texts.txt")) lines.push_back(std::move(line));
  const std::size_t rounds = exhaustive() ? 400'000 : 20'000;
  std::size_t accepted = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string line = random.one_in(4) ? testing::random_filter(random, 1) : random.pick(lines);
    const std::string text = mistyped(line, random);
    const Link& link = random.pick(judged_links());
    Compiled compiled = compile_both(text, link);
    if (compiled.theirs && !compiled.ours && may_refuse(text, compiled)) continue;
    if (!compare_acceptance(text, link, compiled)) continue;
    ++accepted;
    compare_some(text, link, compiled, whole_frames(link), 60, round);
  }
  CHECK(accepted > rounds / 40);
  CHECK(accepted < rounds / 2);
  std::printf("%zu of %zu texts accepted\n", accepted, rounds);
}

}  // namespace anchoko::differential
