#include "backends/snoop/filter_text.h"

#include <doctest/doctest.h>

#include "core/filter/parser.h"

using namespace anchoko;

namespace {

std::string text(const char* filter, snoop::Place place) {
  const auto parsed = filter::parse(filter);
  REQUIRE(parsed);
  const auto written = snoop::filter_text(*parsed, place);
  return written ? written->text : std::string("-");
}

}  // namespace

TEST_CASE("snoop: behind a tag that the filter asks for, offsets are counted from the frame") {
  using snoop::Place;
  CHECK(text("vlan 5 and ip proto 17", Place::as_it_stands) ==
        "(ether[12:2] = 0x8100 or ether[12:2] = 0x88a8 or ether[12:2] = 0x9100) and "
        "ether[14:2] & 0xfff = 5 and ether[16:2] = 0x800 and ether[27] = 17");
  CHECK(text("vlan and tcp[13] & 2 != 0", Place::as_it_stands)
            .ends_with("ether[16:2] = 0x800 and ether[27] = 6 and ether[24:2] & 0x1fff = 0 and "
                       "ether[(ether[18] & 0xf) * 4 + 31] & 0x2 != 0"));
}

TEST_CASE("snoop: `not` stands before parentheses, because it binds to one word only") {
  CHECK(text("not ip proto 6", snoop::Place::behind_tag) == "not (ip and ip[9] = 6)");
  CHECK(text("not udp or arp", snoop::Place::behind_tag).starts_with("not ("));
}

TEST_CASE("snoop: the cost of a text grows with what stands in it") {
  const auto one = snoop::filter_text(*filter::parse("host 192.0.2.1"), snoop::Place::behind_tag);
  const auto two = snoop::filter_text(*filter::parse("host 192.0.2.1 or arp"), snoop::Place::behind_tag);
  CHECK(one->tests < two->tests);
  CHECK(one->words < two->words);
  CHECK(snoop::fits(*two));
  CHECK_FALSE(snoop::fits({"", 1, 1025, 1}));
  CHECK_FALSE(snoop::fits({"", 63, 10, 1}));
  // A chain of comparisons costs a path each, what is nested multiplies.
  const auto chain = snoop::filter_text(*filter::parse("ether[20] = 1 or ether[21] = 1 or ether[22] = 1"),
                                        snoop::Place::as_it_stands);
  CHECK(chain->paths == 3);
  std::string nested = "ether[20] = 1";
  for (int i = 21; i < 55; ++i)
    nested = "(" + nested + (i % 2 ? ") and ether[" : ") or ether[") + std::to_string(i) + "] = 1";
  CHECK_FALSE(snoop::fits(*snoop::filter_text(*filter::parse(nested), snoop::Place::as_it_stands)));
}
