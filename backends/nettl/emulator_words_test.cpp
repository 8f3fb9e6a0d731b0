#include "backends/nettl/emulator_words.h"

#include <sstream>

#include <doctest/doctest.h>

#include "backends/nettl/emulator_testing.h"

namespace anchoko::nettl::emulated {
namespace {

using testing::TestHost;

Result<Command> parse(const std::string& line, const std::string& release = "B.11.31",
                      const std::string& more = "") {
  const TestHost host(more, release);
  const auto machine = machine_of(host.open());
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return parse_nettl(*machine, words);
}

bool accepts(const std::string& line, const std::string& release = "B.11.31", const std::string& more = "") {
  return parse(line, release, more).has_value();
}

TEST_CASE("nettl words: the manual's lines are taken (hpux-nettl.md 1 and 5)") {
  for (const char* line : {
           "-start",
           "-st",
           "-stop",
           "-sp",
           "-status",
           "-ss trace",
           "-SS LOG",
           "-status all",
           "-tn pduin pduout -e all -f /tmp/trace",
           "-tn all -e all -f test",
           "-tn pduin pduout -e ns_ls_ip -tm 99999 -n 5 -f /var/tmp/x",
           "-TRACEON PDUIN 0x10000000 -ENTITY iether LINKALL -CARD lan0 -FILE x -M 96 -SIZE 68 -MEM 8 16",
           "-traceon pduin -entity iether -mem 32M -bind 1 -timer 10",
           "-traceoff -entity iether",
           "-tf -e all",
           "-bind 0",
           "-t 1",
           "-log warning 8 -entity ns_ls_ip",
           "-fm 2 -c lan0",
           "-setfilter /tmp/f",
           "-sfl /tmp/f",
           "-filteron iether ns_ls_ip",
           "-flon gelan",
           "-filteroff iether",
           "-displayfilter iether",
           "-removefilter iether",
           "-rfl iether",
       }) {
    CAPTURE(line);
    CHECK(accepts(line));
  }
}

TEST_CASE("nettl words: what the tool lacks is an error (hpux-nettl.md 1)") {
  for (const char* line : {
           "",
           "start",
           "-foo",
           "-start now",
           "-ss traces",
           "-ss log trace",
           "-traceon -entity all",
           "-traceon pdu -entity all",
           "-traceon 0 -entity all",
           "-traceon pduin",
           "-traceon pduin -entity",
           "-traceon pduin -entity NS_LS_LAN",    // there is none
           "-traceon pduin -file x -entity all",  // fact nettl-entity-place
           "-traceon pduin -entity all -entity all",
           "-traceon pduin -entity all -file",
           "-traceon pduin -entity all -file x -f x -file y",
           "-traceon pduin -entity all -file -m 3",
           "-traceon pduin -entity all -m 2001",  // at most 2000
           "-traceon pduin -entity all -m -1",
           "-traceon pduin -entity all -tm 99",  // 100..99999
           "-traceon pduin -entity all -tm 100000",
           "-traceon pduin -entity all -n 1",
           "-traceon pduin -entity all -n x",
           "-traceon pduin -entity all -mem 7",           // at least 8 KB
           "-traceon pduin -entity all -mem 600000",      // more than half of the memory
           "-traceon pduin -entity all -mem 100 800000",  // more than 70 % of it
           "-traceon pduin -entity all -mem 8 16 32",
           "-traceon pduin -entity all -timer 11",
           "-traceon pduin -entity all -bind 4",  // four processors: 0..3
           "-traceon pduin -entity all -nk 2",    // 11i v1 of 2005 alone
           "-traceon pduin -entity all extra -x",
           "-traceon pduin -entity SX25L2",  // -card is required
           "-traceoff",
           "-traceoff iether",
           "-tf -e nothing",
           "-timer 0",
           "-timer",
           "-bind 1 2",
           "-log -entity all",
           "-log pduin -entity all",
           "-fm 3 -card lan0",
           "-fm 1",
           "-setfilter",
           "-setfilter a b",
           "-filteron",
           "-filteron all",
           "-filteron NS_LS_IPV6",  // takes no filters
           "-floff iether",         // no short form was visible
           "-dfl iether",
           "-filteron -e iether",
       }) {
    CAPTURE(line);
    CHECK_FALSE(accepts(line));
  }
}

TEST_CASE("nettl words: releases differ (hpux-nettl.md 1, 2, 4)") {
  const std::string oldest = "fact nettl-edition oldest\n";
  const std::string on = "-tn pduin -e ns_ls_ip ";
  CHECK(accepts(on + "-nkbufs 2 -us 32", "B.11.11"));
  CHECK_FALSE(accepts(on + "-nkbufs 2", "B.11.11", oldest));
  CHECK_FALSE(accepts(on + "-mem 8", "B.11.11"));
  CHECK(accepts(on + "-mem 8", "B.11.23"));
  CHECK(accepts(on + "-timer 5", "B.11.23"));
  CHECK_FALSE(accepts(on + "-timer 5", "B.11.23", oldest));
  CHECK_FALSE(accepts("-setfilter f", "B.11.23"));
  CHECK(accepts(on + "-tm 128", "B.11.11"));
  CHECK_FALSE(accepts(on + "-tm 100", "B.11.11"));  // 128..1048576
  CHECK(accepts(on + "-tm 1048576", "B.11.11"));
  CHECK(accepts(on + "-tm 100", "B.11.11", oldest));
  CHECK(accepts("-tn pduin -e linkall"));
  CHECK_FALSE(accepts("-tn pduin -e linkall", "B.11.31", oldest));
  CHECK(accepts("-filteron icxgbe"));
  CHECK_FALSE(accepts("-filteron icxgbe", "B.11.31", oldest));
  CHECK_FALSE(accepts("-tn pduin -e linkall", "B.11.23"));
}

TEST_CASE("nettl words: masks and entities mean what the manual says (hpux-nettl.md 1)") {
  CHECK(parse("-tn pduin pduout -e all")->kinds == 0x30000000);
  CHECK(parse("-tn 0x10000000 0x20000000 -e all")->kinds == 0x30000000);
  CHECK(parse("-tn loopback hdrin -e all")->kinds == 0x80800000);
  CHECK((parse("-tn all -e all")->kinds & 0x30000000) == 0x30000000);
  CHECK(parse("-tn pduin -e ns_ls_ip Iether")->entities == std::vector<std::string>{"NS_LS_IP", "IETHER"});
  const auto all = parse("-tn pduin -e all")->entities;
  CHECK(std::find(all.begin(), all.end(), "NS_LS_TCP") != all.end());
  CHECK(std::find(all.begin(), all.end(), "SX25L2") == all.end());  // all but X.25
  CHECK(parse("-tn pduin -e ns_ls_ip -mem 2M 3M")->memory == 2048);
  // Facts.
  CHECK(accepts("-tn pduin -f x -e all", "B.11.31", "fact nettl-entity-place any\n"));
  CHECK(accepts("-tn pduin -e all -n 1", "B.11.31", "fact nettl-least-files 1\n"));
  CHECK(accepts("-filteron all", "B.11.31", "fact nettl-filter-all yes\n"));
  // What the machine's nettlgen.conf lacks is unknown.
  CHECK_FALSE(accepts("-tn pduin -e gelan", "B.11.31", "nettl-subsystems NS_LS_IP IETHER\n"));
}

}  // namespace
}  // namespace anchoko::nettl::emulated
