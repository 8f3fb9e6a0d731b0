#include "core/exec/shell_quote.h"

#include <chrono>

#include <doctest/doctest.h>

#include "core/exec/command_runner.h"

using namespace anchoko;

TEST_CASE("posix: plain words stay as they are, others get single quotes") {
  struct Row {
    CommandLine words;
    const char* expected;
  };
  const Row rows[] = {
      {{"tcpdump", "-i", "eth0"}, "tcpdump -i eth0"},
      {{"tcpdump", ""}, "tcpdump ''"},
      {{"tcpdump", "udp port 53"}, "tcpdump 'udp port 53'"},
      {{"tcpdump", "(udp) or (tcp)"}, "tcpdump '(udp) or (tcp)'"},
      {{"echo", "it's"}, "echo 'it'\\''s'"},
      {{"netsh", "capture=yes"}, "netsh capture=yes"},
      {{"A=1", "A=1"}, "'A=1' A=1"},
      {{"if", "if"}, "'if' if"},
      {{"ls", "~", "~root", "a~"}, "ls '~' '~root' 'a~'"},
      {{"ls", "*", "a?b", "[x]", "{a,b}"}, "ls '*' 'a?b' '[x]' '{a,b}'"},
      {{"echo", "#x", "!x", "=ls", "$HOME", "`id`", "a\nb", "a\\b", "<", "&"},
       "echo '#x' '!x' '=ls' '$HOME' '`id`' 'a\nb' 'a\\b' '<' '&'"},
      {{"x", "/var/tmp/anchoko.6b2x0k-4f7t/capture.pcap"}, "x /var/tmp/anchoko.6b2x0k-4f7t/capture.pcap"},
      {{"x", "\xc3\xa9"}, "x '\xc3\xa9'"},
  };
  for (const auto& row : rows) CHECK(quote_posix(row.words) == row.expected);
  CHECK(quote_posix(std::string("a b")) == "'a b'");
  CHECK(quote_posix(std::string("a=b")) == "'a=b'");
  CHECK(quote_posix(CommandLine{}).empty());
}

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

TEST_CASE("windows: program bare, arguments in double quotes") {
  const auto text =
      quote_windows({"netsh", "trace", "start", "capture=yes", "traceFile=C:\\Tmp\\Net Trace.etl"});
  REQUIRE(text.has_value());
  CHECK(*text == "netsh \"trace\" \"start\" \"capture=yes\" \"traceFile=C:\\Tmp\\Net Trace.etl\"");
  CHECK(quote_windows({"netsh"}).value() == "netsh");
  CHECK(quote_windows({"netsh", ""}).value() == "netsh \"\"");
  CHECK(quote_windows({"netsh", "a&b|c<d>e^f!g'h;i,j(k)"}).value() == "netsh \"a&b|c<d>e^f!g'h;i,j(k)\"");
}

TEST_CASE("windows: words that the two shells read differently are refused") {
  const CommandLine refused[] = {{"netsh", "a\"b"},
                                 {"netsh", "$x"},
                                 {"netsh", "a`b"},
                                 {"netsh", "%PATH%"},
                                 {"netsh", "C:\\"},
                                 {"netsh", "a\nb"},
                                 {"netsh", "a\tb"},
                                 {"netsh", std::string("a\0b", 3)},
                                 {"net sh"},
                                 {"-x"},
                                 {""},
                                 {}};
  for (const auto& command : refused) {
    const auto result = quote_windows(command);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().kind == ErrorKind::usage);
  }
}
