// Every written filter against libpcap: acceptance, verdicts in both readings, hits and misses, printing.
#include <algorithm>
#include <cctype>
#include <cstdio>

#include <doctest/doctest.h>

#include "core/filter/printer.h"
#include "tests/differential/compare.h"

namespace anchoko::differential {
namespace {

bool says_vlan(const std::string& text) {
  std::string word;
  for (const char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += c;
      continue;
    }
    if (word == "vlan") return true;
    word.clear();
  }
  return false;
}

void same_verdicts(const testing::PcapFilter& before, const testing::PcapFilter& after, const Cases& cases,
                   std::size_t stride) {
  for (std::size_t at = 0; at < cases.size(); at += stride) {
    const Case& record = cases[at];
    const bool expected = before.matches(record.bytes(), record.original_length);
    if (after.matches(record.bytes(), record.original_length) == expected) continue;
    FAIL_CHECK("libpcap " << (expected ? "accepts" : "rejects")
                          << " by the first text only: " << testing::hex(record.bytes()));
    return;
  }
}

}  // namespace

TEST_CASE("written filters: verdicts equal libpcap's on whole frames, each with a hit and a miss") {
  const auto filters = read_lines("filters.txt");
  REQUIRE(filters.size() >= 100);
  std::size_t compared = 0;
  for (const std::string& text : filters) {
    Tally sum;
    bool accepted = false;
    for (const LinkType type : judged_link_types()) {
      Compiled compiled = compile_both(text, type);
      if (!compare_acceptance(text, type, compiled)) continue;
      accepted = true;
      const Tally tally = compare_verdicts(text, type, compiled, whole_frames(type));
      sum.hits += tally.hits;
      sum.misses += tally.misses;
      compared += tally.compared;
    }
    CHECK_MESSAGE(accepted, "libpcap refuses a line of filters.txt, which belongs into texts.txt: ", text);
    CHECK_MESSAGE(sum.hits > 0, "no generated frame hits: ", text);
    CHECK_MESSAGE(sum.misses > 0, "no generated frame misses: ", text);
  }
  std::printf("%zu filters, %zu verdicts compared\n", filters.size(), compared);
}

TEST_CASE("written filters: verdicts equal libpcap's on frames cut at every offset") {
  std::size_t compared = 0;
  std::size_t turn = 0;
  const std::size_t stride = exhaustive() ? 1 : 5;  // the starting point moves, so that all cuts are used
  for (const std::string& text : read_lines("filters.txt")) {
    for (const LinkType type : judged_link_types()) {
      Compiled compiled = compile_both(text, type);
      if (!compiled.accepted_by_both()) continue;
      compared += compare_verdicts(text, type, compiled, cut_frames(type), turn++ % stride, stride).compared;
    }
  }
  CHECK(compared > 1'000'000);
  std::printf("%zu verdicts compared\n", compared);
}

TEST_CASE("written filters: a filter that says vlan is read as on a file, any other as captured") {
  for (const std::string& text : read_lines("filters.txt")) {
    const auto tree = filter::parse(text);
    if (!tree) continue;  // reported elsewhere
    CHECK_MESSAGE((filter::capture_reading(*tree) == filter::Reading::file) == says_vlan(text), text);
  }
}

TEST_CASE("written filters: nothing beyond the read extent is read, and it is no wider than libpcap's") {
  for (const std::string& text : read_lines("filters.txt")) {
    for (const LinkType type : judged_link_types()) {
      const Compiled compiled = compile_both(text, type);
      if (!compiled.accepted_by_both()) continue;
      CAPTURE(text);
      const std::size_t extent = compiled.ours->read_extent();
      CHECK(extent <= compiled.theirs->read_extent());
      std::size_t different = 0;
      for (const Case& record : whole_frames(type)) {
        const auto whole = std::as_bytes(record.bytes());
        const auto part = whole.first(std::min(extent, whole.size()));
        different += compiled.ours->matches(part, record.original_length) !=
                     compiled.ours->matches(whole, record.original_length);
      }
      CHECK(different == 0);
    }
  }
}

TEST_CASE("the printer: what it writes means the same to libpcap and to us") {
  for (const char* file : {"filters.txt", "texts.txt"}) {
    for (const std::string& text : read_lines(file)) {
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
        const auto after = testing::PcapFilter::compile(printed, type);
        if (!before)
          continue;  // refused on this link type, or a difference in acceptance: reported elsewhere
        CHECK_MESSAGE(after.has_value(), (after ? "" : after.error()));
        if (!after) continue;
        same_verdicts(*before, *after, whole_frames(type), 1);
        same_verdicts(*before, *after, cut_frames(type), exhaustive() ? 1 : 11);
      }
    }
  }
}

}  // namespace anchoko::differential
