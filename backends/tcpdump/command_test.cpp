#include "backends/tcpdump/command.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>

#include <doctest/doctest.h>

#include "core/backend/command_prefix.h"
#include "core/exec/shell_quote.h"

namespace anchoko::tcpdump {
namespace {

// As understand_command() does for this one tool.
NativeCommand read(CommandText text, const std::string& version = {}) {
  NativeCommand command;
  command.text = std::move(text);
  const std::size_t program = read_prefix(command);
  REQUIRE(program < command.text.words.size());
  command_grammar().parse(command, program, version);
  std::ranges::stable_sort(command.problems, {}, [](const auto& p) { return p.where.begin; });
  return command;
}

NativeCommand read_words(const std::vector<std::string>& words) {
  return read(command_text(words));
}

bool has_error(const NativeCommand& command) {
  return std::ranges::any_of(command.problems, [](const auto& p) {
    const CribProblem* entry = crib_table().problem(p.id);
    return entry == nullptr || entry->severity == Severity::error;
  });
}

class Description {
 public:
  explicit Description(const CommandModel& m) {
    static const char* const activities[] = {
        "capture",          "read",         "list interfaces", "list link types", "list time sources",
        "show filter code", "show version", "show help"};
    text_ = activities[static_cast<int>(m.activity)];
    std::string prefix;
    for (const auto& word : m.prefix) prefix += " " + word;
    if (!prefix.empty()) add("under" + prefix);
    if (m.ends_after.count() > 0) add("ends after " + std::to_string(m.ends_after.count()) + " ms");
    named("interface", m.interface);
    named("read", m.read_file);
    named("read list", m.read_list);
    if (m.snaplen) add("snaplen " + std::to_string(*m.snaplen));
    if (!m.promiscuous) add("not promiscuous");
    if (m.monitor_mode) add("monitor");
    counted("packets ", m.packets, "");
    named("write", m.write_file);
    if (m.flush_each_packet) add("flush");
    counted("new file after ", m.rotation.bytes, " bytes");
    counted("new file after ", m.rotation.seconds, " s");
    counted("", m.rotation.files, " files");
    named("run", m.rotation.command);
    if (m.direction != CaptureDirection::both)
      add(m.direction == CaptureDirection::in ? "direction in" : "direction out");
    counted("buffer ", m.buffer_kib, " KiB");
    named("link type", m.link_type);
    named("time source", m.time_source);
    if (m.nanoseconds) add("nanoseconds");
    if (m.immediate) add("immediate");
    if (!m.optimise) add("unoptimised");
    named("user", m.user);
    named("filter", m.filter_text);
    named("filter file", m.filter_file);
    std::string other;
    for (const auto& use : m.other) other += " " + use.id + (use.value.empty() ? "" : " " + use.value);
    if (!other.empty()) add("other" + other);
  }
  const std::string& text() const { return text_; }

 private:
  void add(const std::string& part) { text_ += "; " + part; }
  void named(const std::string& name, const std::string& value) {
    if (!value.empty()) add(name + " " + value);
  }
  void counted(const std::string& before, std::uint64_t number, const std::string& behind) {
    if (number > 0) add(before + std::to_string(number) + behind);
  }
  std::string text_;
};

struct Case {
  std::string line;
  std::string meaning;
  std::string problems;
  std::string hazards;
  bool hazards_told = false;
  std::string hint;
};

std::vector<Case> cases(const char* file) {
  std::ifstream stream(std::string(ANCHOKO_SOURCE_DIR "/backends/tcpdump/testdata/") + file);
  REQUIRE(stream.is_open());
  std::vector<Case> result;
  for (std::string line; std::getline(stream, line);) {
    if (line.size() < 2 || line[0] == '#') continue;
    const std::string text = line.substr(2);
    if (line[0] == '$') result.push_back({text, {}, {}, {}, false, {}});
    if (line[0] == '=') result.back().meaning = text;
    if (line[0] == '!') result.back().problems = text;
    if (line[0] == '~') result.back().hint = text;
    if (line[0] == '?') {
      result.back().hazards = text;
      result.back().hazards_told = true;
    }
  }
  return result;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
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
  const auto all = cases("commands.txt");
  CHECK(all.size() >= 40);
  for (const auto& one : all) {
    CAPTURE(one.line);
    CommandText text = split_shell_line(one.line);
    const auto marks = text.marks;
    const NativeCommand command = read(std::move(text));
    CHECK(Description(command.model).text() == one.meaning);
    // What a shell would do is told by understand_command(); its problems come from the marks.
    std::vector<std::pair<std::uint32_t, std::string>> problems;
    for (const auto& problem : command.problems) problems.emplace_back(problem.where.begin, problem.id);
    for (const auto& mark : marks) {
      if (mark.kind == ShellMark::Kind::pattern) problems.emplace_back(mark.where.begin, "shell-pattern");
      if (mark.kind == ShellMark::Kind::ends) problems.emplace_back(mark.where.begin, "shell-ends-here");
    }
    std::vector<std::string> ids;
    for (const auto& problem : problems) ids.push_back(problem.second);
    std::istringstream expected(one.problems);
    std::vector<std::string> wanted{std::istream_iterator<std::string>(expected), {}};
    std::ranges::sort(ids);
    std::ranges::sort(wanted);
    CHECK(joined(ids) == joined(wanted));
    if (one.hazards_told) CHECK(joined(command.hazards) == one.hazards);
  }
}

TEST_CASE("tcpdump command: printed and read again it asks for the same") {
  for (const auto& one : cases("commands.txt")) {
    CAPTURE(one.line);
    const NativeCommand command = read(split_shell_line(one.line));
    const auto words = command_grammar().print(command.model);
    CAPTURE(quote_posix(words));
    CHECK(read_words(words).model == command.model);
  }
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
  const Crib& crib = crib_table();
  for (const auto& spec : command_options()) {
    CAPTURE(spec.id);
    const CribOption* entry = crib.option(spec.id);
    REQUIRE(entry != nullptr);
    CHECK(entry->text.en.size() > 15);
    // A value is told in both languages, or its place in the sentence is lost.
    const bool wants_value = !spec.argument.empty();
    CHECK((entry->text.en.find("{value}") != std::string::npos) == wants_value);
    CHECK((entry->text.ja.find("{value}") != std::string::npos) == wants_value);
    CHECK(crib.foreign_option(spec.id) == nullptr);
  }
  for (const auto& entry : crib.options) {
    const std::string id = entry.id.substr(0, entry.id.find(' '));
    const bool known = std::ranges::any_of(command_options(), [&](const auto& spec) {
      return spec.id == id || (spec.letter != 0 && id.find_first_not_of(spec.letter, 1) == std::string::npos);
    });
    CHECK_MESSAGE(known, entry.id);
  }
  for (const auto& problem : crib.problems) {
    for (const char* place : {"{0}", "{1}", "{2}"})
      CHECK_MESSAGE((problem.text.en.find(place) == std::string::npos) ==
                        (problem.text.ja.find(place) == std::string::npos),
                    problem.id);
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
