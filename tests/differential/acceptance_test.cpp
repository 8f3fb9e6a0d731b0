// Texts that may or may not be filters: libpcap decides.
#include <cstdio>
#include <set>

#include <doctest/doctest.h>

#include "tests/differential/compare.h"

namespace anchoko::differential {

TEST_CASE("acceptance: what libpcap accepts we accept, what it refuses we refuse") {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const std::string& text : read_lines("texts.txt")) {
    bool any = false;
    for (const LinkType type : judged_link_types()) {
      Compiled compiled = compile_both(text, type);
      if (!compare_acceptance(text, type, compiled)) continue;
      any = true;
      compare_verdicts(text, type, compiled, whole_frames(type));
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

TEST_CASE("beyond the language: refused and called unsupported, or the same meaning") {
  std::size_t understood = 0;
  for (const std::string& text : read_lines("beyond.txt")) {
    for (const LinkType type : judged_link_types()) {
      Compiled compiled = compile_both(text, type);
      if (compiled.ours) {
        ++understood;
        if (compare_acceptance(text, type, compiled))
          compare_verdicts(text, type, compiled, whole_frames(type));
      } else if (compiled.theirs) {
        const bool named = compiled.our_error.find("support") != std::string::npos ||
                           compiled.our_error.find("looked up") != std::string::npos;
        CHECK_MESSAGE(
            named, "libpcap knows this text and our refusal does not say that we do not support it: ", text,
            "\n", compiled.our_error);
      }
    }
  }
  std::printf("%zu understood\n", understood);
}

TEST_CASE("slips: refused, or libpcap's meaning") {
  for (const std::string& text : read_lines("slips.txt")) {
    for (const LinkType type : judged_link_types()) {
      Compiled compiled = compile_both(text, type);
      if (compiled.ours && compare_acceptance(text, type, compiled)) {
        compare_verdicts(text, type, compiled, whole_frames(type));
      }
    }
  }
}

TEST_CASE("link types: those of this test are evaluated, an unknown one is not") {
  for (const LinkType type : judged_link_types()) CHECK(filter::is_evaluated(type));
  const auto unknown = static_cast<LinkType>(147);
  CHECK(!filter::is_evaluated(unknown));
  const auto tree = filter::parse("ip");
  REQUIRE(tree.has_value());
  CHECK(!filter::Program::compile(*tree, unknown).has_value());
}

}  // namespace anchoko::differential
