#include "cli/complete.h"

#include <doctest/doctest.h>

using namespace anchoko::cli;

namespace {

std::vector<Candidate> some_values(ValueKind kind) {
  switch (kind) {
    case ValueKind::profile:
      return {{"dns", "DNS"}, {"web", "HTTP"}};
    case ValueKind::backend:
      return {{"tcpdump", ""}, {"netsh", ""}};
    case ValueKind::interface:
      return {{"default", ""}, {"eth0", ""}};
    case ValueKind::hazard:
      return {{"nic-link-flap", ""}};
    case ValueKind::open_fact:
      return {{"iptrace-port-ipv6", ""}};
    case ValueKind::session:
      return {{"6b2x0k-4f7t", ""}};
    default:
      return {};
  }
}

// "a b c", and ":files" behind them.
std::string offered(const std::vector<std::string>& words) {
  const auto found = complete(all_commands(), words, some_values);
  std::string text;
  for (const auto& candidate : found.candidates) text += (text.empty() ? "" : " ") + candidate.word;
  if (found.files) text += text.empty() ? ":files" : " :files";
  return text;
}

}  // namespace

TEST_CASE("completion: commands, and the members of a group") {
  CHECK(offered({"pl"}) == "plan");
  CHECK(offered({"pro"}) == "profile");
  CHECK(offered({"profile", ""}) == "list show check");
  CHECK(offered({"profile", "s"}) == "show");
  CHECK(offered({"--color", "never", "expl"}) == "explain");
  CHECK(offered({"help", "pl"}) == "plan");
  CHECK(offered({"help", "profile", "l"}) == "list");
  CHECK(offered({"-"}) == "--help --version");
  CHECK(offered({"zebra"}).empty());
  CHECK(offered({"zebra", ""}).empty());
  CHECK(offered({}).starts_with("capture "));
  // For programs, not for people.
  CHECK(offered({"ma"}).empty());
  CHECK(offered({"complete"}).empty());
}

TEST_CASE("completion: options by their long name, each once, unless it may stand more than once") {
  CHECK(offered({"plan", "--fil"}) == "--filter");
  CHECK(offered({"plan", "-f"}) == "-f");
  CHECK(offered({"plan", "-f", "ip", "--fil"}).empty());
  CHECK(offered({"plan", "--filter=ip", "--fil"}).empty());
  CHECK(offered({"plan", "-fip", "--fil"}).empty());
  CHECK(offered({"plan", "-i", "eth0", "--inter"}) == "--interface");
  CHECK(offered({"plan", "--", "--fil"}).empty());
  CHECK(offered({"profile", "show", "dns", "--ori"}) == "--origins");
  const std::string all = offered({"plan", "-"});
  for (const char* name : {"--help", "--json", "--lang", "--backend", "--native-file"})
    CHECK(all.find(name) != std::string::npos);
}

TEST_CASE("completion: values of options, in a word of their own or in the same") {
  CHECK(offered({"plan", "--direction", ""}) == "in out both");
  CHECK(offered({"plan", "--direction", "o"}) == "out");
  CHECK(offered({"plan", "--lang", ""}) == "en ja");
  CHECK(offered({"plan", "--lang="}) == "--lang=en --lang=ja");
  CHECK(offered({"plan", "--lang=j"}) == "--lang=ja");
  CHECK(offered({"plan", "--color", "n"}) == "never");
  CHECK(offered({"convert", "x.pcap", "--reading", ""}) == "file capture");
  CHECK(offered({"plan", "--backend", "net"}) == "netsh");
  CHECK(offered({"plan", "-i", ""}) == "default eth0");
  CHECK(offered({"plan", "--accept", "nic"}) == "nic-link-flap");
  CHECK(offered({"plan", "--assume", "ipt"}) == "iptrace-port-ipv6");
  CHECK(offered({"plan", "-f", ""}).empty());  // a filter: anything
  CHECK(offered({"completion", "z"}) == "zsh");
}

TEST_CASE("completion: profiles, sessions and files") {
  CHECK(offered({"plan", ""}) == "dns web");
  CHECK(offered({"plan", "d"}) == "dns");
  CHECK(offered({"plan", "./"}) == ":files");
  CHECK(offered({"plan", "dns", ""}).empty());  // it takes one
  CHECK(offered({"profile", "check", "dns", "w"}) == "web");
  CHECK(offered({"status", ""}) == "6b2x0k-4f7t");
  CHECK(offered({"convert", ""}) == ":files");
  CHECK(offered({"convert", "a.pcap", "b"}) == ":files");
  CHECK(offered({"convert", "a.pcap", "-o", ""}) == ":files");
  CHECK(offered({"capture", "dns", "-o", "x"}) == ":files");
}
