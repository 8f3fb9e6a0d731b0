// The table of a tool's command lines (testdata/commands.txt) against its grammar. In that file:
//   $ the line as typed in a shell
//   = what it asks for: the activity, then what differs from the default
//   ! problems that must be told, by id, in any order; no line: none
//   ? hazards it touches, by id; no line: not looked at
//   ~ the hint of one of its problems
//   > its filter in pcap-filter's words; `-`: kept in the tool's own; no line: not looked at
#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/backend/command_prefix.h"
#include "core/backend/native_command.h"
#include "core/exec/shell_quote.h"
#include "core/filter/printer.h"

namespace anchoko::testing {

// As understand_command() does for one tool.
inline NativeCommand read_command(const CommandGrammar& grammar, CommandText text,
                                  const std::string& version = {}) {
  NativeCommand command;
  command.text = std::move(text);
  const std::size_t program = read_prefix(command);
  REQUIRE(program < command.text.words.size());
  grammar.parse(command, program, version);
  std::ranges::stable_sort(command.problems, {}, [](const auto& p) { return p.where.begin; });
  return command;
}

inline bool has_error(const CommandGrammar& grammar, const NativeCommand& command) {
  return std::ranges::any_of(command.problems, [&](const auto& p) {
    const CribProblem* entry = grammar.crib().problem(p.id);
    return entry == nullptr || entry->severity == Severity::error;
  });
}

class ModelWords {
 public:
  explicit ModelWords(const CommandModel& m) {
    static const char* const activities[] = {"capture",
                                             "read",
                                             "list interfaces",
                                             "list link types",
                                             "list time sources",
                                             "show filter code",
                                             "show version",
                                             "show help",
                                             "show status",
                                             "stop capture",
                                             "set up"};
    text_ = activities[static_cast<int>(m.activity)];
    std::string prefix;
    for (const auto& word : m.prefix) prefix += " " + word;
    if (!prefix.empty()) add("under" + prefix);
    named("ended by", m.ended_by);
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

struct CommandCase {
  std::string line;
  std::string meaning;
  std::string problems;
  std::string hazards;
  bool hazards_told = false;
  std::string hint;
  std::string filter;  // in pcap-filter's words; "-": kept in the tool's own
};

inline std::vector<CommandCase> command_cases(const std::string& file) {
  std::ifstream stream(ANCHOKO_SOURCE_DIR "/" + file);
  REQUIRE(stream.is_open());
  std::vector<CommandCase> result;
  for (std::string line; std::getline(stream, line);) {
    if (line.size() < 2 || line[0] == '#') continue;
    const std::string text = line.substr(2);
    if (line[0] == '$') result.push_back({text, {}, {}, {}, false, {}, {}});
    if (line[0] == '=') result.back().meaning = text;
    if (line[0] == '!') result.back().problems = text;
    if (line[0] == '~') result.back().hint = text;
    if (line[0] == '>') result.back().filter = text;
    if (line[0] == '?') {
      result.back().hazards = text;
      result.back().hazards_told = true;
    }
  }
  return result;
}

inline std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

inline void check_problems(const CommandCase& one, const NativeCommand& command,
                           const std::vector<ShellMark>& marks) {
  // What a shell would do is told by understand_command(); its problems come from the marks.
  std::vector<std::string> ids;
  for (const auto& problem : command.problems) ids.push_back(problem.id);
  for (const auto& mark : marks) {
    if (mark.kind == ShellMark::Kind::pattern) ids.emplace_back("shell-pattern");
    if (mark.kind == ShellMark::Kind::ends) ids.emplace_back("shell-ends-here");
  }
  std::istringstream expected(one.problems);
  std::vector<std::string> wanted{std::istream_iterator<std::string>(expected), {}};
  std::ranges::sort(ids);
  std::ranges::sort(wanted);
  CHECK(joined(ids) == joined(wanted));
}

// What a line means, and that it means the same when it is printed and read again.
inline void check_command_table(const CommandGrammar& grammar, const std::string& file, std::size_t least) {
  const auto all = command_cases(file);
  CHECK(all.size() >= least);
  for (const auto& one : all) {
    CAPTURE(one.line);
    CommandText text = split_shell_line(one.line);
    const auto marks = text.marks;
    const NativeCommand command = read_command(grammar, std::move(text));
    CHECK(ModelWords(command.model).text() == one.meaning);
    check_problems(one, command, marks);
    if (one.hazards_told) CHECK(joined(command.hazards) == one.hazards);
    if (!one.hint.empty())
      CHECK(std::ranges::find(command.problems, one.hint, &CommandProblem::hint) != command.problems.end());
    if (one.filter == "-") {
      CHECK_FALSE(command.filter);
    } else if (!one.filter.empty()) {
      CHECK((command.filter ? filter::print(command.filter) : "kept") == one.filter);
    }
    if (has_error(grammar, command)) continue;
    const auto words = grammar.print(command.model);
    CAPTURE(quote_posix(words));
    CHECK(read_command(grammar, command_text(words)).model == command.model);
  }
}

// Tokens lie where their text is, and never overlap.
inline void check_tokens(const NativeCommand& command) {
  CAPTURE(command.text.line);
  std::uint32_t end = 0;
  for (const auto& token : command.tokens) {
    CHECK(token.where.begin >= end);
    CHECK(token.where.end >= token.where.begin);
    CHECK(token.where.end <= command.text.line.size());
    end = token.where.end;
  }
  for (const auto& problem : command.problems) {
    CHECK(problem.where.begin <= problem.where.end);
    CHECK(problem.where.end <= command.text.line.size());
  }
}

// Words that a test made up: read without a fault, and printed as what they ask for. False: the tool refuses
// them.
inline bool check_words(const CommandGrammar& grammar, const std::vector<std::string>& words) {
  const NativeCommand command = read_command(grammar, command_text(words));
  check_tokens(command);
  if (has_error(grammar, command)) return false;
  const auto printed = grammar.print(command.model);
  CAPTURE(command.text.line);
  CAPTURE(quote_posix(printed));
  CHECK(read_command(grammar, command_text(printed)).model == command.model);
  return true;
}

// An entry for every option; both languages fill in the same words.
inline void check_crib_of(const CommandGrammar& grammar) {
  const Crib& crib = grammar.crib();
  for (const auto& spec : grammar.options()) {
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
  for (const auto& problem : crib.problems) {
    for (const char* place : {"{0}", "{1}", "{2}"})
      CHECK_MESSAGE((problem.text.en.find(place) == std::string::npos) ==
                        (problem.text.ja.find(place) == std::string::npos),
                    problem.id);
  }
}

}  // namespace anchoko::testing
