// Texts that may or may not be filters: libpcap decides.
#include <cstdio>
#include <set>

#include <doctest/doctest.h>

#include "core/filter/satisfiable.h"
#include "tests/differential/compare.h"

namespace anchoko::differential {

TEST_CASE("acceptance: what libpcap accepts we accept, what it refuses we refuse") {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const std::string& text : read_lines("texts.txt")) {
    bool any = false;
    for (const Link& link : judged_links()) {
      Compiled compiled = compile_both(text, link);
      if (!compare_acceptance(text, link, compiled)) continue;
      any = true;
      compare_verdicts(text, link, compiled, whole_frames(link));
    }
    ++(any ? accepted : refused);
  }
  CHECK(accepted >= 40);
  CHECK(refused >= 40);
  std::printf("%zu texts accepted, %zu refused\n", accepted, refused);
}

TEST_CASE("acceptance: a refusal is one located mistake of use") {
  for (const std::string& text : read_lines("texts.txt")) {
    const auto tree = filter::parse(text);
    if (tree) continue;
    CAPTURE(text);
    CHECK(tree.error().kind == ErrorKind::usage);
    REQUIRE(tree.error().diagnostics.size() == 1);
    const Diagnostic& diagnostic = tree.error().diagnostics.front();
    CHECK(!diagnostic.message.empty());
    CHECK(diagnostic.line == 1);
    CHECK(diagnostic.column >= 1);
    CHECK(diagnostic.column <= text.size() + 1);
    CHECK(diagnostic.length >= 1);
    CHECK(diagnostic.source == "-f");
    CHECK(diagnostic.excerpt == text);
  }
}

TEST_CASE("beyond the language: refused and called unsupported") {
  std::size_t known = 0;
  for (const std::string& text : read_lines("beyond.txt")) {
    const auto tree = filter::parse(text);
    CHECK_MESSAGE(!tree.has_value(), "accepted, and the design does not list it: ", text);
    if (tree) continue;
    const std::string said = described(tree.error());
    const bool named =
        said.find("support") != std::string::npos || said.find("looked up") != std::string::npos;
    bool theirs = false;
    for (const Link& link : judged_links())
      theirs = theirs || testing::PcapFilter::compile(text, link.type, link.order).has_value();
    known += theirs ? 1 : 0;
    CHECK_MESSAGE((named || !theirs),
                  "libpcap knows this text and our refusal does not say that we do not support it: ", text,
                  "\n", said);
  }
  CHECK(known >= 30);
}

TEST_CASE("slips: refused, or libpcap's meaning") {
  for (const std::string& text : read_lines("slips.txt")) {
    for (const Link& link : judged_links()) {
      Compiled compiled = compile_both(text, link);
      if (compiled.ours && compare_acceptance(text, link, compiled)) {
        compare_verdicts(text, link, compiled, whole_frames(link));
      }
    }
  }
}

TEST_CASE("plainly false filters: proved to match nothing, and libpcap matches nothing") {
  for (const std::string& text : read_lines("false.txt")) {
    const auto tree = filter::parse(text);
    CHECK_MESSAGE(tree.has_value(), text);
    if (!tree) continue;
    CHECK_MESSAGE(filter::never_matches(*tree), "not proved false: ", text);
    for (const Link& link : judged_links()) {
      Compiled compiled = compile_both(text, link);
      if (!compare_acceptance(text, link, compiled)) continue;
      CHECK(compare_verdicts(text, link, compiled, whole_frames(link)).hits == 0);
      CHECK(compare_some(text, link, compiled, cut_frames(link), 2000, 3).hits == 0);
    }
  }
}

TEST_CASE("link types: those of this test are evaluated, an unknown one is not") {
  for (const Link& link : judged_links()) CHECK(filter::is_evaluated(link.type));
  const auto unknown = static_cast<LinkType>(147);
  CHECK(!filter::is_evaluated(unknown));
  const auto tree = filter::parse("ip");
  REQUIRE(tree.has_value());
  CHECK(!filter::Program::compile(*tree, unknown).has_value());
}

}  // namespace anchoko::differential
