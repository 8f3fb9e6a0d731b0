#include <chrono>

#include <doctest/doctest.h>

#include "core/exec/command_runner.h"
#include "core/exec/shell_quote.h"

using namespace anchoko;

// The judge is the system's shell: it must take our text apart into the words that went in.
TEST_CASE("posix: sh reads back every word") {
  CommandLine words{"printf", "%s\\0", ""};
  for (int byte = 1; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    words.push_back(one);
    words.push_back(one + "x");
    words.push_back("x" + one);
    words.push_back("'" + one + "'");
  }
  for (const char* word :
       {"a b", "''", "'\\''", "$(id)", "${HOME}", "~root", "-n",   "--",   "a=b", "if",
        "a;b", "\\", "\\\\n", "!!",    "{1..3}",  "*",     "\n\n", "\r\n", "\t",  "日本語"}) {
    words.push_back(word);
  }
  std::string expected;
  for (std::size_t i = 2; i < words.size(); ++i) expected += words[i] + '\0';
  auto runner = make_local_runner();
  const auto output = runner->run({"sh", "-c", quote_posix(words)}, std::chrono::seconds(10));
  REQUIRE(output.has_value());
  CHECK(output->exit_status == 0);
  CHECK(output->err == "");
  CHECK(output->out == expected);
}
