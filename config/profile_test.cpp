#include "config/profile.h"

#include <doctest/doctest.h>

#include <fstream>

#include "config/document.h"
#include "config/schema.h"

namespace anchoko::config {
namespace {

const std::vector<KnownBackendOption> known{{"tcpdump", "", ""},
                                            {"netsh", "persistent", "boolean"},
                                            {"netsh", "file", "string"},
                                            {"netsh", "buffers", "integer"}};

Result<Profile> parse(const std::string& text) { return parse_profile(text, "p.toml", "p", known); }

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
  check_all({{"[capture]\nfiltr = \"\"\n", "X"},
             {"[limits]\nfilter = \"ip\"\n", "X"},
             {"filter = \"ip\"\n", "X"},
             {"[capture]\nextends = \"base\"\n", "X"},
             {"[captur]\nfilter = \"ip\"\n", "X"},
             {"[zebra]\n", "X"},
             {"[capture]\n  \"zebra\\u001b[31m\" = 1\n", "X"},
             {"capture.snap.len = 5\n", "X"},
             {"[[capture]]\n", "X"},
             {"capture = 3\n", "X"},
             {"[backend.netshh]\n", "X"},
             {"[backend.netsh]\npersistant = true\n", "X"},
             {"[backend.tcpdump]\nbuffers = 4096\n", "X"},
             {"backend.netsh = true\n", "X"},
             {"backend = []\n", "X"}});
}

TEST_CASE("profile: wrong types are named at their value") {
  check_all({{"[capture]\nfilter = 53\n", "X"},
             {"[capture]\nfilter = [\"ip\"]\n", "X"},
             {"[capture.filter]\nx = 1\n", "X"},
             {"[capture]\ninterface = 2\n", "X"},
             {"[capture]\ninterface = [\"eth0\", 2]\n", "X"},
             {"accept = \"nic-link-flap\"\n", "X"},
             {"accept = [1.5, true]\n", "X"},
             {"[capture]\npromiscuous = \"true\"\n", "X"},
             {"[capture]\npromiscuous = 1\n", "X"},
             {"[capture]\ndirection = true\n", "X"},
             {"[limits]\nfiles = \"4\"\n", "X"},
             {"[limits]\nfiles = 1.5\n", "X"},
             {"[limits]\nduration = 60\n", "X"},
             {"[limits]\nduration = 00:01:00\n", "X"},
             {"[limits]\nmax_size = 1.5\n", "X"},
             {"[capture]\nsnaplen = true\n", "X"},
             {"extends = []\n", "X"},
             {"[backend.netsh]\npersistent = \"yes\"\n", "X"},
             {"[backend.netsh]\nbuffers = true\n", "X"},
             {"[backend.netsh]\ninterface = [\"a\", \"b\"]\n", "X"}});
}

TEST_CASE("profile: bad values are named with what is possible") {
  check_all({{"[limits]\nduration = \"60\"\n", "X"},
             {"[limits]\nduration = \"0s\"\n", "X"},
             {"[limits]\nduration = \"400d\"\n", "X"},
             {"[limits]\nmax_size = \"1GIB\"\n", "X"},
             {"[limits]\nmax_size = \"99999999999TiB\"\n", "X"},
             {"[limits]\nmin_free = -1\n", "X"},
             {"[limits]\nfiles = 0\n", "X"},
             {"[limits]\nfiles = 65536\n", "X"},
             {"[limits]\npackets = -5\n", "X"},
             {"[capture]\nsnaplen = 0\n", "X"},
             {"[capture]\nsnaplen = 262145\n", "X"},
             {"[capture]\nsnaplen = \"128\"\n", "X"},
             {"[capture]\ndirection = \"inn\"\n", "X"},
             {"[capture]\npush = \"always\"\n", "X"},
             {"[capture]\ninterface = []\n", "X"},
             {"[capture]\ninterface = \"\"\n", "X"},
             {"[capture]\ninterface = [\"eth0\", \"any\"]\n", "X"},
             {"[capture]\ninterface = [\"eth0\", \"eth0\"]\n", "X"},
             {"[capture]\nfilter = \"ip\\u0000\"\n", "X"},
             {"[output]\ndirectory = \"\"\n", "X"},
             {"description = \"\"\"two\nlines\"\"\"\n", "X"}});
}

TEST_CASE("profile: what is not TOML is named where it goes wrong") {
  check_all({{"[capture\nfilter = \"ip\"\n", "X"},
             {"[capture]\nfilter = udp port 53  # DNS\n", "X"},
             {"[limits]\nduration = 60s\n", "X"},
             {"[capture]\npromiscuous = True\n", "X"},
             {"[capture]\nfilter = \"udp port 53\n", "X"},
             {"[capture]\nfilter = \"\"\"udp port 53\n", "X"},
             {"[capture]\nfilter = \"udp \\port 53\"\n", "X"},
             {"[capture]\nfilter \"ip\"\n", "X"},
             {"[capture]\nfilter =\n", "X"},
             {"[limits]\nfiles = 1\n  files = 2\n", "X"},
             {"[limits]\n[capture]\n[limits]\n", "X"},
             {"[limits]\npackets = 99999999999999999999\n", "X"},
             {"[capture]\ninterface = [\"a\", \"b\"\n[limits]\nfiles = 2\n", "X"},
             {"[capture]\nfilter = \"\xff\"\n", "X"},
             {"[capture]\nfilter = \"a\" \"b\"\n", "X"}});
}
}  // namespace anchoko::config
