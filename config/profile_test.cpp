#include "config/profile.h"

#include <fstream>

#include <doctest/doctest.h>

#include "config/document.h"
#include "config/schema.h"

namespace anchoko::config {
namespace {

const std::vector<KnownBackendOption> known{{"tcpdump", "", ""},
                                            {"netsh", "persistent", "boolean"},
                                            {"netsh", "file", "string"},
                                            {"netsh", "buffers", "integer"}};

Result<Profile> parse(const std::string& text) {
  return parse_profile(text, "p.toml", "p", known);
}

std::string messages(const std::string& text) {
  const auto profile = parse(text);
  if (profile) return "no mistake";
  CHECK(profile.error().kind == ErrorKind::usage);
  std::string all;
  for (const auto& d : profile.error().diagnostics) all += render(d);
  return all;
}

struct Mistake {
  const char* text;
  const char* message;
};

void check_all(const std::vector<Mistake>& mistakes) {
  for (const auto& mistake : mistakes) {
    CAPTURE(mistake.text);
    CHECK(messages(mistake.text) == mistake.message);
  }
}

}  // namespace

TEST_CASE("profile: unknown words are named at their key, with the likely one") {
  check_all({{"[capture]\nfiltr = \"\"\n",
              "p.toml:2:1: error: unknown key \"filtr\" in [capture]\n"
              "  | filtr = \"\"\n"
              "  | ^~~~~\n"
              "  = did you mean \"filter\"?\n"},
             {"[limits]\nfilter = \"ip\"\n",
              "p.toml:2:1: error: unknown key \"filter\" in [limits]\n"
              "  | filter = \"ip\"\n"
              "  | ^~~~~~\n"
              "  = \"filter\" belongs in [capture]\n"},
             {"filter = \"ip\"\n",
              "p.toml:1:1: error: unknown key \"filter\" at the top of the file\n"
              "  | filter = \"ip\"\n"
              "  | ^~~~~~\n"
              "  = \"filter\" belongs in [capture]\n"},
             {"[capture]\nextends = \"base\"\n",
              "p.toml:2:1: error: unknown key \"extends\" in [capture]\n"
              "  | extends = \"base\"\n"
              "  | ^~~~~~~\n"
              "  = \"extends\" stands at the top of the file, above the first table\n"},
             {"[captur]\nfilter = \"ip\"\n",
              "p.toml:1:2: error: unknown table [captur]\n"
              "  | [captur]\n"
              "  |  ^~~~~~\n"
              "  = did you mean \"capture\"?\n"},
             {"[zebra]\n",
              "p.toml:1:2: error: unknown table [zebra]\n"
              "  | [zebra]\n"
              "  |  ^~~~~\n"
              "  = tables: capture, limits, output, parameters, backend\n"},
             {"[capture]\n  \"zebra\\u001b[31m\" = 1\n",
              "p.toml:2:3: error: unknown key \"zebra?[31m\" in [capture]\n"
              "  |   \"zebra\\u001b[31m\" = 1\n"
              "  |   ^~~~~~~~~~~~~~~~~\n"
              "  = keys here: filter, interface, snaplen, promiscuous, direction, push, assume\n"},
             {"capture.snap.len = 5\n",
              "p.toml:1:9: error: unknown key \"snap\" in [capture]\n"
              "  | capture.snap.len = 5\n"
              "  |         ^~~~\n"
              "  = keys here: filter, interface, snaplen, promiscuous, direction, push, assume\n"},
             {"[[capture]]\n",
              "p.toml:1:3: error: capture must be a table, not an array\n"
              "  | [[capture]]\n"
              "  |   ^~~~~~~\n"
              "  = write [capture] on a line of its own, its keys below\n"},
             {"capture = 3\n",
              "p.toml:1:1: error: capture must be a table, not an integer\n"
              "  | capture = 3\n"
              "  | ^~~~~~~\n"
              "  = write [capture] on a line of its own, its keys below\n"},
             {"[backend.netshh]\n",
              "p.toml:1:10: error: unknown backend \"netshh\"\n"
              "  | [backend.netshh]\n"
              "  |          ^~~~~~\n"
              "  = did you mean \"netsh\"?\n"},
             {"[backend.netsh]\npersistant = true\n",
              "p.toml:2:1: error: unknown key \"persistant\" in [backend.netsh]\n"
              "  | persistant = true\n"
              "  | ^~~~~~~~~~\n"
              "  = did you mean \"persistent\"?\n"},
             {"[backend.tcpdump]\nbuffers = 4096\n",
              "p.toml:2:1: error: unknown key \"buffers\" in [backend.tcpdump]\n"
              "  | buffers = 4096\n"
              "  | ^~~~~~~\n"
              "  = keys here: interface\n"},
             {"backend.netsh = true\n",
              "p.toml:1:9: error: netsh must be a table, not a boolean\n"
              "  | backend.netsh = true\n"
              "  |         ^~~~~\n"
              "  = write [backend.netsh] on a line of its own, its keys below\n"},
             {"backend = []\n",
              "p.toml:1:1: error: backend must be a table, not an array\n"
              "  | backend = []\n"
              "  | ^~~~~~~\n"
              "  = write [backend.NAME] on a line of its own, its keys below\n"}});
}

TEST_CASE("profile: wrong types are named at their value") {
  check_all(
      {{"[capture]\nfilter = 53\n",
        "p.toml:2:10: error: filter must be a string, not an integer\n"
        "  | filter = 53\n"
        "  |          ^~\n"
        "  = for example: filter = \"udp port 53 or tcp port 53\"\n"},
       {"[capture]\nfilter = [\"ip\"]\n",
        "p.toml:2:10: error: filter must be a string, not an array\n"
        "  | filter = [\"ip\"]\n"
        "  |          ^~~~~~\n"
        "  = for example: filter = \"udp port 53 or tcp port 53\"\n"},
       {"[capture.filter]\nx = 1\n",
        "p.toml:1:10: error: filter must be a string, not a table\n"
        "  | [capture.filter]\n"
        "  |          ^~~~~~\n"
        "  = for example: filter = \"udp port 53 or tcp port 53\"\n"},
       {"[capture]\ninterface = 2\n",
        "p.toml:2:13: error: interface must be a string or an array of strings, not an integer\n"
        "  | interface = 2\n"
        "  |             ^\n"
        "  = for example: interface = [\"eth0\", \"eth1\"]\n"},
       {"[capture]\ninterface = [\"eth0\", 2]\n",
        "p.toml:2:22: error: interface must hold strings only, not an integer\n"
        "  | interface = [\"eth0\", 2]\n"
        "  |                      ^\n"},
       {"accept = \"nic-link-flap\"\n",
        "p.toml:1:10: error: accept must be an array of strings, not a string\n"
        "  | accept = \"nic-link-flap\"\n"
        "  |          ^~~~~~~~~~~~~~~\n"
        "  = for example: accept = [\"nic-link-flap\"]\n"},
       {"accept = [1.5, true]\n",
        "p.toml:1:11: error: accept must hold strings only, not a decimal number\n"
        "  | accept = [1.5, true]\n"
        "  |           ^~~\n"
        "p.toml:1:16: error: accept must hold strings only, not a boolean\n"
        "  | accept = [1.5, true]\n"
        "  |                ^~~~\n"},
       {"[capture]\npromiscuous = \"true\"\n",
        "p.toml:2:15: error: promiscuous must be true or false, not a string\n"
        "  | promiscuous = \"true\"\n"
        "  |               ^~~~~~\n"
        "  = for example: promiscuous = true\n"},
       {"[capture]\npromiscuous = 1\n",
        "p.toml:2:15: error: promiscuous must be true or false, not an integer\n"
        "  | promiscuous = 1\n"
        "  |               ^\n"
        "  = for example: promiscuous = true\n"},
       {"[capture]\ndirection = true\n",
        "p.toml:2:13: error: direction must be \"both\", \"in\" or \"out\", not a boolean\n"
        "  | direction = true\n"
        "  |             ^~~~\n"
        "  = for example: direction = \"in\"\n"},
       {"[limits]\nfiles = \"4\"\n",
        "p.toml:2:9: error: files must be an integer between 1 and 65535, not a string\n"
        "  | files = \"4\"\n"
        "  |         ^~~\n"
        "  = for example: files = 4\n"},
       {"[limits]\nfiles = 1.5\n",
        "p.toml:2:9: error: files must be an integer between 1 and 65535, not a decimal number\n"
        "  | files = 1.5\n"
        "  |         ^~~\n"
        "  = for example: files = 4\n"},
       {"[limits]\nduration = 60\n",
        "p.toml:2:12: error: duration must be a duration, not an integer: the unit is missing\n"
        "  | duration = 60\n"
        "  |            ^~\n"
        "  = for seconds: duration = \"60s\"\n"},
       {"[limits]\nduration = 00:01:00\n",
        "p.toml:2:12: error: duration must be a duration, not a date or time\n"
        "  | duration = 00:01:00\n"
        "  |            ^~~~~~~~\n"
        "  = for example: duration = \"1h30m\"\n"},
       {"[limits]\nmax_size = 1.5\n",
        "p.toml:2:12: error: max_size must be a size, not a decimal number\n"
        "  | max_size = 1.5\n"
        "  |            ^~~\n"
        "  = for example: max_size = \"100MiB\"\n"},
       {"[capture]\nsnaplen = true\n",
        "p.toml:2:11: error: snaplen must be \"full\" or an integer between 1 and 262144, not a boolean\n"
        "  | snaplen = true\n"
        "  |           ^~~~\n"
        "  = for example: snaplen = 128\n"},
       {"extends = []\n",
        "p.toml:1:11: error: extends must be a string, not an array\n"
        "  | extends = []\n"
        "  |           ^~\n"
        "  = for example: extends = \"base\"\n"},
       {"[backend.netsh]\npersistent = \"yes\"\n",
        "p.toml:2:14: error: persistent must be true or false, not a string\n"
        "  | persistent = \"yes\"\n"
        "  |              ^~~~~\n"},
       {"[backend.netsh]\nbuffers = true\n",
        "p.toml:2:11: error: buffers must be an integer, not a boolean\n"
        "  | buffers = true\n"
        "  |           ^~~~\n"},
       {"[backend.netsh]\ninterface = [\"a\", \"b\"]\n",
        "p.toml:2:13: error: interface must be a string, not an array\n"
        "  | interface = [\"a\", \"b\"]\n"
        "  |             ^~~~~~~~~~\n"}});
}

TEST_CASE("profile: bad values are named with what is possible") {
  check_all({{"[limits]\nduration = \"60\"\n",
              "p.toml:2:12: error: \"60\" is not a duration\n"
              "  | duration = \"60\"\n"
              "  |            ^~~~\n"
              "  = write whole numbers with d, h, m, s or ms, the largest unit first: \"60s\", \"1h30m\", "
              "\"500ms\"\n"},
             {"[limits]\nduration = \"0s\"\n",
              "p.toml:2:12: error: a duration of zero would mean no limit\n"
              "  | duration = \"0s\"\n"
              "  |            ^~~~\n"
              "  = every capture must end by itself; write how long it may run: \"10m\"\n"},
             {"[limits]\nduration = \"400d\"\n",
              "p.toml:2:12: error: \"400d\" is longer than 366d\n"
              "  | duration = \"400d\"\n"
              "  |            ^~~~~~\n"},
             {"[limits]\nmax_size = \"1GIB\"\n",
              "p.toml:2:12: error: \"1GIB\" is not a size\n"
              "  | max_size = \"1GIB\"\n"
              "  |            ^~~~~~\n"
              "  = write a whole number of bytes, or one with kB, MB, GB, TB (1000-based) or KiB, MiB, GiB, "
              "TiB (1024-based): \"100MiB\"\n"},
             {"[limits]\nmax_size = \"99999999999TiB\"\n",
              "p.toml:2:12: error: \"99999999999TiB\" is too large\n"
              "  | max_size = \"99999999999TiB\"\n"
              "  |            ^~~~~~~~~~~~~~~~\n"},
             {"[limits]\nmin_free = -1\n",
              "p.toml:2:12: error: min_free must not be negative\n"
              "  | min_free = -1\n"
              "  |            ^~\n"},
             {"[limits]\nfiles = 0\n",
              "p.toml:2:9: error: files must be an integer between 1 and 65535, not 0\n"
              "  | files = 0\n"
              "  |         ^\n"},
             {"[limits]\nfiles = 65536\n",
              "p.toml:2:9: error: files must be an integer between 1 and 65535, not 65536\n"
              "  | files = 65536\n"
              "  |         ^~~~~\n"},
             {"[limits]\npackets = -5\n",
              "p.toml:2:11: error: packets must be 0 or a larger integer, not -5\n"
              "  | packets = -5\n"
              "  |           ^~\n"},
             {"[capture]\nsnaplen = 0\n",
              "p.toml:2:11: error: snaplen must be \"full\" or an integer between 1 and 262144, not 0\n"
              "  | snaplen = 0\n"
              "  |           ^\n"},
             {"[capture]\nsnaplen = 262145\n",
              "p.toml:2:11: error: snaplen must be \"full\" or an integer between 1 and 262144, not 262145\n"
              "  | snaplen = 262145\n"
              "  |           ^~~~~~\n"},
             {"[capture]\nsnaplen = \"128\"\n",
              "p.toml:2:11: error: snaplen must be \"full\" or an integer between 1 and 262144, not \"128\"\n"
              "  | snaplen = \"128\"\n"
              "  |           ^~~~~\n"
              "  = a number stands without quotes\n"},
             {"[capture]\ndirection = \"inn\"\n",
              "p.toml:2:13: error: direction must be \"both\", \"in\" or \"out\", not \"inn\"\n"
              "  | direction = \"inn\"\n"
              "  |             ^~~~~\n"
              "  = did you mean \"in\"?\n"},
             {"[capture]\npush = \"always\"\n",
              "p.toml:2:8: error: push must be \"safe\" or \"none\", not \"always\"\n"
              "  | push = \"always\"\n"
              "  |        ^~~~~~~~\n"},
             {"[capture]\ninterface = []\n",
              "p.toml:2:13: error: a list of interfaces must not be empty\n"
              "  | interface = []\n"
              "  |             ^~\n"
              "  = \"default\" is the interface of the default route\n"},
             {"[capture]\ninterface = \"\"\n",
              "p.toml:2:13: error: interface must not be empty\n"
              "  | interface = \"\"\n"
              "  |             ^~\n"},
             {"[capture]\ninterface = [\"eth0\", \"any\"]\n",
              "p.toml:2:13: error: \"any\" cannot stand in a list with other interfaces\n"
              "  | interface = [\"eth0\", \"any\"]\n"
              "  |             ^~~~~~~~~~~~~~~\n"
              "  = write it alone, or name each interface\n"},
             {"[capture]\ninterface = [\"eth0\", \"eth0\"]\n",
              "p.toml:2:13: error: interface \"eth0\" is listed twice\n"
              "  | interface = [\"eth0\", \"eth0\"]\n"
              "  |             ^~~~~~~~~~~~~~~~\n"},
             {"[capture]\nfilter = \"ip\\u0000\"\n",
              "p.toml:2:10: error: filter must not hold control characters\n"
              "  | filter = \"ip\\u0000\"\n"
              "  |          ^~~~~~~~~~\n"},
             {"[output]\ndirectory = \"\"\n",
              "p.toml:2:13: error: directory must not be empty\n"
              "  | directory = \"\"\n"
              "  |             ^~\n"},
             {"description = \"\"\"two\nlines\"\"\"\n",
              "p.toml:1:15: error: description must be one line without control characters\n"
              "  | description = \"\"\"two\n"
              "  |               ^~~~~~\n"}});
}

TEST_CASE("profile: what is not TOML is named where it goes wrong") {
  check_all({{"[capture\nfilter = \"ip\"\n",
              "p.toml:1:9: error: not valid TOML: expected ']' before the end of the line\n"
              "  | [capture\n"
              "  |         ^\n"},
             {"[capture]\nfilter = udp port 53  # DNS\n",
              "p.toml:2:10: error: text must stand in quotes\n"
              "  | filter = udp port 53  # DNS\n"
              "  |          ^~~~~~~~~~~\n"
              "  = write filter = \"udp port 53\"\n"},
             {"[limits]\nduration = 60s\n",
              "p.toml:2:12: error: text must stand in quotes\n"
              "  | duration = 60s\n"
              "  |            ^~~\n"
              "  = write duration = \"60s\"\n"},
             {"[capture]\npromiscuous = True\n",
              "p.toml:2:15: error: \"True\" is not a TOML value\n"
              "  | promiscuous = True\n"
              "  |               ^~~~\n"
              "  = write true or false for a switch, and text in quotes\n"},
             {"[capture]\nfilter = \"udp port 53\n",
              "p.toml:2:22: error: the closing quote is missing\n"
              "  | filter = \"udp port 53\n"
              "  |                      ^\n"},
             {"[capture]\nfilter = \"\"\"udp port 53\n",
              "p.toml:2:10: error: this string is never closed\n"
              "  | filter = \"\"\"udp port 53\n"
              "  |          ^~~\n"
              "  = end it with the same three quotes\n"},
             {"[capture]\nfilter = \"udp \\port 53\"\n",
              "p.toml:2:16: error: a backslash in double quotes starts an escape, and this is none\n"
              "  | filter = \"udp \\port 53\"\n"
              "  |                ^\n"
              "  = write '…' in single quotes, where a backslash stands for itself\n"},
             {"[capture]\nfilter \"ip\"\n",
              "p.toml:2:8: error: not valid TOML: expected '=', saw '\"'\n"
              "  | filter \"ip\"\n"
              "  |        ^\n"},
             {"[capture]\nfilter =\n",
              "p.toml:2:9: error: not valid TOML: expected value before the end of the line\n"
              "  | filter =\n"
              "  |         ^\n"},
             {"[limits]\nfiles = 1\n  files = 2\n",
              "p.toml:3:3: error: \"files\" is already set further up\n"
              "  |   files = 2\n"
              "  |   ^~~~~\n"},
             {"[limits]\n[capture]\n[limits]\n",
              "p.toml:3:2: error: \"limits\" is already set further up\n"
              "  | [limits]\n"
              "  |  ^~~~~~\n"},
             {"[limits]\npackets = 99999999999999999999\n",
              "p.toml:2:11: error: this number is too large\n"
              "  | packets = 99999999999999999999\n"
              "  |           ^~~~~~~~~~~~~~~~~~~~\n"},
             {"[capture]\ninterface = [\"a\", \"b\"\n[limits]\nfiles = 2\n",
              "p.toml:3:1: error: not valid TOML: expected comma or closing ']', saw '['\n"
              "  | [limits]\n"
              "  | ^\n"
              "  = is the array further up closed with \"]\"?\n"},
             {"description = \"ab\xff\"\n",
              "p.toml:1:18: error: this byte is not UTF-8 text\n"
              "  | description = \"ab?\"\n"
              "  |                  ^\n"
              "  = save the file as UTF-8\n"},
             {"[=]\n",
              "p.toml:1:2: error: not valid TOML: expected a name, saw '='\n"
              "  | [=]\n"
              "  |  ^\n"},
             {"[日本]\nx = 1\n",
              "p.toml:1:2: error: not valid TOML: expected a name, saw '日'\n"
              "  | [日本]\n"
              "  |  ^~\n"},
             {"[\n",
              "p.toml:1:2: error: not valid TOML: expected a name before the end of the line\n"
              "  | [\n"
              "  |  ^\n"},
             {"capture. = 1\n",
              "p.toml:1:10: error: not valid TOML: expected a name, saw '='\n"
              "  | capture. = 1\n"
              "  |          ^\n"},
             {"[capture]\nfilter = \"a\" \"b\"\n",
              "p.toml:2:14: error: not valid TOML: expected a comment or whitespace, saw '\"'\n"
              "  | filter = \"a\" \"b\"\n"
              "  |              ^\n"},
             {"[backend.netsh]\nfile = \"C:\\Tmp\\x.etl\"\n",
              "p.toml:2:12: error: a backslash in double quotes starts an escape, and this is none\n"
              "  | file = \"C:\\Tmp\\x.etl\"\n"
              "  |            ^\n"
              "  = write '…' in single quotes, where a backslash stands for itself\n"}});
}

TEST_CASE("profile: all mistakes are told at once, in the order of the text") {
  check_all({{"extend = \"base\"\n[capture]\nfilter = \"udp prot 53\"\nsnaplen = \"ful\"\n[limits]\nduration "
              "= 60s\n"
              "files = 0\n[outputs]\ndirectory = 1\n",
              "p.toml:1:1: error: unknown key \"extend\" at the top of the file\n"
              "  | extend = \"base\"\n"
              "  | ^~~~~~\n"
              "  = did you mean \"extends\"?\n"
              "p.toml:3:15: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', "
              "'and', 'or' or the end\n"
              "  | filter = \"udp prot 53\"\n"
              "  |               ^~~~\n"
              "  = did you mean 'port'?\n"
              "p.toml:4:11: error: snaplen must be \"full\" or an integer between 1 and 262144, not \"ful\"\n"
              "  | snaplen = \"ful\"\n"
              "  |           ^~~~~\n"
              "  = a number stands without quotes\n"
              "p.toml:6:12: error: text must stand in quotes\n"
              "  | duration = 60s\n"
              "  |            ^~~\n"
              "  = write duration = \"60s\"\n"
              "p.toml:7:9: error: files must be an integer between 1 and 65535, not 0\n"
              "  | files = 0\n"
              "  |         ^\n"
              "p.toml:8:2: error: unknown table [outputs]\n"
              "  | [outputs]\n"
              "  |  ^~~~~~~\n"
              "  = did you mean \"output\"?\n"},
             {"[capture\nfilter = 1\npush = 2\n[limits]\nfiles = 2\nfiles = three\npackets = no\nmin_free = "
              "\"1\"\n",
              "p.toml:1:9: error: not valid TOML: expected ']' before the end of the line\n"
              "  | [capture\n"
              "  |         ^\n"
              "p.toml:6:1: error: \"files\" is already set further up\n"
              "  | files = three\n"
              "  | ^~~~~\n"
              "p.toml:7:11: error: \"no\" is not a TOML value\n"
              "  | packets = no\n"
              "  |           ^~\n"
              "  = write true or false for a switch, and text in quotes\n"}});
}

TEST_CASE("profile: after a mistake that cannot be stepped over there is only its own message") {
  check_all({{"[capture]\nfilter = '''\nudp port '''53\n  or tcp prot 53\n'''\n",
              "p.toml:3:13: error: not valid TOML: expected a comment or whitespace, saw '5'\n"
              "  | udp port '''53\n"
              "  |             ^\n"},
             {"[limits]\nfiles = [1,\nduration = \"60s\"\nmax_size = \"1GB\"\n[output]\ndirectory = 5\n",
              "p.toml:3:1: error: not valid TOML: this is not a value\n"
              "  | duration = \"60s\"\n"
              "  | ^\n"}});
}

TEST_CASE("profile: places are exact behind a byte order mark, CRLF line ends and text that is not ASCII") {
  check_all({{"\xef\xbb\xbf[capture]\r\nfilter = 5\r\n",
              "p.toml:2:10: error: filter must be a string, not an integer\n"
              "  | filter = 5\n"
              "  |          ^\n"
              "  = for example: filter = \"udp port 53 or tcp port 53\"\n"},
             {"\xef\xbb\xbf"
              "filter = 5\r\n",
              "p.toml:1:1: error: unknown key \"filter\" at the top of the file\n"
              "  | filter = 5\n"
              "  | ^~~~~~\n"
              "  = \"filter\" belongs in [capture]\n"},
             {"description = \"a\"\r\nfilter = 5\r\n[limits]\r\nduration = 6s\r\n",
              "p.toml:2:1: error: unknown key \"filter\" at the top of the file\n"
              "  | filter = 5\n"
              "  | ^~~~~~\n"
              "  = \"filter\" belongs in [capture]\n"
              "p.toml:4:12: error: text must stand in quotes\n"
              "  | duration = 6s\n"
              "  |            ^~\n"
              "  = write duration = \"6s\"\n"},
             {"capture = { interface = [\"Ethernet é 日本\", 5] }\n",
              "p.toml:1:48: error: interface must hold strings only, not an integer\n"
              "  | capture = { interface = [\"Ethernet é 日本\", 5] }\n"
              "  |                                             ^\n"},
             {"\"日本\" = 1\n",
              "p.toml:1:1: error: unknown key \"日本\" at the top of the file\n"
              "  | \"日本\" = 1\n"
              "  | ^~~~~~\n"
              "  = keys here: description, extends, accept\n"},
             {"capture = { interface = \"日本\", filter = \"udp prot 53\", zebra = 1 }\n",
              "p.toml:1:49: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', "
              "'and', 'or' or the end\n"
              "  | capture = { interface = \"日本\", filter = \"udp prot 53\", zebra = 1 }\n"
              "  |                                               ^~~~\n"
              "  = did you mean 'port'?\n"
              "p.toml:1:59: error: unknown key \"zebra\" in [capture]\n"
              "  | capture = { interface = \"日本\", filter = \"udp prot 53\", zebra = 1 }\n"
              "  |                                                         ^~~~~\n"
              "  = keys here: filter, interface, snaplen, promiscuous, direction, push, assume\n"},
             {"\tfiltre\t= 5\n",
              "p.toml:1:2: error: unknown key \"filtre\" at the top of the file\n"
              "  |  filtre = 5\n"
              "  |  ^~~~~~\n"
              "  = did you mean \"filter\" in [capture]?\n"}});
}

TEST_CASE("profile: a message about a filter points into the string it is written in") {
  // The unknown key makes parse_profile tell about the filter too.
  const std::string other = "[zebra]\n";
  const std::vector<Mistake> filters{
      // literal, with a quote of the other kind nearby
      {"'udp prot 53'  # \"x\"",
       "p.toml:1:23: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', 'and', "
       "'or' or the end\n"
       "  | capture.filter = 'udp prot 53'  # \"x\"\n"
       "  |                       ^~~~\n"
       "  = did you mean 'port'?\n"},
      // escapes in front of the word and inside it
      {R"("\u0075dp\tprot 53")",
       "p.toml:1:29: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', 'and', "
       "'or' or the end\n"
       "  | capture.filter = \"\\u0075dp\\tprot 53\"\n"
       "  |                             ^~~~\n"
       "  = did you mean 'port'?\n"},
      {R"("udp pr\u006ft 53")",
       "p.toml:1:23: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', 'and', "
       "'or' or the end\n"
       "  | capture.filter = \"udp pr\\u006ft 53\"\n"
       "  |                       ^~~~~~~~~\n"
       "  = did you mean 'port'?\n"},
      // several lines, the word on the second; the first line break is not part of the text
      {"\"\"\"\nudp port 53\n  or udp prot 53\n\"\"\"",
       "p.toml:3:10: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', 'and', "
       "'or' or the end\n"
       "  |   or udp prot 53\n"
       "  |          ^~~~\n"
       "  = did you mean 'port'?\n"},
      {"'''udp port 53\r\n  or udp prot 53'''",
       "p.toml:2:10: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', 'and', "
       "'or' or the end\n"
       "  |   or udp prot 53'''\n"
       "  |          ^~~~\n"
       "  = did you mean 'port'?\n"},
      // a backslash that joins lines
      {"\"\"\"\\\n   udp port 53 \\\n\n   or udp prot 53\"\"\"",
       "p.toml:4:11: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', 'and', "
       "'or' or the end\n"
       "  |    or udp prot 53\"\"\"\n"
       "  |           ^~~~\n"
       "  = did you mean 'port'?\n"},
      // the end of the text
      {"\"udp port 53 and\"",
       "p.toml:1:34: error: the filter ends here, expected a primitive such as 'host', 'port' or 'tcp'\n"
       "  | capture.filter = \"udp port 53 and\"\n"
       "  |                                  ^\n"},
      // quotes directly before the closing ones
      {"\"\"\"udp prot \"\"\"\"\"",
       "p.toml:1:30: error: this character has no meaning in a filter\n"
       "  | capture.filter = \"\"\"udp prot \"\"\"\"\"\n"
       "  |                              ^\n"
       "  = leave quotation marks out\n"},
  };
  for (const auto& filter : filters) {
    CAPTURE(filter.text);
    const std::string all = messages("capture.filter = " + std::string(filter.text) + "\n" + other);
    CHECK(all.substr(0, all.find("p.toml:", 7)) == filter.message);
  }
}

TEST_CASE("profile: a very long line is shown in part") {
  std::string names;
  for (int i = 0; i < 12000; ++i) names += "\"eth" + std::to_string(i) + "\", ";
  REQUIRE(names.size() > 100000);
  const auto start = std::chrono::steady_clock::now();
  const std::string text = "capture = { interface = [" + names + "7] }\n";
  const std::string column =
      std::to_string(std::string("capture = { interface = [").size() + names.size() + 1);
  CHECK(messages(text) ==
        "p.toml:1:" + column +
            ": error: interface must hold strings only, not an integer\n"
            "  | ...\"eth11995\", \"eth11996\", \"eth11997\", \"eth11998\", \"eth11999\", 7] }\n"
            "  | " +
            std::string(63, ' ') + "^\n");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("profile: hostile files are refused, quickly and without harm") {
  const auto repeat = [](const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
  };
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::pair<std::string, std::string>> files{
      {repeat("a.", 500000) + "a = 1\n", "p.toml:1:1: error: a key with more than 16 parts"},
      {"[" + repeat("\"a\" . ", 100000) + "a]\n", "p.toml:1:1: error: a key with more than 16 parts"},
      {"x = { s = \"\"\"y\"\"\"\"\", " + repeat("a.", 500000) + "a = 1 }\n",
       "p.toml:1:1: error: a key with more than 16 parts"},
      {"x = " + repeat("[", 1000000), "p.toml:1:37: error: not valid TOML: nested more than 32 deep"},
      {"x = " + repeat("{a.b.c.d.e.f.g.h=", 50000),
       "p.toml:1:549: error: not valid TOML: nested more than 32 deep"},
      {repeat("x", 1 << 20),
       "p.toml:1:1048577: error: not valid TOML: expected '=' before the end of the line"},
      {repeat("x", (1 << 20) + 1), "p.toml: error: the file is larger than 1 MiB"},
      {repeat("\n", (1 << 20)), "no mistake"},
      {repeat("x\n", 1 << 19), "p.toml:1:2: error: not valid TOML: expected '=' before the end of the line"},
      {std::string("a = 1\0b = 2", 11), "p.toml:1:6: error: not valid TOML: expected digit, saw '\\u0000'"},
  };
  for (const auto& [text, message] : files) {
    CAPTURE(text.substr(0, 30));
    const std::string all = messages(text);
    CHECK(all.substr(0, all.find('\n')) == message);
  }
  // Very many mistakes on one very long line: the first 50 are shown.
  std::string keys;
  for (int i = 0; i < 50000; ++i) keys += "key" + std::to_string(i) + " = 1, ";
  const auto many = parse("capture = { " + keys + "last = 1 }\n");
  REQUIRE(!many);
  CHECK(many.error().diagnostics.size() == 51);
  CHECK(many.error().diagnostics.back().message == "49951 more mistakes are not shown");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20 * ANCHOKO_TEST_PATIENCE));
}

TEST_CASE("profile: dots in text and comments are not dots in keys") {
  const std::string dots(400, '.');
  CHECK(messages("description = \"" + dots + "\\\"" + dots + "\" # " + dots + "\n# " + dots +
                 "\n[capture]\nfilter = 'ip'\n[output]\ndirectory = '''" + dots + "''' # \" " + dots +
                 "\n") == "no mistake");
}

TEST_CASE("profile: every key of the table is read, with its place") {
  for (const ProfileKey& key : profile_keys()) {
    CAPTURE(key.path());
    const std::string header = key.table.empty() ? "" : "[" + key.table + "]";
    for (const std::string& value : {key.example, key.default_text}) {
      if (value.empty()) continue;
      const auto profile = parse(header + "\n  " + key.key + " = " + value + "\n");
      REQUIRE(profile);
      std::visit(
          [&](auto slot) {
            REQUIRE((*profile.*slot).has_value());
            const Place& place = (*profile.*slot)->place;
            CHECK(place.source == "p.toml");
            CHECK(place.line == 2);
            CHECK(place.column == key.key.size() + 6);
            CHECK(place.excerpt == "  " + key.key + " = " + value);
          },
          key.slot);
    }
  }
}

TEST_CASE("profile: values arrive as written") {
  const auto p = parse(R"(
description = 'D'
extends = "base"
accept = ["a", "b"]
[capture]
filter = "udp port 53"
interface = "Ethernet 2"
snaplen = 262144
promiscuous = true
direction = "out"
push = "none"
assume = ["x"]
[limits]
duration = "1h30m"
max_size = "100MiB"
files = 65_535
packets = 9223372036854775807
min_free = 4096
[output]
directory = "/srv/x"
[backend.netsh]
persistent = true
file = 'C:\Tmp\x.etl'
buffers = 0x40
interface = "Team1"
[backend.tcpdump]
)");
  REQUIRE(p);
  CHECK(p->name == "p");
  CHECK(p->source == "p.toml");
  CHECK(p->description->value == "D");
  CHECK(p->extends->value == "base");
  CHECK(p->accept->value == std::vector<std::string>{"a", "b"});
  CHECK(p->filter->value == "udp port 53");
  CHECK(p->interfaces->value == std::vector<std::string>{"Ethernet 2"});
  CHECK(p->snaplen->value == 262144);
  CHECK(p->promiscuous->value);
  CHECK(p->direction->value == CaptureDirection::out);
  CHECK(p->push->value == Push::none);
  CHECK(p->assume->value == std::vector<std::string>{"x"});
  CHECK(p->duration->value == std::chrono::minutes(90));
  CHECK(p->max_size->value == 104857600);
  CHECK(p->files->value == 65535);
  CHECK(p->packets->value == 9223372036854775807ull);
  CHECK(p->min_free->value == 4096);
  CHECK(p->directory->value == "/srv/x");
  CHECK(p->backend.at("netsh").at("persistent").value == "true");
  CHECK(p->backend.at("netsh").at("file").value == "C:\\Tmp\\x.etl");
  CHECK(p->backend.at("netsh").at("buffers").value == "64");
  CHECK(p->backend.at("netsh").at("interface").value == "Team1");
  CHECK(p->backend.at("netsh").at("buffers").place.line == 24);
  CHECK(p->backend.count("tcpdump") == 0);

  const auto zero =
      parse("[capture]\nsnaplen = \"full\"\n[limits]\npackets = 0\nmax_size = 0\nmin_free = \"0\"\n");
  REQUIRE(zero);
  CHECK(zero->snaplen->value == 0);
  CHECK(zero->packets->value == 0);
  CHECK(zero->max_size->value == 0);
  CHECK(zero->min_free->value == 0);
  CHECK(!zero->duration);

  CHECK(parse(""));
  CHECK(parse("# nothing but a comment"));
}

TEST_CASE("docs/profiles.md has one row for every key, as the table says") {
  std::ifstream file(ANCHOKO_SOURCE_DIR "/docs/profiles.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const ProfileKey& key : profile_keys()) {
    const std::string flag = key.flag.empty() ? "" : "`" + key.flag + "`";
    const std::string standard = key.default_text.empty() ? "" : "`" + key.default_text + "`";
    const std::string row = "| `" + key.path() + "` | " + expectation(key) + " | " + standard + " | `" +
                            key.example + "` | " + flag + " | " + key.help + " |\n";
    CAPTURE(row);
    CHECK(text.find(row) != std::string::npos);
  }
}

}  // namespace anchoko::config
