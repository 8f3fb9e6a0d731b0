#include "backends/iptrace/command.h"

#include <random>

#include "tests/tools/command_cases.h"

namespace anchoko::iptrace {

TEST_CASE("iptrace command: the lines of testdata/commands.txt mean what was written down by hand") {
  testing::check_command_table(command_grammar(), "backends/iptrace/testdata/commands.txt", 35);
}

TEST_CASE("iptrace command: words inside the string of startsrc have their own places") {
  const auto command = testing::read_command(
      command_grammar(), split_shell_line("startsrc -s iptrace -a \"-i en0 -p 80,x7 /tmp/x\""));
  const auto& line = command.text.line;
  bool interface = false;
  for (const auto& token : command.tokens) {
    const auto there = line.substr(token.where.begin, token.where.end - token.where.begin);
    if (token.id == "-i") interface = there == "-i en0";
  }
  CHECK(interface);
  for (const auto& problem : command.problems) {
    if (problem.id == "bad-port")
      CHECK(line.substr(problem.where.begin, problem.where.end - problem.where.begin) == "x7");
  }
  CHECK(testing::has_error(command_grammar(), command));
}

TEST_CASE("iptrace command: any words are read without a fault, and print as what they ask for") {
  static const char* const pieces[] = {
      "-a", "-b",  "-e", "-L", "100", "-s", "192.0.2.1",  "-d", "db1", "-p", "53,80", "-P", "tcp",
      "-i", "en0", "-S", "96", "-B",  "-T", "/tmp/x.ipt", "-u", "-Q",  "--", "-",     ",",  "-ab"};
  std::mt19937 random(9);
  int sound = 0;
  for (int i = 0; i < 4000; ++i) {
    std::vector<std::string> words;
    for (auto left = random() % 9; left > 0; --left) words.emplace_back(pieces[random() % std::size(pieces)]);
    if (i % 2 == 0) {
      words.insert(words.begin(), "iptrace");
    } else {
      const std::string all = testing::joined(words);
      words = {"startsrc", "-s", "iptrace", "-a", all};
    }
    sound += testing::check_words(command_grammar(), words) ? 1 : 0;
  }
  CHECK(sound > 150);
}

TEST_CASE("iptrace crib: an entry for every option") {
  testing::check_crib_of(command_grammar());
}

}  // namespace anchoko::iptrace
