// Which words tcpdump takes: our grammar against the real program. With -d and no interface it reads every
// option, compiles the filter, prints its code and ends, without rights and without capturing.
#include <algorithm>
#include <cstdio>
#include <random>

#include <doctest/doctest.h>

#include "backends/tcpdump/command.h"
#include "backends/tcpdump/tool_version.h"
#include "core/exec/command_runner.h"
#include "core/exec/shell_quote.h"

namespace anchoko::differential {
namespace {

using Words = std::vector<std::string>;

struct RealTool {
  std::unique_ptr<CommandRunner> runner = make_local_runner();
  std::string path = runner->find_program("tcpdump");
  std::string version;

  RealTool() {
    if (path.empty()) return;
    const auto output = runner->run({path, "--version"}, std::chrono::seconds(5));
    if (output) version = tcpdump::read_version(output->out + "\n" + output->err).tool;
  }
  // Option letters and texts of 4.99; releases before differ.
  bool usable() const { return version.starts_with("4.99."); }
  bool accepts(const Words& words) const {
    CommandLine line{path, "-d"};
    line.insert(line.end(), words.begin(), words.end());
    const auto output = runner->run(line, std::chrono::seconds(10));
    REQUIRE(output.has_value());
    return output->exit_status == 0;
  }
};

bool we_accept(const Words& words, const std::string& version) {
  Words all{"tcpdump", "-d"};
  all.insert(all.end(), words.begin(), words.end());
  NativeCommand command;
  command.text = command_text(all);
  tcpdump::command_grammar().parse(command, 0, version);
  const Crib& crib = tcpdump::crib_table();
  return std::ranges::none_of(command.problems, [&](const auto& p) {
    const CribProblem* entry = crib.problem(p.id);
    if (entry != nullptr) return entry->severity == Severity::error;
    return p.id != "filter-not-understood";  // the common crib's others here are all errors
  });
}

const Words& flags() {
  static const Words list{"-a",
                          "-A",
                          "-b",
                          "-d",
                          "-e",
                          "-f",
                          "-g",
                          "-H",
                          "-I",
                          "-k",
                          "-K",
                          "-l",
                          "-n",
                          "-N",
                          "-o",
                          "-O",
                          "-p",
                          "-P",
                          "-q",
                          "-R",
                          "-S",
                          "-t",
                          "-tttt",
                          "-u",
                          "-U",
                          "-v",
                          "-x",
                          "-X",
                          "-Y",
                          "-#",
                          "-nnvvv",
                          "-D",
                          "-J",
                          "-L",
                          "-h",
                          "--count",
                          "--help",
                          "--micro",
                          "--nano",
                          "--print",
                          "--version",
                          "--number",
                          "--no-optimize",
                          "--no-o",
                          "--no",
                          "--n",
                          "--packet",
                          "--immediate-mode",
                          "--imm",
                          "--monitor-mode",
                          "--absolute",
                          "--skip",
                          "--lengths",
                          "--list-interfaces",
                          "--list-t",
                          "--list",
                          "--count=1",
                          "--"};
  return list;
}

const Words& valued() {
  static const Words list{"-B",
                          "-c",
                          "-C",
                          "-E",
                          "-G",
                          "-j",
                          "-M",
                          "-Q",
                          "-s",
                          "-T",
                          "-w",
                          "-W",
                          "-y",
                          "-z",
                          "-Z",
                          "--buffer-size",
                          "--buf",
                          "--direction",
                          "--linktype",
                          "--link",
                          "--snapshot-length",
                          "--time-stamp-type",
                          "--time-stamp-precision",
                          "--time-stamp",
                          "--relinquish"};
  return list;
}

const Words& values() {
  static const Words list{"0",
                          "1",
                          "-1",
                          "+7",
                          "5x",
                          "x",
                          "",
                          "10",
                          "1k",
                          "2M",
                          "3g",
                          "1.5",
                          "96",
                          "0x60",
                          "010",
                          "262144",
                          "262145",
                          "4294967297",
                          "2147483647",
                          "2147483648",
                          "99999999999",
                          "99999999999999999999",
                          "2097151",
                          "2097152",
                          "in",
                          "OUT",
                          "InOut",
                          "both",
                          "host",
                          "Adapter_Unsynced",
                          "hardware",
                          "EN10MB",
                          "linux_sll2",
                          "raw",
                          "ethernet",
                          "rtp",
                          "DOMAIN",
                          "http",
                          "micro",
                          "nano",
                          "nanosecond",
                          "milli",
                          "root",
                          "-n",
                          "--",
                          "file.pcap"};
  return list;
}

const Words& pick(const std::vector<Words>& lists, std::mt19937& random) {
  return lists[std::uniform_int_distribution<std::size_t>(0, lists.size() - 1)(random)];
}

const std::string& pick(const Words& words, std::mt19937& random) {
  return words[std::uniform_int_distribution<std::size_t>(0, words.size() - 1)(random)];
}

void add_option(Words& words, std::mt19937& random) {
  if (random() % 3 == 0) {
    words.push_back(pick(flags(), random));
    return;
  }
  const std::string& option = pick(valued(), random);
  const std::string& value = pick(values(), random);
  const bool is_long = option.starts_with("--");
  if (random() % 3 == 0 && !(value.empty() && !is_long)) {
    words.push_back(option + (is_long ? "=" : "") + value);
  } else {
    words.push_back(option);
    if (random() % 20 != 0) words.push_back(value);
  }
}

}  // namespace

TEST_CASE("tcpdump options: every option with every value is taken or refused as the real tcpdump does") {
  const RealTool tool;
  if (!tool.usable()) {
    std::printf("SKIP tcpdump-4.99: tcpdump 4.99 is not here\n");
    return;
  }
  std::size_t taken = 0;
  std::size_t refused = 0;
  const auto compare = [&](const Words& words) {
    const bool theirs = tool.accepts(words);
    ++(theirs ? taken : refused);
    CHECK_MESSAGE(we_accept(words, tool.version) == theirs, quote_posix(words));
  };
  for (const auto& option : flags()) compare({option});
  for (const auto& option : valued()) {
    if (option == "--time-stamp" || option == "--buf" || option == "--link") continue;
    for (const auto& value : values()) compare({option, value});
    compare({option});
  }
  CHECK(taken > 200);
  CHECK(refused > 200);
}

TEST_CASE("tcpdump options: random command lines are taken or refused as the real tcpdump does") {
  const RealTool tool;
  if (!tool.usable()) {
    std::printf("SKIP tcpdump-4.99: tcpdump 4.99 is not here\n");
    return;
  }
  static const std::vector<Words> filters{
      {},           {}, {"port", "53"}, {"tcp port 80"}, {"udp", "prot", "53"}, {"-", "1"}, {"len - 1 > 60"},
      {"-n", "tcp"}};
  std::mt19937 random(20260101);
  std::size_t taken = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 600; ++i) {
    Words words;
    for (auto left = random() % 3; left > 0; --left) add_option(words, random);
    const Words& filter = pick(filters, random);
    words.insert(words.end(), filter.begin(), filter.end());
    if (random() % 4 == 0) add_option(words, random);
    const bool theirs = tool.accepts(words);
    ++(theirs ? taken : refused);
    CHECK_MESSAGE(we_accept(words, tool.version) == theirs, quote_posix(words));
  }
  CHECK(taken > 100);
  CHECK(refused > 100);
}

}  // namespace anchoko::differential
