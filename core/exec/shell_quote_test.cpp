#include "core/exec/shell_quote.h"

#include <doctest/doctest.h>

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
