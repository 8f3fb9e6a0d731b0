#include "core/base/diagnostic.h"

#include <doctest/doctest.h>

namespace anchoko {
namespace {

Diagnostic at(std::string excerpt, std::uint32_t column, std::uint32_t length) {
  Diagnostic d;
  d.source = "a.toml";
  d.line = 2;
  d.column = column;
  d.length = length;
  d.excerpt = std::move(excerpt);
  d.message = "wrong";
  return d;
}

TEST_CASE("the caret stands under the word, wide characters counted") {
  CHECK(render(at("key = 5", 7, 1)) == "a.toml:2:7: error: wrong\n  | key = 5\n  |       ^\n");
  // Two Japanese characters are six bytes and four columns.
  CHECK(render(at("\xe3\x81\x82\xe3\x82\x93 = 5", 10, 1)) ==
        "a.toml:2:10: error: wrong\n  | \xe3\x81\x82\xe3\x82\x93 = 5\n  |        ^\n");
}

TEST_CASE("control characters never reach the terminal") {
  const auto text = render(at("a\033[31mb\x07", 1, 1));
  CHECK(text.find('\033') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
}

TEST_CASE("a very long line is shown around the mistake") {
  const auto text = render(at(std::string(5000, 'x') + "!" + std::string(5000, 'y'), 5001, 1));
  CHECK(text.size() < 400);
  CHECK(text.find("x!y") != std::string::npos);
}

TEST_CASE("a slip is recognised, a different word is not") {
  const std::vector<std::string> words{"port", "portrange", "host", "duration"};
  CHECK(did_you_mean("prot", words) == "port");
  CHECK(did_you_mean("duraton", words) == "duration");
  CHECK(did_you_mean("hsot", words) == "host");
  CHECK(did_you_mean("elephant", words).empty());
  CHECK(did_you_mean("", words).empty());
}

}  // namespace
}  // namespace anchoko
