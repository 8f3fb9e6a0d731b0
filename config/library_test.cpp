#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "config/resolve.h"
#include "config/shipped_profiles.h"
#include "core/filter/parser.h"
#include "tests/tools/temporary_folder.h"

namespace anchoko::config {
namespace {

namespace fs = std::filesystem;

const std::vector<KnownBackendOption> known{{"netsh", "persistent", "boolean"}, {"netsh", "file", "string"}};

class TempFolder {
 public:
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string path(const std::string& name = "") const {
    return name.empty() ? folder_.path().string() : folder_ / name;
  }
  ProfileLibrary library() const { return {{path()}, known}; }

 private:
  testing::TemporaryFolder folder_;
};

// Windows writes paths with backslashes. Filters have such characters too, so only what begins like a path is
// changed.
std::string with_slashes(std::string text) {
  if (fs::path::preferred_separator == '/') return text;
  for (const std::string begin : {"DIR\\", "..\\"}) {
    for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
      const auto end = std::min(text.find_first_of("\":", at), text.size());
      std::replace(text.begin() + static_cast<std::ptrdiff_t>(at),
                   text.begin() + static_cast<std::ptrdiff_t>(end), '\\', '/');
    }
  }
  return text;
}

// With the folder's random name taken out.
template <typename T>
std::string messages(const Result<T>& result, const TempFolder& folder) {
  if (result) return "no mistake";
  CHECK(result.error().kind == ErrorKind::usage);
  std::string all = result.error().message.empty() ? "" : result.error().message + "\n";
  if (!result.error().hint.empty()) all += "  = " + result.error().hint + "\n";
  for (const auto& d : result.error().diagnostics) all += render(d);
  for (auto at = all.find(folder.path()); at != std::string::npos; at = all.find(folder.path())) {
    all.replace(at, folder.path().size(), "DIR");
  }
  return with_slashes(all);
}

}  // namespace

TEST_CASE("library: every shipped profile loads, resolves, and says what it is") {
  const ProfileLibrary library({}, {});
  const auto list = library.list();
  std::vector<std::string> names;
  for (const auto& summary : list) {
    CAPTURE(summary.name);
    names.push_back(summary.name);
    CHECK(summary.problem == "");
    CHECK(summary.source == "(shipped) " + summary.name + ".toml");
    CHECK(!summary.description.empty());
    const auto profile = library.load_complete(summary.name);
    REQUIRE(profile);
    CHECK(view(*profile, {}, "tcpdump"));
  }
  CHECK(names == std::vector<std::string>{"base", "by-host", "conversation", "database", "dhcp", "dns",
                                          "everything", "handshakes-and-resets", "headers-only", "icmp",
                                          "ldap-kerberos", "nfs", "ntp", "smb", "web"});
  CHECK(shipped_profiles().size() == names.size());
}

TEST_CASE("library: what the shipped profiles ask for, and whose each value is") {
  const ProfileLibrary library({}, {});
  const auto dns = resolve(*library.load_complete("dns"), {}, "tcpdump");
  REQUIRE(dns);
  CHECK(dns->filter_text == "udp port 53 or tcp port 53");
  CHECK(dns->limits.duration == std::chrono::minutes(10));
  CHECK(dns->origins.at("capture.filter") == "profile dns line 13");
  CHECK(dns->origins.at("limits.duration") == "profile base line 12");
  CHECK(dns->origins.at("accept") == "default");
  CHECK(dns->description == "DNS queries and answers, over UDP and TCP");
  const auto web = resolve(*library.load_complete("web"), {}, "tcpdump");
  REQUIRE(web);
  CHECK(web->filter_text == "tcp port 80 or tcp port 443 or udp port 443");
  CHECK(web->limits.duration == std::chrono::seconds(60));
  CHECK(web->origins.at("limits.duration") == "profile web line 15");
}

TEST_CASE("docs/profiles.md has one row for every shipped profile, with its parameters") {
  std::ifstream file(ANCHOKO_SOURCE_DIR "/docs/profiles.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const auto& summary : ProfileLibrary({}, {}).list()) {
    std::string row = "| `" + summary.name + "` | ";
    for (const auto& parameter : summary.parameters)
      row += parameter.required ? "`" + parameter.name + "` " : "`[" + parameter.name + "]` ";
    row += "| " + summary.description + " |\n";
    CAPTURE(row);
    CHECK(text.find(row) != std::string::npos);
  }
}

TEST_CASE("library: own folders come before the shipped profiles, in their order") {
  const TempFolder first;
  const TempFolder second;
  second.write("dns.toml", "description = \"second\"\n");
  second.write("mine.toml", "description = \"mine\"\nextends = \"dns\"\n");
  const ProfileLibrary library({first.path(), second.path(), first.path("absent")}, {});
  CHECK(library.load("dns")->description->value == "second");
  CHECK(library.load("dns")->source == second.path("dns.toml"));
  first.write("dns.toml", "description = \"first\"\n");
  CHECK(library.load("dns")->description->value == "first");
  CHECK(library.load("web")->source == "(shipped) web.toml");
  const auto list = library.list();
  CHECK(list.size() == shipped_profiles().size() + 1);  // dns once
  CHECK(std::ranges::find(list, "dns", &ProfileSummary::name)->description == "first");
  CHECK(std::ranges::find(list, "mine", &ProfileSummary::name)->extends == "dns");
}

TEST_CASE("library: the child's values win, key by key, and tables of backends are merged") {
  const TempFolder folder;
  folder.write("top.toml",
               "description = \"top\"\naccept = [\"h1\"]\n[capture]\nfilter = \"\\u0075dp port 53\"\nsnaplen "
               "= 100\n[limits]\nduration = "
               "\"1s\"\nfiles = 9\n[backend.netsh]\npersistent = true\nfile = 'a'\n");
  folder.write(
      "middle.toml",
      "extends = \"top\"\naccept = []\n[capture]\nsnaplen = \"full\"\n[backend.netsh]\nfile = 'b'\n");
  folder.write("sub/low.toml", "extends = \"../middle.toml\"\n[limits]\nduration = \"2s\"\n");
  const auto low = folder.library().load_complete(folder.path("sub/low.toml"));
  REQUIRE(low);
  CHECK(low->name == "low");
  CHECK(!low->description);
  CHECK(low->extends->value == "../middle.toml");
  const auto spec = resolve(*low, {}, "netsh");
  REQUIRE(spec);
  CHECK(spec->accepted_hazards.empty());
  CHECK(spec->filter_text == "udp port 53");
  CHECK(spec->snaplen == 0);
  CHECK(spec->limits.duration == std::chrono::seconds(2));
  CHECK(spec->limits.files == 9);
  CHECK(spec->backend_options == std::map<std::string, std::string>{{"file", "b"}, {"persistent", "true"}});
  CHECK(spec->origins.at("accept") == "profile middle line 2");
  CHECK(spec->origins.at("capture.filter") == "profile top line 4");
  CHECK(spec->origins.at("capture.snaplen") == "profile middle line 4");
  CHECK(spec->origins.at("limits.duration") == "profile low line 3");
  CHECK(spec->origins.at("backend.netsh.file") == "profile middle line 6");
  CHECK(spec->origins.at("backend.netsh.persistent") == "profile top line 10");
  CHECK(spec->origins.at("output.directory") == "default");
}

TEST_CASE("library: a wrong filter of an ancestor is shown in the ancestor's file") {
  const TempFolder folder;
  folder.write("top.toml", "\n[capture]\nfilter = \"\\u0075dp prot 53\"\n");
  folder.write("low.toml", "extends = \"top\"\n[limits]\nfiles = 2\n");
  CHECK(messages(resolve(*folder.library().load_complete("low"), {}, "tcpdump"), folder) ==
        "DIR/top.toml:3:20: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', "
        "'and', 'or' or the end\n"
        "  | filter = \"\\u0075dp prot 53\"\n"
        "  |                    ^~~~\n"
        "  = did you mean 'port'?\n");
}

TEST_CASE("library: mistakes of the whole chain at once, and extends is named where it is written") {
  const TempFolder folder;
  folder.write("self.toml", "extends = \"self\"\n");
  folder.write("a.toml", "extends = \"b\"\n");
  folder.write("b.toml", "description = \"é\"\nextends   = \"c\"  # why\n");
  folder.write("c.toml", "extends = 'b'\n");
  folder.write("lost.toml", "extends = \"bass\"\n");
  folder.write("file.toml", "extends = \"nothing/here.toml\"\n");
  folder.write("low.toml", "extends = \"top\"\nzebra = 1\n");
  folder.write("top.toml", "extends = \"nobody-at-all\"\n[capture]\nsnaplen = 0\nfilter = \"prot\"\n");
  const ProfileLibrary library = folder.library();
  CHECK(messages(library.load_complete("self"), folder) ==
        "DIR/self.toml:1:11: error: a profile cannot extend itself\n"
        "  | extends = \"self\"\n"
        "  |           ^~~~~~\n");
  CHECK(messages(library.load_complete("a"), folder) ==
        "DIR/c.toml:1:11: error: extends goes in a circle: b → c → b\n"
        "  | extends = 'b'\n"
        "  |           ^~~\n");
  CHECK(messages(library.load_complete("lost"), folder) ==
        "DIR/lost.toml:1:11: error: there is no profile \"bass\"\n"
        "  | extends = \"bass\"\n"
        "  |           ^~~~~~\n"
        "  = did you mean \"base\"?\n");
  CHECK(messages(library.load_complete("file"), folder) ==
        "DIR/file.toml:1:11: error: there is no file \"DIR/nothing/here.toml\"\n"
        "  | extends = \"nothing/here.toml\"\n"
        "  |           ^~~~~~~~~~~~~~~~~~~\n");
  CHECK(messages(library.load_complete("low"), folder) ==
        "DIR/low.toml:2:1: error: unknown key \"zebra\" at the top of the file\n"
        "  | zebra = 1\n"
        "  | ^~~~~\n"
        "  = keys here: description, extends, accept\n"
        "DIR/top.toml:1:11: error: there is no profile \"nobody-at-all\"\n"
        "  | extends = \"nobody-at-all\"\n"
        "  |           ^~~~~~~~~~~~~~~\n"
        "  = profiles: a, b, base, by-host, c, conversation, database, dhcp, dns, everything, file, "
        "handshakes-and-resets, headers-only, icmp, ldap-kerberos, lost, low, nfs, ntp, self, smb, top, web\n"
        "DIR/top.toml:3:11: error: snaplen must be \"full\" or an integer between 1 and 262144, not 0\n"
        "  | snaplen = 0\n"
        "  |           ^\n"
        "DIR/top.toml:4:11: error: a filter cannot begin with the bare value 'prot'\n"
        "  | filter = \"prot\"\n"
        "  |           ^~~~\n"
        "  = did you mean 'port'?\n");
  for (int i = 0; i < 10; ++i) {
    folder.write("l" + std::to_string(i) + ".toml",
                 i == 9 ? "[limits]\nfiles = 3\n" : "extends = \"l" + std::to_string(i + 1) + "\"\n");
  }
  CHECK(library.load_complete("l1")->files->value == 3);
  CHECK(messages(library.load_complete("l0"), folder) ==
        "DIR/l8.toml:1:11: error: more than 8 levels of extends\n"
        "  | extends = \"l9\"\n"
        "  |           ^~~~\n");
}

TEST_CASE("library: words that are no profile") {
  const TempFolder folder;
  folder.write("inner/good.toml", "[limits]\nfiles = 2\n");
  folder.write("secret.toml", "[limits]\nfiles = 2\n");
  folder.write("dir.toml/x", "");
  const ProfileLibrary library({folder.path("inner")}, {});
  CHECK(library.load("good"));
  CHECK(library.load(folder.path("secret.toml")));
  CHECK(messages(library.load("dnss"), folder) ==
        "there is no profile \"dnss\"\n"
        "  = did you mean \"dns\"?\n");
  CHECK(messages(library.load("zebra-and-more"), folder) ==
        "there is no profile \"zebra-and-more\"\n"
        "  = profiles: base, by-host, conversation, database, dhcp, dns, everything, good, "
        "handshakes-and-resets, "
        "headers-only, icmp, ldap-kerberos, nfs, ntp, smb, web\n");
  CHECK(messages(library.load("../secret"), folder) == "there is no file \"../secret\"\n");
  CHECK(messages(library.load(".."), folder) ==
        "there is no profile \"..\"\n"
        "  = profiles: base, by-host, conversation, database, dhcp, dns, everything, good, "
        "handshakes-and-resets, "
        "headers-only, icmp, ldap-kerberos, nfs, ntp, smb, web\n");
  CHECK(messages(library.load(""), folder) == "\"\" is not the name of a profile\n");
  CHECK(messages(library.load("my profile"), folder) == "there is no file \"my profile\"\n");
  CHECK(messages(library.load(std::string("dns\0/x", 6)), folder) ==
        "\"dns?/x\" is not the name of a profile\n");
  CHECK(messages(library.load(folder.path("absent.toml")), folder) ==
        "there is no file \"DIR/absent.toml\"\n");
  CHECK(messages(library.load(folder.path("dir.toml")), folder) == "\"DIR/dir.toml\" is not a file\n");
  CHECK(messages(library.load(std::string(100000, 'x')), folder).size() < 400);
}

TEST_CASE("library: a list says which profiles do not load, and why") {
  const TempFolder folder;
  folder.write("bad.toml", "description = \"bad one\"\nzebra = 1\n");
  folder.write("filter.toml", "[capture]\nfilter = \"udp prot 53\"\n");
  folder.write("orphan.toml", "extends = \"nobody-at-all\"\n");
  folder.write("not a name.toml", "");
  folder.write("readme.txt", "");
  const auto list = folder.library().list();
  std::string all;
  for (const auto& summary : list) {
    if (summary.source.starts_with("(shipped)")) {
      CHECK(summary.problem == "");
      continue;
    }
    const auto at = summary.problem.find(folder.path());
    std::string problem = at == 0 ? "DIR" + summary.problem.substr(folder.path().size()) : summary.problem;
    all += summary.name + ": " + with_slashes(std::move(problem)) + "\n";
  }
  CHECK(
      all ==
      "bad: DIR/bad.toml:2:1: error: unknown key \"zebra\" at the top of the file\n"
      "filter: DIR/filter.toml:2:15: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', "
      "'proto', 'and', 'or' or the end\n"
      "orphan: DIR/orphan.toml:1:11: error: there is no profile \"nobody-at-all\"\n");
  CHECK(list[0].description == "bad one");
}

}  // namespace anchoko::config
