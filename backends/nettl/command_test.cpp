#include "backends/nettl/command.h"

#include <random>

#include "tests/tools/command_cases.h"

namespace anchoko::nettl {

TEST_CASE("nettl command: the lines of testdata/commands.txt mean what was written down by hand") {
  testing::check_command_table(command_grammar(), "backends/nettl/testdata/commands.txt", 42);
}

TEST_CASE("nettl command: any words are read without a fault, and print as what they ask for") {
  static const char* const nettl_pieces[] = {
      "-tn", "-traceon", "pduin", "pduout", "0x10000000", "-e",    "-entity", "igelan", "LINKALL", "all",
      "-f",  "/x y",     "-tm",   "2000",   "-n",         "4",     "-m",      "96",     "-mem",    "16M",
      "-c",  "-card",    "1",     "-ss",    "-status",    "trace", "-tf",     "-st",    "-timer",  "",
      "-",   "--",       "-rfl",  "-bind",  "2",          "-us",   "-size"};
  static const char* const netfmt_pieces[] = {"-N", "-n", "-l", "-T",     "-f", "/x", "-1",
                                              "-t", "10", "-c", "/c",     "-s", "-p", "--",
                                              "-",  "",   "y",  "-NnlTf", "-L", "-x", "x.TRC0"};
  std::mt19937 random(11);
  int sound = 0;
  for (int i = 0; i < 20000; ++i) {
    const bool reads = i % 4 == 0;
    std::vector<std::string> words{reads ? "netfmt" : "nettl"};
    if (!reads && i % 2 == 0) words.insert(words.end(), {"-tn", "pduin", "-e", "igelan"});
    for (auto left = random() % 7; left > 0; --left)
      words.emplace_back(reads ? netfmt_pieces[random() % std::size(netfmt_pieces)]
                               : nettl_pieces[random() % std::size(nettl_pieces)]);
    sound += testing::check_words(command_grammar(), words) ? 1 : 0;
  }
  CHECK(sound > 1000);
}

TEST_CASE("nettl crib: an entry for every option") {
  testing::check_crib_of(command_grammar());
}

}  // namespace anchoko::nettl
