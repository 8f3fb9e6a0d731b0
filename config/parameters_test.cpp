// Parameters of profiles: declared, used, inherited, given.
#include <fstream>

#include <doctest/doctest.h>

#include "config/profile_reader.h"
#include "config/resolve.h"
#include "config/schema.h"
#include "core/filter/parser.h"

namespace anchoko::config {
namespace {

const std::vector<KnownBackendOption> known{{"tcpdump", "buffer", "integer"}, {"netsh", "file", "string"}};

std::string rendered(const std::vector<Diagnostic>& diagnostics) {
  std::string all;
  for (const auto& d : diagnostics) all += render(d);
  return all;
}

template <typename T>
std::string messages(const Result<T>& result) {
  if (result) return "no mistake";
  CHECK(result.error().kind == ErrorKind::usage);
  return result.error().message + rendered(result.error().diagnostics);
}

std::string mistakes(const std::string& text) {
  return messages(parse_profile(text, "p.toml", "p", known));
}

Profile profile(const std::string& text) {
  auto parsed = parse_profile(text, "p.toml", "p", known);
  if (!parsed) FAIL(rendered(parsed.error().diagnostics));
  return std::move(*parsed);
}

Flags set(std::vector<std::string> words) {
  Flags flags;
  flags.set = std::move(words);
  return flags;
}

const std::string host = "[parameters.host]\ntype = \"address\"\n";
const std::string by_host = host + "help = \"the host\"\n[capture]\nfilter = \"host {host}\"\n";

// The chain of two, all mistakes of both.
std::string chain(const std::string& child, const std::string& parent) {
  ReadProfile low = read_profile(child, "low.toml", "low", known);
  ReadProfile top = read_profile(parent, "top.toml", "top", known);
  add_parameter_mistakes({&low, &top}, true);
  add_filter_mistakes({&low, &top});
  const std::string all = rendered(low.mistakes) + rendered(top.mistakes);
  return all.empty() ? "no mistake" : all;
}

std::string filter_of(const std::string& child, const std::string& parent,
                      const std::vector<std::string>& words) {
  ReadProfile low = read_profile(child, "low.toml", "low", known);
  const ReadProfile top = read_profile(parent, "top.toml", "top", known);
  inherit(low.profile, top.profile);
  const auto spec = resolve(low.profile, set(words), "tcpdump");
  return spec ? spec->filter_text : messages(spec);
}

}  // namespace

TEST_CASE("parameters: a value in canonical form enters the filter, and its origin is kept") {
  const auto spec = resolve(profile(by_host), set({"host=2001:DB8:0::1"}), "tcpdump");
  REQUIRE(spec);
  CHECK(spec->filter_text == "host 2001:db8::1");
  CHECK(filter::equal(spec->filter, *filter::parse("host 2001:db8::1")));
  CHECK(spec->origins.at("parameters.host") == "flag --set");
  CHECK(spec->origins.at("capture.filter") == "profile p line 5, flag --set");

  const Profile with_default =
      profile(host + "default = \"192.0.2.1\"\n[capture]\nfilter = \"host {host}\"\n");
  const auto preset = resolve(with_default, {}, "tcpdump");
  REQUIRE(preset);
  CHECK(preset->filter_text == "host 192.0.2.1");
  CHECK(preset->origins.at("parameters.host") == "profile p line 3");
  CHECK(preset->origins.at("capture.filter") == "profile p line 5");
  CHECK(resolve(with_default, set({"host=192.0.2.2"}), "tcpdump")->filter_text == "host 192.0.2.2");
}

TEST_CASE("parameters: every type in a filter") {
  const Profile p = profile(R"(
[parameters]
a = {type = "address"}
n = {type = "network"}
p = {type = "port"}
r = {type = "portrange"}
l = {type = "number"}
m = {type = "mac"}
t = {type = "choice", allowed = ["tcp", "udp"]}
[capture]
filter = '({t} port {p} or portrange {r}) and (src host {a} or net {n}) and ether src {m} and len>{l} and ip[{l} : 1]!={l}'
)");
  const auto spec = resolve(p,
                            set({"a=192.0.2.1", "n=2001:db8::/32", "p=https", "r=8000-8080", "l=0x40",
                                 "m=0000.5E00.5301", "t=udp"}),
                            "tcpdump");
  if (!spec) FAIL(rendered(spec.error().diagnostics));
  CHECK(spec->filter_text ==
        "(udp port 443 or portrange 8000-8080) and (src host 192.0.2.1 or net 2001:db8::/32) and ether src "
        "00:00:5e:00:53:01 and len>64 and ip[64 : 1]!=64");
}

TEST_CASE("parameters: narrow joins its text to the filter when there is a value") {
  const std::string text =
      "[parameters.server]\ntype = \"address\"\nnarrow = \"host {server}\"\n[parameters.port]\ntype = "
      "\"port\"\nnarrow = \"port {port} or icmp\"\n[capture]\n";
  const Profile p = profile(text + "filter = \"tcp or udp\"\n");
  CHECK(resolve(p, {}, "tcpdump")->filter_text == "tcp or udp");
  CHECK(resolve(p, set({"server=192.0.2.1"}), "tcpdump")->filter_text == "(tcp or udp) and (host 192.0.2.1)");
  const auto both = resolve(p, set({"port=53", "server=192.0.2.1"}), "tcpdump");
  CHECK(both->filter_text == "(tcp or udp) and (host 192.0.2.1) and (port 53 or icmp)");
  CHECK(filter::equal(both->filter, *filter::parse("(tcp or udp) and host 192.0.2.1 and (port 53 or icmp)")));
  CHECK(resolve(profile(text), set({"port=53"}), "tcpdump")->filter_text == "port 53 or icmp");
  // A parenthesis of the filter cannot close the one that is put around it.
  CHECK(messages(resolve(profile(text + "filter = \"tcp) or (udp\"\n"), set({"port=53"}), "tcpdump"))
            .starts_with("p.toml:8:14: error: "));
}

TEST_CASE("parameters: values for interfaces") {
  const Profile p = profile(
      "[parameters.nic]\ntype = \"interface\"\n[capture]\ninterface = [\"lo\", \"{nic}\"]\n"
      "[backend.netsh]\ninterface = \"{0A1B2C3D-0000-4000-8000-00805F9B34FB}\"\n");
  const auto spec = resolve(p, set({"nic=eth1"}), "tcpdump");
  REQUIRE(spec);
  CHECK(spec->interfaces == std::vector<std::string>{"lo", "eth1"});
  CHECK(spec->origins.at("capture.interface") == "profile p line 4, flag --set");
  CHECK(messages(resolve(p, {}, "tcpdump")) ==
        "p.toml:4:20: error: the parameter \"nic\" has no value\n"
        "  | interface = [\"lo\", \"{nic}\"]\n"
        "  |                    ^~~~~~~\n"
        "  = give one: --set nic=eth0\n");
  CHECK(messages(resolve(p, set({"nic=lo"}), "tcpdump")).starts_with("p.toml:4:14: error: "));
  // Another interface is chosen: nothing is missing, and a GUID is no parameter.
  CHECK(resolve(p, {}, "netsh")->interfaces ==
        std::vector<std::string>{"{0A1B2C3D-0000-4000-8000-00805F9B34FB}"});
  Flags flags;
  flags.interfaces = {"eth7"};
  CHECK(resolve(p, flags, "tcpdump")->interfaces == std::vector<std::string>{"eth7"});
  flags.set = {"nic=eth1"};
  CHECK(messages(resolve(p, flags, "tcpdump")) ==
        "--set:1:1: error: \"nic\" would have no effect: -i replaces the interface of the profile\n"
        "  | nic=eth1\n"
        "  | ^~~\n"
        "  = leave out -i or --set nic\n");
}

TEST_CASE("parameters: what --set gives is never pasted") {
  for (const char* value :
       {"1.2.3.4 or port 22", "1.2.3.4) or (port 22", "1.2.3.4\nor port 22", "1.2.3.4||tcp", "{host}",
        "1.2.3.4 ", " 1.2.3.4", "not 1.2.3.4", "1.2.3.4/24", ""}) {
    CAPTURE(value);
    const auto spec = resolve(profile(by_host), set({"host=" + std::string(value)}), "tcpdump");
    REQUIRE(!spec);
    REQUIRE(spec.error().diagnostics.size() == 1);
    const Diagnostic& d = spec.error().diagnostics.front();
    CHECK(d.source == "--set");
    CHECK(d.line == 1);
    CHECK(d.column == 6);
    CHECK(d.message.starts_with("host must be an address, not "));
    CHECK(!d.hint.empty());
  }
}

TEST_CASE("parameters: mistakes in --set, each under its own word") {
  CHECK(messages(resolve(profile(by_host), set({"hots=1", "host", "=1", "host=192.0.2.1", "host=192.0.2.2"}),
                         "tcpdump")) ==
        "--set:1:1: error: there is no parameter \"hots\"\n"
        "  | hots=1\n"
        "  | ^~~~\n"
        "  = did you mean \"host\"?\n"
        "--set:1:1: error: write NAME=VALUE\n"
        "  | host\n"
        "  | ^~~~\n"
        "  = parameters of this profile: host\n"
        "--set:1:1: error: write NAME=VALUE\n"
        "  | =1\n"
        "  | ^~\n"
        "  = parameters of this profile: host\n"
        "--set:1:1: error: \"host\" is set twice\n"
        "  | host=192.0.2.2\n"
        "  | ^~~~\n");
  CHECK(messages(resolve(std::nullopt, set({"a=1"}), "tcpdump"))
            .starts_with("--set:1:1: error: there is no profile that this could be a parameter of\n"));
  CHECK(messages(resolve(profile(""), set({"a=1"}), "tcpdump"))
            .starts_with("--set:1:1: error: the profile \"p\" has no parameters\n"));
  Flags flags = set({"host=192.0.2.1"});
  flags.filter = "tcp";
  CHECK(messages(resolve(profile(by_host), flags, "tcpdump")) ==
        "--set:1:1: error: \"host\" would have no effect: -f replaces the filter of the profile\n"
        "  | host=192.0.2.1\n"
        "  | ^~~~\n"
        "  = leave out -f, or leave out --set host and write the value in -f\n");
  flags.set.clear();
  CHECK(resolve(profile(by_host), flags, "tcpdump")->filter_text == "tcp");
}

TEST_CASE("parameters: a missing value is asked for where it is used, once, with its help") {
  CHECK(messages(resolve(
            profile(host + "help = \"the host\"\n[parameters.port]\ntype = \"port\"\n[capture]\n"
                           "filter = '''\n  host {host} and\n  not (host {host} and port {port})'''\n"),
            {}, "tcpdump")) ==
        "p.toml:8:8: error: the parameter \"host\" has no value\n"
        "  |   host {host} and\n"
        "  |        ^~~~~~\n"
        "  = give one: --set host=192.0.2.10 (the host)\n"
        "p.toml:9:29: error: the parameter \"port\" has no value\n"
        "  |   not (host {host} and port {port})'''\n"
        "  |                             ^~~~~~\n"
        "  = give one: --set port=443\n");
}

TEST_CASE("parameters: messages about a filter point at the columns of the profile") {
  const std::string declared = "[parameters.a]\ntype = \"address\"\n[parameters.b]\ntype = \"address\"\n";
  // Behind a value that is longer than its {NAME}.
  CHECK(messages(resolve(profile(declared + "[capture]\nfilter = \"host {a} or host {b} or udp prot 53\"\n"),
                         set({"a=2001:db8::1:2:3", "b=192.0.2.1"}), "tcpdump")) ==
        "p.toml:6:39: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', 'and', "
        "'or' or the end\n"
        "  | filter = \"host {a} or host {b} or udp prot 53\"\n"
        "  |                                       ^~~~\n"
        "  = did you mean 'port'?\n");
  // Under the parameter itself, with the value that does not fit there.
  const std::string ip6 =
      messages(resolve(profile(host + "[capture]\nfilter = \"tcp and ip6 host {host}\"\n"),
                       set({"host=192.0.2.1"}), "tcpdump"));
  CHECK(ip6.starts_with("p.toml:4:28: error: "));
  CHECK(ip6.find("  |                            ^~~~~~\n") != std::string::npos);
  CHECK(ip6.find("{host} is 192.0.2.1 here") != std::string::npos);
  // Escapes before it, and lines.
  CHECK(messages(resolve(profile(host + "[capture]\nfilter = \"\"\"\n\\u0068ost {host}\n or prot 1\"\"\"\n"),
                         set({"host=192.0.2.1"}), "tcpdump"))
            .starts_with("p.toml:6:5: error: "));
  // The end of the text, behind a parameter.
  const std::string end = messages(resolve(profile(host + "[capture]\nfilter = \"host {host} or\"\n"),
                                           set({"host=192.0.2.1"}), "tcpdump"));
  CHECK(end.starts_with("p.toml:4:25: error: "));
  // In what narrows.
  CHECK(messages(resolve(profile(host + "narrow = \"hots {host}\"\n"), {}, "tcpdump"))
            .starts_with("p.toml:3:11: error: "));
  // Two values exclude each other.
  const std::string never =
      messages(resolve(profile(declared + "[capture]\nfilter = \"src host {a} and src host {b}\"\n"),
                       set({"a=192.0.2.1", "b=192.0.2.2"}), "tcpdump"));
  CHECK(never.starts_with("p.toml:6:"));
  CHECK(never.find("{a} is 192.0.2.1 here, {b} is 192.0.2.2 here") != std::string::npos);
}

TEST_CASE("parameters: without values a profile is judged by examples of both families") {
  const auto judged = [](const std::string& filter) {
    ReadProfile read = read_profile(host + "[capture]\nfilter = \"" + filter + "\"\n", "p.toml", "p", known);
    add_filter_mistakes({&read});
    return rendered(read.mistakes);
  };
  CHECK(judged("host {host}") == "");
  CHECK(judged("ip host {host}") == "");
  CHECK(judged("ip6 host {host}") == "");
  CHECK(judged("host {host} and host 198.51.100.1") == "");
  CHECK(judged("hots {host}").starts_with("p.toml:4:11: error: "));
  CHECK(judged("port {host}").starts_with("p.toml:4:16: error: "));
}

TEST_CASE("parameters: each mistake in declarations and uses is told once, at its place") {
  struct Row {
    std::string text;
    std::string message;  // its beginning
    std::string hint;     // somewhere in it
  };
  for (const Row& row : std::vector<Row>{
           {"parameters = 3\n", "p.toml:1:1: error: parameters must be a table", "[parameters.NAME]"},
           {"[parameters]\nhost = \"address\"\n", "p.toml:2:1: error: host must be a table",
            "[parameters.host]"},
           {"[parameters.2x]\ntype = \"address\"\n", "p.toml:1:13: error: \"2x\" is not the name",
            "a letter"},
           {"[parameters.a-b]\ntype = \"address\"\n", "p.toml:1:13: error: \"a-b\" is not the name",
            "a letter"},
           {"[parameters.host]\n[capture]\nfilter = \"host {host}\"\n",
            "p.toml:1:13: error: the parameter \"host\" has no type", "types: address, network"},
           {"[parameters.host]\ntype = \"adress\"\n[capture]\nfilter = \"host {host}\"\n",
            "p.toml:2:8: error: there is no type \"adress\"", "did you mean \"address\"?"},
           {"[parameters.host]\ntype = 4\n[capture]\nfilter = \"host {host}\"\n",
            "p.toml:2:8: error: type must be \"address\"", "for example: type = \"address\""},
           {host + "defualt = \"192.0.2.1\"\n[capture]\nfilter = \"host {host}\"\n",
            "p.toml:3:1: error: unknown key \"defualt\" in [parameters.host]", "did you mean \"default\"?"},
           {host + "default = \"web1\"\n[capture]\nfilter = \"host {host}\"\n",
            "p.toml:3:11: error: default must be an address, not \"web1\"", "names are not looked up"},
           {host + "default = 53\n[capture]\nfilter = \"host {host}\"\n",
            "p.toml:3:11: error: default must be an address, not \"53\"", ""},
           {host + "default = true\n[capture]\nfilter = \"host {host}\"\n",
            "p.toml:3:11: error: default must be a string or an integer, not a boolean", ""},
           {host + "help = \"\"\n[capture]\nfilter = \"host {host}\"\n",
            "p.toml:3:8: error: help must not be empty", ""},
           {host, "p.toml:1:13: error: the parameter \"host\" is used nowhere",
            "write {host} in capture.filter"},
           {"[parameters.nic]\ntype = \"interface\"\n",
            "p.toml:1:13: error: the parameter \"nic\" is used nowhere", "write {nic} in capture.interface"},
           {"[capture]\nfilter = \"tcp and host {host}\"\n",
            "p.toml:2:24: error: there is no parameter \"host\"", "declare it: [parameters.host]"},
           {host + "[capture]\nfilter = \"host {host} or host {hots}\"\n",
            "p.toml:4:31: error: there is no parameter \"hots\"", "did you mean {host}?"},
           {"[capture]\ninterface = [\"eth0\", \"{nic}\"]\n",
            "p.toml:2:22: error: there is no parameter \"nic\"", "declare it"},
           {"[backend.tcpdump]\ninterface = \"{nic}\"\n", "p.toml:2:13: error: there is no parameter \"nic\"",
            "declare it"},
           {"[capture]\nfilter = \"host {\"\n", "p.toml:2:16: error: there is no \"}\"", "{NAME}"},
           {"[capture]\nfilter = \"host }\"\n", "p.toml:2:16: error: there is no \"{\"", ""},
           {"[capture]\nfilter = \"host {}\"\n", "p.toml:2:16: error: \"\" is not the name", "a letter"},
           {"[capture]\nfilter = \"host {a b}\"\n", "p.toml:2:16: error: \"a b\" is not the name",
            "a letter"},
           {host + "[capture]\nfilter = \"host 1{host}\"\n", "p.toml:4:17: error: {host} must stand alone",
            "put a blank"},
           {host + "[capture]\nfilter = \"net {host}/24\"\n", "p.toml:4:15: error: {host} must stand alone",
            "put a blank"},
           {"[parameters.nic]\ntype = \"interface\"\n[capture]\nfilter = \"host {nic}\"\n",
            "p.toml:4:16: error: {nic} is an interface", "capture.interface"},
           {host + "[capture]\ninterface = \"{host}\"\n",
            "p.toml:4:13: error: {host} is an address, not an interface", "type = \"interface\""},
           {"[parameters.t]\ntype = \"choice\"\n[capture]\nfilter = \"{t} port 53\"\n",
            "p.toml:2:8: error: a choice needs the words", "allowed = "},
           {host + "allowed = [\"a\"]\n[capture]\nfilter = \"host {host}\"\n",
            "p.toml:3:11: error: allowed goes with a choice", "type = \"choice\""},
           {"[parameters.t]\ntype = \"choice\"\nallowed = [\"tcp\", \"udp or ip\"]\n[capture]\nfilter = "
            "\"{t}\"\n",
            "p.toml:3:19: error: \"udp or ip\" is not one word", "letters"},
           {"[parameters.t]\ntype = \"choice\"\nallowed = [\"or\"]\n[capture]\nfilter = \"tcp {t} udp\"\n",
            "p.toml:3:12: error: \"or\" would change", "write it in the filter"},
           {"[parameters.t]\ntype = \"choice\"\nallowed = []\n[capture]\nfilter = \"{t}\"\n",
            "p.toml:3:11: error: allowed must not be empty", ""},
           {"[parameters.t]\ntype = \"choice\"\nallowed = [\"tcp\", \"tcp\"]\n[capture]\nfilter = \"{t}\"\n",
            "p.toml:3:19: error: \"tcp\" is there twice", ""},
           {"[parameters.t]\ntype = \"choice\"\nallowed = [\"tcp\", \"udp\"]\ndefault = "
            "\"upd\"\n[capture]\nfilter "
            "= \"{t}\"\n",
            "p.toml:4:11: error: default must be \"tcp\" or \"udp\", not \"upd\"", "did you mean \"udp\"?"},
           {host + "narrow = \"port 53\"\n", "p.toml:3:10: error: narrow does not use {host}", "for example"},
           {host + "narrow = \"host {host} and port {port}\"\n",
            "p.toml:3:32: error: narrow can hold its own parameter only", ""},
           {host + "narrow = 5\n[capture]\nfilter = \"host {host}\"\n",
            "p.toml:3:10: error: narrow must be a string", "for example"}}) {
    CAPTURE(row.text);
    const auto parsed = parse_profile(row.text, "p.toml", "p", known);
    REQUIRE(!parsed);
    CHECK(parsed.error().diagnostics.size() == 1);
    const std::string message = messages(parsed);
    CAPTURE(message);
    CHECK(message.starts_with(row.message));
    CHECK(message.find(row.hint) != std::string::npos);
  }
}

TEST_CASE("parameters: in a text that is not all TOML nothing is said about what may stand in the rest") {
  CHECK(mistakes("[parameters.host]\ntype = \"address\n[capture]\nfilter = \"host {host} or host {b}\"\n")
            .starts_with("p.toml:2:16: error: "));
  CHECK(mistakes("[parameters.host]\ntype = \"address\n[capture]\nfilter = \"host {host} or host {b}\"\n")
            .find("parameter") == std::string::npos);
}

TEST_CASE("parameters: a child inherits them, may change all but the type, and adds its own") {
  const std::string parent = host + "default = \"192.0.2.1\"\n[capture]\nfilter = \"host {host}\"\n";
  CHECK(filter_of("extends = \"top\"\n", parent, {}) == "host 192.0.2.1");
  CHECK(filter_of("extends = \"top\"\n", parent, {"host=192.0.2.9"}) == "host 192.0.2.9");
  const std::string changed = "extends = \"top\"\n[parameters.host]\ndefault = \"192.0.2.7\"\n";
  CHECK(chain(changed, parent) == "no mistake");
  CHECK(filter_of(changed, parent, {}) == "host 192.0.2.7");
  const std::string own = "extends = \"top\"\n[parameters.port]\ntype = \"port\"\nnarrow = \"port {port}\"\n";
  CHECK(chain(own, parent) == "no mistake");
  CHECK(filter_of(own, parent, {"port=22"}) == "(host 192.0.2.1) and (port 22)");
  const std::string uses = "extends = \"top\"\n[capture]\nfilter = \"src host {host}\"\n";
  CHECK(chain(uses, parent) == "no mistake");
  CHECK(filter_of(uses, parent, {}) == "src host 192.0.2.1");
  // An inherited one need not be used, but a value for it would go unheard.
  const std::string other = "extends = \"top\"\n[capture]\nfilter = \"tcp\"\n";
  CHECK(chain(other, parent) == "no mistake");
  CHECK(filter_of(other, parent, {}) == "tcp");
  CHECK(filter_of(other, parent, {"host=192.0.2.9"}) ==
        "--set:1:1: error: \"host\" would have no effect: the profile uses {host} nowhere\n"
        "  | host=192.0.2.9\n"
        "  | ^~~~\n"
        "  = leave out --set host\n");

  CHECK(chain("extends = \"top\"\n[parameters.host]\ntype = \"port\"\n", parent) ==
        "low.toml:3:8: error: \"host\" is an address in top.toml, and stays one\n"
        "  | type = \"port\"\n"
        "  |        ^~~~~~\n"
        "  = a profile that extends it can change everything but the type\n");
  CHECK(chain("extends = \"top\"\n[parameters.host]\ndefault = \"web1\"\n", parent)
            .starts_with("low.toml:3:11: error: default must be an address, not \"web1\"\n"));
  CHECK(chain("extends = \"top\"\n[parameters.hots]\ndefault = \"192.0.2.7\"\n[capture]\nfilter = \"tcp\"\n",
              parent)
            .starts_with("low.toml:2:13: error: the parameter \"hots\" has no type\n"));
  // The parent must stand alone.
  CHECK(chain("extends = \"top\"\n" + host, "[capture]\nfilter = \"host {host}\"\n")
            .starts_with("top.toml:2:16: error: there is no parameter \"host\"\n"));
}

TEST_CASE("parameters: a view tells values, what is missing, and where all comes from") {
  const Profile p = profile(by_host +
                            "[parameters.port]\ntype = \"port\"\ndefault = \"https\"\n"
                            "narrow = \"port {port}\"\n");
  const auto without = view(p, {}, "tcpdump");
  REQUIRE(without);
  CHECK(without->lacks_values);
  CHECK(without->filter == "host {host}");
  CHECK(without->spec.filter_text == "host {host}");
  REQUIRE(without->parameters.size() == 2);
  CHECK(without->parameters[0].required);
  CHECK(!without->parameters[0].value);
  CHECK(!without->parameters[1].required);
  CHECK(without->parameters[1].preset == "443");
  CHECK(without->parameters[1].origins.at("default") == "profile p line 8");

  const auto with = view(p, set({"host=192.0.2.1", "port=53"}), "tcpdump");
  REQUIRE(with);
  CHECK(!with->lacks_values);
  CHECK(with->filter == "host {host}");
  CHECK(with->spec.filter_text == "(host 192.0.2.1) and (port 53)");
  CHECK(with->parameters[1].preset == "443");
  CHECK(with->parameters[1].value == "53");
  CHECK(with->parameters[1].origins.at("value") == "flag --set");
  CHECK(!view(p, set({"host=x"}), "tcpdump"));
}

TEST_CASE("docs/profiles.md has one row for every key of a parameter") {
  std::ifstream file(ANCHOKO_SOURCE_DIR "/docs/profiles.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const ParameterKey& key : parameter_keys()) {
    const std::string row =
        "| `" + key.key + "` | " + key.type + " | `" + key.example + "` | " + key.help + " |\n";
    CAPTURE(row);
    CHECK(text.find(row) != std::string::npos);
  }
}

}  // namespace anchoko::config
