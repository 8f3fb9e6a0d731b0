#include "backends/snoop/command.h"

#include <random>

#include "backends/snoop/command_filter.h"
#include "tests/tools/command_cases.h"

namespace anchoko::snoop {

TEST_CASE("snoop command: the lines of testdata/commands.txt mean what was written down by hand") {
  testing::check_command_table(command_grammar(), "backends/snoop/testdata/commands.txt", 90);
}

TEST_CASE("snoop command: options that a release does not have") {
  const auto ids = [](const char* line, const char* version) {
    std::vector<std::string> all;
    for (const auto& p : testing::read_command(command_grammar(), split_shell_line(line), version).problems)
      all.push_back(p.id);
    return testing::joined(all);
  };
  CHECK(ids("snoop -I net0 -r", "5.10") == "option-of-release");
  CHECK(ids("snoop -I net0 -r", "5.11") == "");
  CHECK(ids("snoop -d net0 -O x:2:1m", "5.11") == "option-of-release");
  CHECK(ids("snoop -d net0 -O x:2:1m", "illumos") == "");
  CHECK(ids("snoop -d net0 -O x:2:1m", "") == "");
}

TEST_CASE("snoop command: any words are read without a fault, and tokens lie where their text is") {
  static const char* const pieces[] = {
      "-d",   "net0", "-r",   "-o",      "x",         "-c",          "5",     "ip",  "(",   ")",
      "or",   "and",  "not",  "host",    "192.0.2.1", "port",        "53",    "net", "10",  "ip[",
      "]",    ":",    "2",    "=",       "&",         "|",           "ether", "src", "tcp", "!",
      "tcp[", ",",    "less", "vlan-id", "::1",       "1:2:3:4:5:6", "-",     "rpc"};
  std::mt19937 random(7);
  int sound = 0;
  for (int i = 0; i < 4000; ++i) {
    std::vector<std::string> words{"snoop", "-r", "-d", "net0"};
    for (auto left = random() % 9; left > 0; --left) words.emplace_back(pieces[random() % std::size(pieces)]);
    sound += testing::check_words(command_grammar(), words) ? 1 : 0;
  }
  CHECK(sound > 300);
}

TEST_CASE("snoop command: parentheses without end are refused, not followed") {
  CHECK_FALSE(read_native_filter(std::string(100000, '('), true).expr);
  std::string nots;
  for (int i = 0; i < 50000; ++i) nots += "not ";
  CHECK_FALSE(read_native_filter(nots + "arp", false).expr);
}

TEST_CASE("snoop crib: an entry for every option") {
  testing::check_crib_of(command_grammar());
}

}  // namespace anchoko::snoop
