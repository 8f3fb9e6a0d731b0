#include "backends/snoop/emulator_options.h"

#include <doctest/doctest.h>

// Expectations: reference for snoop, section 1.
namespace anchoko::snoop::emulated {
namespace {

Release release_of(System system, bool newer = true) {
  Release release;
  release.system = system;
  release.newer_illumos = system == System::illumos && newer;
  release.user_option = system == System::illumos;
  release.filter_option = release.newer_illumos ? "flag" : "expression";
  return release;
}

const Release ten = release_of(System::solaris10);
const Release eleven = release_of(System::solaris11);
const Release illumos = release_of(System::illumos);
const Release illumos_2018 = release_of(System::illumos, false);

std::expected<Options, BadOptions> parse(std::vector<std::string> words, const Release& release = eleven) {
  words.insert(words.begin(), "snoop");
  return parse_options(words, release);
}

TEST_CASE("snoop options: letters of each release") {
  const auto known = [](const std::string& letter, const Release& release) {
    const auto options = parse({"-" + letter, "a:2:1k"}, release);
    return options || options.error().message.find("illegal option -- " + letter) == std::string::npos;
  };
  for (const char* letter :
       {"d", "i", "o", "c", "s", "P", "q", "r", "D", "S", "t", "v", "V", "x", "p", "C", "N", "n", "a"})
    for (const Release* release : {&ten, &eleven, &illumos}) {
      CAPTURE(letter);
      CHECK(known(letter, *release));
    }
  CHECK_FALSE(known("I", ten));
  CHECK(known("I", eleven));
  CHECK_FALSE(known("U", ten));
  CHECK(known("U", illumos));
  CHECK_FALSE(known("O", eleven));
  CHECK_FALSE(known("O", illumos_2018));
  CHECK(known("O", illumos));
  CHECK_FALSE(known("z", eleven));
  CHECK_FALSE(known("w", eleven));
}

TEST_CASE("snoop options: values stand apart or attached, flags in one word") {
  const auto options = parse({"-qPrd", "net1", "-s96", "-c", "5", "-o/tmp/x", "tcp", "port", "80"});
  REQUIRE(options);
  CHECK(options->quiet);
  CHECK_FALSE(options->promiscuous);
  CHECK(options->numeric);
  CHECK(options->device == "net1");
  CHECK(options->snaplen == 96);
  CHECK(options->count == 5);
  CHECK(options->output == "/tmp/x");
  CHECK(options->expression == "tcp port 80");
}

TEST_CASE("snoop options: the first word that is none ends them") {
  CHECK(parse({"tcp", "-c", "5"})->expression == "tcp -c 5");
  CHECK(parse({"-q", "--", "-c"})->expression == "-c");
  CHECK(parse({"--quiet"}).error().message.starts_with("snoop: illegal option -- -\n"));
  CHECK(parse({"-c"}).error().message.starts_with("snoop: option requires an argument -- c\n"));
}

TEST_CASE("snoop options: what excludes each other") {
  const auto is_usage = [](const std::expected<Options, BadOptions>& options) {
    return !options && options.error().message.find("Usage:") != std::string::npos;
  };
  CHECK(is_usage(parse({"-d", "net0", "-I", "net0"})));
  CHECK(is_usage(parse({"-I", "net0", "-I", "net1"})));
  CHECK(is_usage(parse({"-o", "a", "-O", "b:2:1m"}, illumos)));
  CHECK(is_usage(parse({"-z", "global"}, illumos)));
  CHECK(parse({"-z", "global", "-d", "net0"}, illumos));
  CHECK(is_usage(parse({"-t", "x"})));
  CHECK(is_usage(parse({"-N"})));
}

TEST_CASE("snoop options: numbers are read as atoi() does, ranges with three separators") {
  CHECK(parse({"-s", "rubbish"})->snaplen == 0);
  CHECK(parse({"-c", "12x"})->count == 12);
  for (const char* text : {"3,9", "3:9", "3-9"}) {
    CHECK(parse({"-p", text})->range->first == 3);
    CHECK(parse({"-p", text})->range->last == 9);
    CHECK(parse({"-x", text})->hex->length == 9);
  }
  CHECK(parse({"-p", "7"})->range->last == 7);
  CHECK_FALSE(parse({"-x", "0"})->hex->length);
}

TEST_CASE("snoop options: -O of illumos, -f by release") {
  const auto ring = parse({"-O", "/var/tmp/a:3:2k"}, illumos)->ring;
  REQUIRE(ring);
  CHECK(ring->prefix == "/var/tmp/a");
  CHECK(ring->count == 3);
  CHECK(ring->size == 2048);
  for (const char* text : {"a", "a:3", "a:0:1k", "a:101:1k", "a:3:0", "a:3:1x", ":3:1k"}) {
    CAPTURE(text);
    CHECK_FALSE(parse({"-O", text}, illumos));
  }
  CHECK(parse({"-f", "tcp"}, ten)->expression == "tcp");
  const auto flag = parse({"-f", "tcp"}, illumos);
  CHECK(flag->expression == "tcp");
  CHECK(flag->promiscuity_may_fail);
}

}  // namespace
}  // namespace anchoko::snoop::emulated
