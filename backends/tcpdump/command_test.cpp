#include "backends/tcpdump/command.h"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "core/exec/shell_quote.h"
#include "tests/tools/command_cases.h"

namespace anchoko::tcpdump {
namespace {

NativeCommand read(CommandText text, const std::string& version = {}) {
  return testing::read_command(command_grammar(), std::move(text), version);
}

NativeCommand read_words(const std::vector<std::string>& words) {
  return read(command_text(words));
}

bool has_error(const NativeCommand& command) {
  return testing::has_error(command_grammar(), command);
}

// Words that tcpdump may be given, for random commands: sound ones only.
std::vector<std::string> random_words(std::mt19937& random) {
  static const std::vector<std::vector<std::string>> pieces{{"-n"},
                                                            {"-nn"},
                                                            {"-v"},
                                                            {"-vvv"},
                                                            {"-e"},
                                                            {"-XX"},
                                                            {"-tttt"},
                                                            {"-U"},
                                                            {"-p"},
                                                            {"-O"},
                                                            {"-q"},
                                                            {"-K"},
                                                            {"-S"},
                                                            {"-l"},
                                                            {"-#"},
                                                            {"--print"},
                                                            {"--immediate-mode"},
                                                            {"--nano"},
                                                            {"--micro"},
                                                            {"-a"},
                                                            {"-A"},
                                                            {"-b"},
                                                            {"-H"},
                                                            {"-I"},
                                                            {"-N"},
                                                            {"-u"},
                                                            {"-f"},
                                                            {"-D"},
                                                            {"-L"},
                                                            {"-J"},
                                                            {"-d"},
                                                            {"-dd"},
                                                            {"--count"},
                                                            {"--version"},
                                                            {"-h"},
                                                            {"--fp-type"},
                                                            {"-i", "eth0"},
                                                            {"-ieth0"},
                                                            {"--interface=any"},
                                                            {"--int", "lo"},
                                                            {"-s", "0"},
                                                            {"-s96"},
                                                            {"-s", "0x40"},
                                                            {"-c", "5"},
                                                            {"-c100"},
                                                            {"-C", "10"},
                                                            {"-C", "3k"},
                                                            {"-C", "1g"},
                                                            {"-W", "3"},
                                                            {"-G", "60"},
                                                            {"-z", "gzip"},
                                                            {"-Q", "in"},
                                                            {"--direction=out"},
                                                            {"-B", "4096"},
                                                            {"-w", "f-%s.pcap"},
                                                            {"-w", "-"},
                                                            {"-r", "x y.pcap"},
                                                            {"-F", "filter"},
                                                            {"-Z", "root"},
                                                            {"-y", "EN10MB"},
                                                            {"-j", "host"},
                                                            {"-T", "rtp"},
                                                            {"-E", "a secret"},
                                                            {"-M", "s"},
                                                            {"-m", "MIB"},
                                                            {"--time-stamp-precision=nano"},
                                                            {"--snapshot-length", "128"}};
  static const std::vector<std::vector<std::string>> filters{{},
                                                             {"port", "53"},
                                                             {"port 53 or 443"},
                                                             {"--", "tcp"},
                                                             {"(host 192.0.2.1 or icmp)", "and", "len > 60"},
                                                             {"ip[-1 + 9] = 6"}};
  std::vector<std::string> words{"tcpdump"};
  const auto pick = [&](const auto& list) -> const auto& {
    return list[std::uniform_int_distribution<std::size_t>(0, list.size() - 1)(random)];
  };
  const int number = std::uniform_int_distribution<int>(0, 9)(random);
  for (int i = 0; i < number; ++i) {
    const auto& piece = pick(pieces);
    words.insert(words.end(), piece.begin(), piece.end());
  }
  const auto& filter = pick(filters);
  words.insert(words.end(), filter.begin(), filter.end());
  return words;
}

}  // namespace

TEST_CASE("tcpdump command: the lines of testdata/commands.txt mean what was written down by hand") {
  testing::check_command_table(command_grammar(), "backends/tcpdump/testdata/commands.txt", 40);
}

TEST_CASE("tcpdump command: printed and read again it asks for the same") {
  std::mt19937 random(4);
  int sound = 0;
  for (int i = 0; i < 3000; ++i) {
    const NativeCommand command = read_words(random_words(random));
    if (has_error(command)) continue;
    ++sound;
    CAPTURE(command.text.line);
    const auto words = command_grammar().print(command.model);
    CAPTURE(quote_posix(words));
    CHECK(read_words(words).model == command.model);
  }
  CHECK(sound > 1500);
}

TEST_CASE("tcpdump command: tokens lie where their text is, and never overlap") {
  std::mt19937 random(11);
  for (int i = 0; i < 500; ++i) {
    const NativeCommand command = read_words(random_words(random));
    CAPTURE(command.text.line);
    std::uint32_t end = 0;
    std::uint32_t filter_begin = 0;
    for (const auto& token : command.tokens) {
      CHECK(token.where.begin >= end);
      CHECK(token.where.end >= token.where.begin);
      CHECK(token.where.end <= command.text.line.size());
      end = token.where.end;
      if (token.role == TokenRole::filter) filter_begin = token.where.begin;
      const std::string there =
          command.text.line.substr(token.where.begin, token.where.end - token.where.begin);
      if (there.find('\'') == std::string::npos) CHECK(there == token.text);
    }
    CHECK((filter_begin == 0 || filter_begin > command.text.words[0].range().end));
  }
}

TEST_CASE("tcpdump command: options that a release does not have yet") {
  const auto ids = [](const char* line, const char* version) {
    std::string text;
    for (const auto& problem : read(split_shell_line(line), version).problems)
      text += (text.empty() ? "" : " ") + problem.id;
    return text;
  };
  CHECK(ids("tcpdump -n -i eth0 -Q in", "4.5.1") == "option-too-new");
  CHECK(ids("tcpdump -n -i eth0 -Q in", "4.6.0") == "");
  CHECK(ids("tcpdump -n -i eth0 -c 1 -w x --immediate-mode", "4.6.2") == "option-too-new");
  CHECK(ids("tcpdump -n -i eth0 -w x.pcap -C 10m", "4.99.5") == "file-size-suffix");
  CHECK(ids("tcpdump -n -i eth0 -w x.pcap -C 10m", "4.99.6") == "");
  CHECK(ids("tcpdump -g -n -i eth0", "4.99.3") == "option-too-new");
  CHECK(ids("tcpdump -g -n -i eth0", "") == "");
}

TEST_CASE("tcpdump crib: an entry for every option, and nothing for others") {
  testing::check_crib_of(command_grammar());
  for (const auto& entry : crib_table().options) {
    const std::string id = entry.id.substr(0, entry.id.find(' '));
    const bool known = std::ranges::any_of(command_options(), [&](const auto& spec) {
      return spec.id == id || (spec.letter != 0 && id.find_first_not_of(spec.letter, 1) == std::string::npos);
    });
    CHECK_MESSAGE(known, entry.id);
  }
}

// The reference's table (section 1): when an option came.
TEST_CASE("tcpdump crib: since which release") {
  const std::pair<const char*, const char*> rows[] = {{"-i", ""},
                                                      {"-D", "3.8"},
                                                      {"-L", "3.8"},
                                                      {"-y", "3.8"},
                                                      {"-A", "3.8"},
                                                      {"-s", ""},
                                                      {"-c", ""},
                                                      {"-C", "3.7"},
                                                      {"-W", "3.9"},
                                                      {"-Z", "3.9"},
                                                      {"-U", "3.8"},
                                                      {"-G", "4.0"},
                                                      {"-z", "4.0"},
                                                      {"-I", "4.0"},
                                                      {"-K", "4.0"},
                                                      {"-B", "4.0"},
                                                      {"-j", "4.2"},
                                                      {"-J", "4.2"},
                                                      {"-V", "4.4"},
                                                      {"-Q", "4.6"},
                                                      {"-#", "4.6"},
                                                      {"--time-stamp-precision", "4.6"},
                                                      {"--version", "4.6"},
                                                      {"--immediate-mode", "4.7"},
                                                      {"--count", "4.99.0"},
                                                      {"--print", "4.99.0"},
                                                      {"--micro", "4.99.0"},
                                                      {"--nano", "4.99.0"},
                                                      {"-l", ""},
                                                      {"-p", ""},
                                                      {"-g", "4.99.6"}};
  for (const auto& [id, since] : rows) {
    REQUIRE(crib_table().option(id) != nullptr);
    CHECK_MESSAGE(crib_table().option(id)->since == since, id);
  }
}

TEST_CASE("tcpdump hazards: both languages, a source, and only what puts others at risk is high") {
  const auto& hazards = crib_table().hazards;
  CHECK(hazards.size() >= 9);
  for (const auto& hazard : hazards) {
    CAPTURE(hazard.id);
    CHECK(hazard.id.starts_with("tcpdump-"));
    CHECK_FALSE(hazard.text_en.empty());
    CHECK_FALSE(hazard.text_ja.empty());
    CHECK_FALSE(hazard.source.empty());
    CHECK_FALSE(hazard.when.empty());
    const bool risks_others = hazard.id == "tcpdump-fills-disk" || hazard.id == "tcpdump-monitor-mode";
    CHECK((hazard.severity == HazardSeverity::high) == risks_others);
  }
}

}  // namespace anchoko::tcpdump
