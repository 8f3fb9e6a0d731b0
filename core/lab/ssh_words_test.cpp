#include <doctest/doctest.h>

#include "core/lab/lab_program.h"

using namespace anchoko;

namespace {

Result<lab::SshWords> read(const std::vector<std::string>& words) {
  return lab::read_ssh_words(words);
}

}  // namespace

// ssh(1): options, one destination, and words that are one command, however they are divided.
TEST_CASE("lab ssh: what a command over ssh consists of") {
  const auto words =
      read({"-T", "-x", "-o", "BatchMode=yes", "-oLogLevel=ERROR", "--", "root@sol1", "/bin/sh -s"});
  REQUIRE(words.has_value());
  CHECK(words->destination == "sol1");
  CHECK(words->command == std::vector<std::string>{"/bin/sh", "-s"});
  CHECK(words->control.empty());
  CHECK(read({"-Tx", "-p22", "sol1", "df", "-k"})->command == std::vector<std::string>{"df", "-k"});
  CHECK(read({"sol1"})->command.empty());
}

TEST_CASE("lab ssh: words to a connection that is shared") {
  CHECK(read({"-O", "check", "--", "sol1"})->control == "check");
  CHECK(read({"-TOexit", "sol1"})->control == "exit");
}

TEST_CASE("lab ssh: what it does not understand is refused") {
  for (const auto& words : {std::vector<std::string>{}, {"-T"}, {"-T", "--"}, {"-Z", "sol1"}, {"-T", "-o"}}) {
    const auto answer = read(words);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().kind == ErrorKind::usage);
  }
  // Nothing that a login shell would have to read.
  for (const char* word : {"a;b", "$HOME", "'x'", "a|b", "*", "x\\y", "`x`", "a&"}) {
    CAPTURE(word);
    CHECK_FALSE(read({"sol1", word}).has_value());
  }
}
