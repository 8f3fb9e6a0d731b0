#include "core/lab/utilities.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace anchoko;
using lab::Family;

namespace {

std::string refusal(Family family, const std::string& path, const std::vector<std::string>& words) {
  const auto checked = lab::check_utility(family, path, words);
  if (checked) return {};
  CHECK(checked.error().kind == ErrorKind::usage);
  return checked.error().message;
}

bool has(Family family, const std::string& path) {
  const auto all = lab::utility_paths(family);
  return std::ranges::find(all, path) != all.end();
}

}  // namespace

// Sources: df(1M), grep(1), id(1M), tail(1), tr(1) of Solaris 10; XCU of POSIX.1-2001.
TEST_CASE("lab utilities: what Solaris 10 has only under /usr/xpg4/bin") {
  const Family ten = Family::solaris10;
  CHECK(refusal(ten, "/usr/bin/df", {"df", "-P", "-k", "."}) == "df: illegal option -- P");
  CHECK(refusal(ten, "/usr/xpg4/bin/df", {"df", "-P", "-k", "."}).empty());
  CHECK(refusal(ten, "/usr/bin/grep", {"grep", "-F", "-e", "x"}) == "grep: illegal option -- F");
  CHECK(refusal(ten, "/usr/xpg4/bin/grep", {"grep", "-F", "-e", "x"}).empty());
  CHECK(refusal(ten, "id", {"id", "-u"}) == "id: illegal option -- u");
  CHECK(refusal(ten, "/usr/xpg4/bin/id", {"id", "-u"}).empty());
  CHECK(refusal(ten, "/usr/bin/tail", {"tail", "-n", "3"}) == "tail: illegal option -- n");
  CHECK(refusal(ten, "/usr/bin/tail", {"tail", "-3"}).empty());
  CHECK(refusal(Family::solaris11, "/usr/bin/id", {"id", "-u"}).empty());
}

TEST_CASE("lab utilities: options that only GNU has are refused everywhere") {
  for (const Family family : {Family::solaris10, Family::solaris11, Family::aix, Family::hpux}) {
    CHECK_FALSE(refusal(family, "/usr/bin/ls", {"ls", "--color"}).empty());
    CHECK_FALSE(refusal(family, "/usr/bin/date", {"date", "-d", "now"}).empty());
    CHECK_FALSE(refusal(family, "/usr/bin/sed", {"sed", "-i", "s/a/b/", "x"}).empty());
    CHECK_FALSE(refusal(family, "/usr/bin/grep", {"grep", "-P", "x"}).empty());
    CHECK_FALSE(refusal(family, "/usr/bin/cp", {"cp", "-a", "x", "y"}).empty());
    CHECK(refusal(family, "/usr/bin/stat", {"stat", "x"}) == "stat: not found");
    CHECK_FALSE(has(family, "usr/bin/mktemp"));
    CHECK_FALSE(has(family, "usr/bin/stat"));
  }
  CHECK(refusal(Family::aix, "/usr/bin/ls", {"ls", "-l@"}) == "ls: Not a recognized flag: @");
}

TEST_CASE("lab utilities: where options end") {
  CHECK(refusal(Family::aix, "/usr/bin/rm", {"rm", "-f", "--", "-x"}).empty());
  CHECK(refusal(Family::aix, "/usr/bin/cat", {"cat", "-", "-x"}).empty());
  CHECK(refusal(Family::aix, "/usr/bin/ls", {"ls", "x", "--color"}).empty());  // an operand, as in POSIX
  CHECK(refusal(Family::aix, "/usr/bin/head", {"head", "-n", "-5"}).empty());
  CHECK(refusal(Family::aix, "/usr/bin/head", {"head", "-n5"}).empty());
  CHECK(refusal(Family::aix, "/usr/bin/head", {"head", "-n"}) == "head: option requires an argument -- n");
  CHECK(refusal(Family::aix, "/usr/bin/head", {"head", "-:"}) == "head: Not a recognized flag: :");
  CHECK(refusal(Family::hpux, "/usr/bin/expr", {"expr", "-1", "+", "2"}).empty());
}

TEST_CASE("lab utilities: parts of a second are for Solaris 11 alone") {
  CHECK(refusal(Family::solaris11, "/usr/bin/sleep", {"sleep", "0.5"}).empty());
  for (const Family family : {Family::solaris10, Family::aix, Family::hpux}) {
    CHECK(refusal(family, "/usr/bin/sleep", {"sleep", "5"}).empty());
    CHECK(refusal(family, "/usr/bin/sleep", {"sleep", "0.5"}) == "sleep: bad character in argument");
    CHECK(refusal(family, "/usr/bin/sleep", {"sleep"}) == "usage: sleep time");
  }
}

TEST_CASE("lab utilities: which commands a system has") {
  CHECK(has(Family::solaris10, "usr/xpg4/bin/df"));
  CHECK(has(Family::solaris11, "usr/bin/pfexec"));
  CHECK_FALSE(has(Family::aix, "usr/bin/pfexec"));
  CHECK_FALSE(has(Family::aix, "usr/xpg4/bin/df"));
  CHECK(refusal(Family::aix, "/usr/xpg4/bin/df", {"df"}) == "df: not found");
  CHECK(refusal(Family::hpux, "/usr/bin/uname", {"uname", "-p"}) == "uname: illegal option -- p");
}
