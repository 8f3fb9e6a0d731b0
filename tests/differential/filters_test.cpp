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
  const auto& filters = written_filters();
  REQUIRE(filters.size() >= 500);
  std::size_t compared = 0;
  for (const std::string& text : filters) {
    Tally sum;
    bool accepted = false;
    for (const Link& link : judged_links()) {
      Compiled compiled = compile_both(text, link);
      if (!compare_acceptance(text, link, compiled)) continue;
      accepted = true;
      const Tally tally = compare_verdicts(text, link, compiled, whole_frames(link));
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
  for (const std::string& text : written_filters()) {
    for (const Link& link : judged_links()) {
      Compiled compiled = compile_both(text, link);
      if (!compiled.accepted_by_both()) continue;
      compared += compare_some(text, link, compiled, cut_frames(link), 1500, turn++).compared;
    }
  }
  CHECK(compared > 1'000'000);
  std::printf("%zu verdicts compared\n", compared);
}

TEST_CASE("written filters: a filter that says vlan is read as on a file, any other as captured") {
  for (const std::string& text : written_filters()) {
    const auto tree = filter::parse(text);
    if (!tree) continue;  // reported elsewhere
    CHECK_MESSAGE((filter::capture_reading(*tree) == filter::Reading::file) == says_vlan(text), text);
  }
}

TEST_CASE("written filters: nothing beyond the read extent is read, and it is no wider than libpcap's") {
  for (const std::string& text : written_filters()) {
    for (const Link& link : judged_links()) {
      const Compiled compiled = compile_both(text, link);
      if (!compiled.accepted_by_both()) continue;
      CAPTURE(text);
      const std::size_t extent = compiled.ours->read_extent();
      // Where an offset is worked out at run time, libpcap's program does not tell how far it can reach.
      const bool told = link.type != LinkType::ieee802_11 && link.type != LinkType::ieee802_11_radiotap;
      if (told && text.find('[') == std::string::npos) CHECK(extent <= compiled.theirs->read_extent());
      std::size_t different = 0;
      for (const Case& record : whole_frames(link)) {
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
  const std::vector<std::string> texts = read_lines("texts.txt");
  for (const std::vector<std::string>* lines : {&written_filters(), &texts}) {
    for (const std::string& text : *lines) {
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
        const auto after = testing::PcapFilter::compile(printed, link.type, link.order);
        if (!before)
          continue;  // refused on this link type, or a difference in acceptance: reported elsewhere
        CHECK_MESSAGE(after.has_value(), (after ? "" : after.error()));
        if (!after) continue;
        same_verdicts(*before, *after, whole_frames(link), exhaustive() ? 1 : 7);
        same_verdicts(*before, *after, cut_frames(link), exhaustive() ? 1 : 211);
      }
    }
  }
}

}  // namespace anchoko::differential
