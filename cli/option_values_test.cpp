#include "cli/option_values.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <doctest/doctest.h>

#include "cli/complete.h"
#include "cli/parse.h"

using namespace anchoko;
using namespace anchoko::cli;

TEST_CASE("a closed set is checked, listed, and does not change the title") {
  CLI::App app;
  std::string value = "auto";
  CLI::Option* option = one_of(app.add_option("--color", value)->type_name("WHEN"), {"auto", "always"});
  CHECK(choices_of(*option) == std::vector<std::string>{"auto", "always"});
  CHECK(option->get_type_name() == "WHEN");
  app.parse("--color always");
  CHECK(value == "always");
  CHECK_THROWS_AS(app.parse("--color alway"), CLI::ValidationError);
  std::string other;
  CLI::Option* free = suggest(app.add_option("--way", other), {"in", "out"});
  CHECK(choices_of(*free) == std::vector<std::string>{"in", "out"});
  app.parse("--way sideways");
  CHECK(other == "sideways");
  CHECK(choices_of(*app.add_option("--any", other)).empty());
}

TEST_CASE("a word outside the set is a usage error with what was meant") {
  for (const auto& command : all_commands()) {
    CommonOptions common;
    const auto wrong = parse_options(*command, {"--lang", "jp"}, common);
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().kind == ErrorKind::usage);
    CHECK(wrong.error().message == "--lang cannot be 'jp'");
    CHECK(wrong.error().hint == "did you mean 'ja'?");
    break;
  }
}
