#include "config/resolve.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "config/schema.h"
#include "core/filter/parser.h"
#include "core/filter/printer.h"

namespace anchoko::config {
namespace {

const std::vector<KnownBackendOption> known{
    {"tcpdump", "", ""}, {"netsh", "persistent", "boolean"}, {"netsh", "interface", "string"}};

Profile profile(const std::string& text) {
  auto parsed = parse_profile(text, "p.toml", "p", known);
  REQUIRE(parsed);
  return *parsed;
}

SessionSpec resolved(const std::optional<Profile>& from, const Flags& flags = {},
                     const std::string& backend = "tcpdump") {
  auto spec = resolve(from, flags, backend);
  REQUIRE(spec);
  return *spec;
}

std::string messages(const Result<SessionSpec>& spec) {
  if (spec) return "no mistake";
  CHECK(spec.error().kind == ErrorKind::usage);
  CHECK(spec.error().message.empty());
  std::string all;
  for (const auto& d : spec.error().diagnostics) all += render(d);
  return all;
}

}  // namespace

TEST_CASE("resolve: without profile and flags everything is the default, and says so") {
  const SessionSpec spec = resolved(std::nullopt);
  CHECK(spec.profile.empty());
  CHECK(spec.filter_text.empty());
  CHECK(filter::is_match_all(spec.filter));
  CHECK(spec.interface_choice == InterfaceChoice::default_route);
  CHECK(spec.snaplen == 0);
  CHECK(spec.limits.duration == std::chrono::minutes(10));
  CHECK(spec.limits.max_size == 1'073'741'824);
  CHECK(spec.limits.files == 1);
  CHECK(spec.limits.packets == 0);
  CHECK(spec.limits.min_free == 1'073'741'824);
  CHECK(spec.output_directory == "captures");
  for (const ProfileKey& key : profile_keys()) {
    if (key.key == "description" || key.key == "extends") continue;
    CAPTURE(key.path());
    REQUIRE(spec.origins.contains(key.path()));
    CHECK(spec.origins.at(key.path()) == "default");
  }
}

TEST_CASE("resolve: the defaults of the table are those of the model") {
  std::string all;
  std::string table;
  for (const ProfileKey& key : profile_keys()) {
    if (key.default_text.empty()) continue;
    if (key.table != table) all += "[" + key.table + "]\n";
    table = key.table;
    all += key.key + " = " + key.default_text + "\n";
  }
  const SessionSpec written = resolved(profile(all));
  const SessionSpec none = resolved(std::nullopt);
  CHECK(written.accepted_hazards == none.accepted_hazards);
  CHECK(written.filter_text == none.filter_text);
  CHECK(written.interface_choice == none.interface_choice);
  CHECK(written.snaplen == none.snaplen);
  CHECK(written.promiscuous == none.promiscuous);
  CHECK(written.direction == none.direction);
  CHECK(written.push == none.push);
  CHECK(written.assume == none.assume);
  CHECK(written.limits.duration == none.limits.duration);
  CHECK(written.limits.max_size == none.limits.max_size);
  CHECK(written.limits.files == none.limits.files);
  CHECK(written.limits.packets == none.limits.packets);
  CHECK(written.limits.min_free == none.limits.min_free);
  CHECK(written.output_directory == none.output_directory);
  CHECK(written.origins.at("limits.duration") == "profile p line 11");
}

TEST_CASE("resolve: a profile arrives in the spec") {
  const std::string text = R"(
description = "D"
accept = ["h1"]
[capture]
filter = "udp port 53"
interface = ["eth0", "eth1"]
snaplen = 128
promiscuous = true
direction = "in"
push = "none"
assume = ["f1"]
[limits]
duration = "5s"
max_size = "1MB"
files = 3
packets = 7
min_free = 9
[output]
directory = "out"
[backend.netsh]
persistent = true
)";
  const SessionSpec spec = resolved(profile(text));
  CHECK(spec.profile == "p");
  CHECK(spec.description == "D");
  CHECK(spec.accepted_hazards == std::vector<std::string>{"h1"});
  CHECK(spec.filter_text == "udp port 53");
  CHECK(filter::equal(spec.filter, *filter::parse("udp port 53")));
  CHECK(spec.interface_choice == InterfaceChoice::named);
  CHECK(spec.interfaces == std::vector<std::string>{"eth0", "eth1"});
  CHECK(spec.snaplen == 128);
  CHECK(spec.promiscuous);
  CHECK(spec.direction == CaptureDirection::in);
  CHECK(spec.push == Push::none);
  CHECK(spec.assume == std::vector<std::string>{"f1"});
  CHECK(spec.limits.duration == std::chrono::seconds(5));
  CHECK(spec.limits.max_size == 1'000'000);
  CHECK(spec.limits.files == 3);
  CHECK(spec.limits.packets == 7);
  CHECK(spec.limits.min_free == 9);
  CHECK(spec.output_directory == "out");
  CHECK(spec.backend_options.empty());  // of another backend
  for (const ProfileKey& key : profile_keys()) {
    if (key.key == "description" || key.key == "extends") continue;
    CAPTURE(key.path());
    const std::string before = text.substr(0, text.find("\n" + key.key + " = "));
    const auto above = std::ranges::count(before, '\n');
    CHECK(spec.origins.at(key.path()) == "profile p line " + std::to_string(above + 2));
  }
}

TEST_CASE("resolve: flags override the profile, and lists of names grow") {
  const Profile p = profile(R"(
accept = ["h1"]
[capture]
filter = "udp port 53"
interface = "any"
assume = ["f1"]
direction = "in"
[limits]
files = 2
)");
  Flags flags;
  flags.filter = "tcp port 80";
  flags.interfaces = {"eth0", "lo"};
  flags.duration = "90s";
  flags.snaplen = "64";
  flags.max_size = "2MiB";
  flags.packets = "5";
  flags.direction = "both";
  flags.no_pushdown = true;
  flags.promiscuous = true;
  flags.accept = {"h2", "h1"};
  flags.assume = {"f1"};
  const SessionSpec spec = resolved(p, flags);
  CHECK(spec.filter_text == "tcp port 80");
  CHECK(filter::equal(spec.filter, *filter::parse("tcp port 80")));
  CHECK(spec.interface_choice == InterfaceChoice::named);
  CHECK(spec.interfaces == std::vector<std::string>{"eth0", "lo"});
  CHECK(spec.limits.duration == std::chrono::seconds(90));
  CHECK(spec.snaplen == 64);
  CHECK(spec.limits.max_size == 2'097'152);
  CHECK(spec.limits.packets == 5);
  CHECK(spec.direction == CaptureDirection::both);
  CHECK(spec.push == Push::none);
  CHECK(spec.promiscuous);
  CHECK(spec.accepted_hazards == std::vector<std::string>{"h1", "h2"});
  CHECK(spec.assume == std::vector<std::string>{"f1"});
  const std::map<std::string, std::string> origins{{"accept", "profile p line 2, flag --accept"},
                                                   {"capture.assume", "profile p line 6"},
                                                   {"capture.direction", "flag --direction"},
                                                   {"capture.filter", "flag -f"},
                                                   {"capture.interface", "flag -i"},
                                                   {"capture.promiscuous", "flag --promiscuous"},
                                                   {"capture.push", "flag --no-pushdown"},
                                                   {"capture.snaplen", "flag --snaplen"},
                                                   {"limits.duration", "flag --for"},
                                                   {"limits.files", "profile p line 9"},
                                                   {"limits.max_size", "flag --max-size"},
                                                   {"limits.min_free", "default"},
                                                   {"limits.packets", "flag --packets"},
                                                   {"output.directory", "default"}};
  CHECK(spec.origins == origins);

  Flags full;
  full.snaplen = "full";
  full.interfaces = {"any"};
  full.accept = {"h9"};
  const SessionSpec plain = resolved(std::nullopt, full);
  CHECK(plain.snaplen == 0);
  CHECK(plain.interface_choice == InterfaceChoice::any);
  CHECK(plain.origins.at("accept") == "flag --accept");
}

TEST_CASE(
    "resolve: only the table of the backend that runs counts; its interface wins over the general one") {
  const Profile p =
      profile("[capture]\ninterface = \"any\"\n[backend.netsh]\ninterface = \"Team1\"\npersistent = true\n");
  const SessionSpec netsh = resolved(p, {}, "netsh");
  CHECK(netsh.interface_choice == InterfaceChoice::named);
  CHECK(netsh.interfaces == std::vector<std::string>{"Team1"});
  CHECK(netsh.backend_options == std::map<std::string, std::string>{{"persistent", "true"}});
  CHECK(netsh.origins.at("backend.netsh.persistent") == "profile p line 5");
  CHECK(netsh.origins.at("capture.interface") == "profile p line 4");
  const SessionSpec tcpdump = resolved(p);
  CHECK(tcpdump.interface_choice == InterfaceChoice::any);
  CHECK(tcpdump.backend_options.empty());
  CHECK(!tcpdump.origins.contains("backend.netsh.persistent"));
  Flags flags;
  flags.interfaces = {"default"};
  CHECK(resolved(p, flags, "netsh").interface_choice == InterfaceChoice::default_route);
}

TEST_CASE("resolve: all mistakes in flags at once, each under its own word") {
  Flags flags;
  flags.filter = "udp prot 53";
  flags.interfaces = {"eth0", "any"};
  flags.duration = "6x";
  flags.snaplen = "0";
  flags.max_size = "1M";
  flags.packets = "-1";
  flags.direction = "inn";
  flags.accept = {""};
  CHECK(
      messages(resolve(std::nullopt, flags, "tcpdump")) ==
      "--for: error: \"6x\" is not a duration\n"
      "  | 6x\n"
      "  | ^~\n"
      "  = write whole numbers with d, h, m, s or ms, the largest unit first: \"60s\", \"1h30m\", \"500ms\"\n"
      "--max-size: error: \"1M\" is not a size\n"
      "  | 1M\n"
      "  | ^~\n"
      "  = write a whole number of bytes, or one with kB, MB, GB, TB (1000-based) or KiB, MiB, GiB, TiB "
      "(1024-based): \"100MiB\"\n"
      "--packets: error: packets must be 0 or a larger integer, not \"-1\"\n"
      "  | -1\n"
      "  | ^~\n"
      "--snaplen: error: snaplen must be \"full\" or an integer between 1 and 262144, not \"0\"\n"
      "  | 0\n"
      "  | ^\n"
      "--direction: error: direction must be \"both\", \"in\" or \"out\", not \"inn\"\n"
      "  | inn\n"
      "  | ^~~\n"
      "  = did you mean \"in\"?\n"
      "-i: error: \"any\" cannot stand in a list with other interfaces\n"
      "  | eth0 any\n"
      "  | ^~~~~~~~\n"
      "  = write it alone, or name each interface\n"
      "--accept: error: \"\" is not a name\n"
      "-f:1:5: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', 'and', 'or' "
      "or the end\n"
      "  | udp prot 53\n"
      "  |     ^~~~\n"
      "  = did you mean 'port'?\n");
}

TEST_CASE("resolve: numbers in flags are whole and in range") {
  for (const char* word : {"", "1.5", "0x10", "262145", "18446744073709551617", " 1", "1 ", "Full", "+1"}) {
    CAPTURE(word);
    Flags flags;
    flags.snaplen = word;
    CHECK(!resolve(std::nullopt, flags, "tcpdump"));
  }
  for (const char* word : {"", "9223372036854775808", "99999999999999999999", "1k"}) {
    CAPTURE(word);
    Flags flags;
    flags.packets = word;
    CHECK(!resolve(std::nullopt, flags, "tcpdump"));
  }
  Flags most;
  most.packets = "9223372036854775807";
  most.snaplen = "262144";
  CHECK(resolved(std::nullopt, most).limits.packets == 9223372036854775807ull);
  CHECK(resolved(std::nullopt, most).snaplen == 262144);
}

TEST_CASE("resolve: a wrong filter in a profile is shown where it is written, with the other mistakes") {
  const Profile p = profile("# é\r\n[capture]\r\n  filter = \"udp prot 53\"  # DNS\r\n");
  Flags flags;
  flags.duration = "0s";
  CHECK(messages(resolve(p, flags, "tcpdump")) ==
        "--for: error: a duration of zero would mean no limit\n"
        "  | 0s\n"
        "  | ^~\n"
        "  = every capture must end by itself; write how long it may run: \"10m\"\n"
        "p.toml:3:17: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', 'and', "
        "'or' or the end\n"
        "  |   filter = \"udp prot 53\"  # DNS\n"
        "  |                 ^~~~\n"
        "  = did you mean 'port'?\n");
  flags = {};
  flags.filter = "ip";
  CHECK(resolved(p, flags).filter_text == "ip");
}

TEST_CASE("resolve: a filter over several lines means the same as on one") {
  const SessionSpec spec = resolved(profile("[capture]\nfilter = '''\nudp port 53\n\tor tcp port 53\n'''\n"));
  CHECK(filter::equal(spec.filter, *filter::parse("udp port 53 or tcp port 53")));
}

TEST_CASE("resolve: a ring of files needs a size") {
  CHECK(messages(resolve(profile("[limits]\nmax_size = 0\nfiles = 4\n"), {}, "tcpdump")) ==
        "p.toml:3:9: error: a ring of files needs a max_size, which is 0 here\n"
        "  | files = 4\n"
        "  |         ^\n"
        "  = write how large each file may grow: max_size = \"100MiB\"\n");
  Flags flags;
  flags.max_size = "0";
  CHECK(messages(resolve(profile("[limits]\nfiles = 4\n"), flags, "tcpdump")) ==
        "p.toml:2:9: error: a ring of files needs a max_size, which is 0 here\n"
        "  | files = 4\n"
        "  |         ^\n"
        "  = write how large each file may grow: max_size = \"100MiB\"\n");
  flags.max_size = "10000TB";
  CHECK(messages(resolve(profile("[limits]\nfiles = 4000\n"), flags, "tcpdump")) ==
        "p.toml:2:9: error: files × max_size is too large\n"
        "  | files = 4000\n"
        "  |         ^~~~\n");
  flags.max_size = "0";
  CHECK(resolved(std::nullopt, flags).limits.max_size == 0);
}

}  // namespace anchoko::config
