#include "cli/parse.h"

#include <doctest/doctest.h>

using namespace anchoko;
using namespace anchoko::cli;

namespace {

const std::vector<std::string> names{"capture", "plan", "profile list", "profile show"};

Chosen choose(std::vector<std::string> words) {
  auto chosen = choose_command(words, names);
  REQUIRE(chosen.has_value());
  return *chosen;
}

Error mistake(std::vector<std::string> words) {
  auto chosen = choose_command(words, names);
  REQUIRE_FALSE(chosen.has_value());
  CHECK(chosen.error().kind == ErrorKind::usage);
  return chosen.error();
}

}  // namespace

TEST_CASE("the command is the first word that is no option") {
  CHECK(choose({"plan", "-f", "ip"}).name == "plan");
  CHECK(choose({"plan", "-f", "ip"}).words == std::vector<std::string>{"-f", "ip"});
  CHECK(choose({"--json", "--color", "never", "plan", "dns"}).name == "plan");
  CHECK(choose({"--json", "--color", "never", "plan", "dns"}).words ==
        std::vector<std::string>{"--json", "--color", "never", "dns"});
  // A profile or file may be called like a command.
  CHECK(choose({"plan", "capture"}).words == std::vector<std::string>{"capture"});
  CHECK(choose({"profile", "list", "--json"}).name == "profile list");
  CHECK(choose({"profile", "-q", "show", "list"}).name == "profile show");
  CHECK(choose({"profile", "-q", "show", "list"}).words == std::vector<std::string>{"-q", "list"});
}

TEST_CASE("help and version are found wherever people put them") {
  CHECK(choose({"--help"}).what == Chosen::What::help);
  CHECK(choose({"-h"}).what == Chosen::What::help);
  CHECK(choose({"help"}).what == Chosen::What::help);
  CHECK(choose({"--version"}).what == Chosen::What::version);
  CHECK(choose({"help", "plan"}).name == "plan");
  CHECK(choose({"help", "plan"}).words == std::vector<std::string>{"--help"});
  CHECK(choose({"help", "profile"}).what == Chosen::What::help_group);
  CHECK(choose({"profile", "--help"}).what == Chosen::What::help_group);
  CHECK(choose({"profile", "list", "--help"}).what == Chosen::What::command);
  // Behind a command it is that command's own business.
  CHECK(choose({"plan", "--version"}).what == Chosen::What::command);
}

TEST_CASE("a wrong word gets one clear line and a way on") {
  CHECK(mistake({"captur"}).message == "unknown command 'captur'");
  CHECK(mistake({"captur"}).hint == "did you mean 'capture'?");
  CHECK(mistake({"xyzzy"}).hint == "commands: capture, plan and profile");
  CHECK(mistake({}).message == "a command is missing");
  CHECK(mistake({"-q"}).message == "a command is missing");
  CHECK(mistake({"--jsn"}).message == "unknown option '--jsn'");
  CHECK(mistake({"--jsn"}).hint == "did you mean '--json'?");
  CHECK(mistake({"profile"}).message == "'profile' needs a command behind it");
  CHECK(mistake({"profile", "lst"}).hint == "did you mean 'list'?");
}

TEST_CASE("counts and choices") {
  CHECK(parse_count("-c", "0", 10) == std::uint64_t{0});
  CHECK(parse_count("-c", "10", 10) == std::uint64_t{10});
  CHECK_FALSE(parse_count("-c", "11", 10).has_value());
  CHECK_FALSE(parse_count("-c", "", 10).has_value());
  CHECK_FALSE(parse_count("-c", "-1", 10).has_value());
  CHECK_FALSE(parse_count("-c", "1k", 10).has_value());
  CHECK_FALSE(parse_count("-c", "99999999999999999999", 10).has_value());
  CHECK(check_choice("--reading", "file", {"file", "capture"}).has_value());
  CHECK(check_choice("--reading", "fil", {"file", "capture"}).error().hint == "did you mean 'file'?");
}
