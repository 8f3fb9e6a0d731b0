#include "config/parameter_value.h"

#include <doctest/doctest.h>

#include "core/filter/parser.h"

namespace anchoko::config {
namespace {

using enum ParameterType;

std::string read(ParameterType type, const std::string& text, const std::vector<std::string>& allowed = {}) {
  const auto value = parse_value("x", type, allowed, text);
  if (value) return *value;
  CHECK(value.error().kind == ErrorKind::usage);
  return value.error().message + (value.error().hint.empty() ? "" : " | " + value.error().hint);
}

}  // namespace

TEST_CASE("parameter values: every type has one canonical form") {
  struct Row {
    ParameterType type;
    const char* text;
    const char* canonical;
  };
  for (const Row& row : std::vector<Row>{{address, "192.0.2.10", "192.0.2.10"},
                                         {address, "0.0.0.0", "0.0.0.0"},
                                         {address, "2001:DB8:0:0:0:0:0:1", "2001:db8::1"},  // RFC 5952
                                         {address, "::", "::"},
                                         {address, "::ffff:192.0.2.1", "::ffff:c000:201"},
                                         {network, "192.0.2.0/24", "192.0.2.0/24"},
                                         {network, "0.0.0.0/0", "0.0.0.0/0"},
                                         {network, "192.0.2.1/32", "192.0.2.1/32"},
                                         {network, "2001:DB8::/32", "2001:db8::/32"},
                                         {network, "::/0", "::/0"},
                                         {port, "0", "0"},
                                         {port, "65535", "65535"},
                                         {port, "https", "443"},
                                         {portrange, "8000-8080", "8000-8080"},
                                         {portrange, "53", "53-53"},
                                         {portrange, "ftp-data", "20-20"},
                                         {number, "0", "0"},
                                         {number, "4294967295", "4294967295"},
                                         {number, "0xFF", "255"},
                                         {mac, "00:00:5E:00:53:01", "00:00:5e:00:53:01"},
                                         {mac, "00-00-5e-00-53-01", "00:00:5e:00:53:01"},
                                         {mac, "0:0:5e:0:53:1", "00:00:5e:00:53:01"},
                                         {mac, "0000.5e00.5301", "00:00:5e:00:53:01"},
                                         {mac, "00005e005301", "00:00:5e:00:53:01"},
                                         {interface, "Ethernet 2", "Ethernet 2"},
                                         {interface, "any", "any"}}) {
    CAPTURE(row.text);
    CHECK(read(row.type, row.text) == row.canonical);
    CHECK(read(row.type, row.canonical) == row.canonical);
  }
  CHECK(read(choice, "udp", {"tcp", "udp"}) == "udp");
}

TEST_CASE("parameter values: what is not of the type says why") {
  struct Row {
    ParameterType type;
    const char* text;
    const char* message;
  };
  const char* const name = "names are not looked up: give the address, such as 192.0.2.10 or 2001:db8::10";
  for (const Row& row : std::vector<Row>{
           {address, "1.2.3.4 or port 22",
            "an address, not \"1.2.3.4 or port 22\" | one address and nothing else; what more is wanted "
            "belongs in the filter of the profile"},
           {address, "web1.example.org", name},
           {address, "localhost", name},
           {address, "1.2.3.4)", name},
           {address, "192.0.2", "four numbers up to 255"},
           {address, "192.0.2.256", "four numbers up to 255"},
           {address, "192.0.2.1.5", "four numbers up to 255"},
           {address, "192.0.02.1", "without leading zeros"},
           {address, "192.0.2.0/24", "without a prefix length"},
           {address, "fe80::1%eth0", "without the zone"},
           {address, "2001:db8::1::2", "for example"},
           {address, "", "not \"\" | for example"},
           {network, "192.0.2.5/24", "did you mean 192.0.2.0/24?"},
           {network, "2001:db8::1/32", "did you mean 2001:db8::/32?"},
           {network, "192.0.2.5", "192.0.2.5/32"},
           {network, "2001:db8::1", "2001:db8::1/128"},
           {network, "192.0.2.0/33", "up to 32"},
           {network, "2001:db8::/129", "up to 128"},
           {network, "192.0.2.0/", "up to 32"},
           {network, "192.0.2.0/255.255.255.0", "up to 32"},
           {network, "10/8", "for example 192.0.2.0/24"},
           {network, "192.0.2.0/24 or ip", "up to 32"},
           {port, "65536", "up to 65535"},
           {port, "-1", "up to 65535"},
           {port, "080", "without leading zeros"},
           {port, "htttps", "did you mean \"https\"?"},
           {port, "80 or 22", "a port, not \"80 or 22\""},
           {port, "", "a port, not \"\""},
           {portrange, "90-80", "did you mean 80-90?"},
           {portrange, "80-", "two numbers"},
           {portrange, "80-90-100", "two numbers"},
           {portrange, "1-65536", "two numbers"},
           {number, "4294967296", "up to 4294967295"},
           {number, "0x100000000", "0xffffffff"},
           {number, "0x", "0xffffffff"},
           {number, "010", "without leading zeros"},
           {number, "1+1", "a whole number"},
           {mac, "00:00:5e:00:53", "six bytes"},
           {mac, "00:00:5e:00:53:01:02", "six bytes"},
           {mac, "00:00:5e:00:53:001", "six bytes"},
           {mac, "00:00-5e:00:53:01", "six bytes"},
           {interface, "", "an interface, not \"\""},
           {interface, "eth0\nx", "an interface, not \"eth0?x\""}}) {
    CAPTURE(row.text);
    const std::string message = read(row.type, row.text);
    CAPTURE(message);
    CHECK(message.starts_with("x must be a"));
    CHECK(message.find(row.message) != std::string::npos);
  }
  CHECK(read(choice, "upd", {"tcp", "udp"}) ==
        "x must be \"tcp\" or \"udp\", not \"upd\" | did you mean \"udp\"?");
  CHECK(read(choice, "tcp or udp", {"tcp", "udp"}) == "x must be \"tcp\" or \"udp\", not \"tcp or udp\"");
}

// Whatever is typed: when it is taken at all, the filter keeps its one primitive.
TEST_CASE("parameter values: no text smuggles words into a filter") {
  struct Use {
    ParameterType type;
    const char* before;
  };
  const std::vector<std::string> pieces{
      "",     "1.2.3.4", "2001:db8::1", "80", "-90", "10.0.0.0", "/8", "00:00:5e:00:53:01",
      "0x10", " ",       " or ",        "(",  ")",   "}",        "\\", "||"};
  std::size_t taken = 0;
  for (const Use& use : std::vector<Use>{{address, "host "},
                                         {network, "net "},
                                         {port, "port "},
                                         {portrange, "portrange "},
                                         {number, "less "},
                                         {mac, "ether host "}}) {
    for (const auto& a : pieces) {
      for (const auto& b : pieces) {
        for (const auto& c : pieces) {
          const auto value = parse_value("x", use.type, {}, a + b + c);
          if (!value) continue;
          ++taken;
          CAPTURE(*value);
          CHECK(value->find_first_of(" \t\n(){}!|&\\'") == std::string::npos);
          const auto filter = filter::parse(use.before + *value);
          REQUIRE(filter);
          CHECK((*filter)->kind == filter::NodeKind::primitive);
        }
      }
    }
  }
  CHECK(taken > 20);
}

TEST_CASE("parameter values: words of a choice stand for themselves") {
  CHECK(check_choice_word("tcp"));
  CHECK(check_choice_word("ftp-data"));
  for (const char* word : {"", "tcp or udp", "(", "tcp)", "-x", "x-", "and", "or", "not", "{a}", "a\\b"}) {
    CAPTURE(word);
    CHECK(!check_choice_word(word));
  }
}

TEST_CASE("parameter values: names of parameters") {
  for (const char* word : {"a", "Host2", "name_server", "abcdefghijklmnopqrstuvwxyzabcdef"})
    CHECK(is_parameter_name(word));
  for (const char* word : {"", "2a", "_a", "a-b", "a b", "é", "abcdefghijklmnopqrstuvwxyzabcdefg"})
    CHECK(!is_parameter_name(word));
}

}  // namespace anchoko::config
