#include "core/backend/understand.h"

#include <algorithm>

#include "core/backend/command_prefix.h"

namespace anchoko {
namespace {

const char* problem_of(ShellMark::Kind kind) {
  switch (kind) {
    case ShellMark::Kind::ends:
      return "shell-ends-here";
    case ShellMark::Kind::parenthesis:
      return "shell-parenthesis";
    case ShellMark::Kind::pattern:
      return "shell-pattern";
    case ShellMark::Kind::expansion:
      return "shell-expansion";
    case ShellMark::Kind::history:
      return "shell-history";
    case ShellMark::Kind::open_quote:
      return "open-quote";
  }
  return "shell-ends-here";
}

// Each kind once: its remedy is the same everywhere.
void note_marks(NativeCommand& command) {
  std::vector<ShellMark::Kind> told;
  for (const auto& mark : command.text.marks) {
    if (std::ranges::find(told, mark.kind) != told.end()) continue;
    told.push_back(mark.kind);
    std::string what = command.text.line.substr(mark.where.begin, mark.where.end - mark.where.begin);
    command.problems.push_back({problem_of(mark.kind), mark.where, {std::move(what)}, {}});
  }
}

struct Tools {
  std::vector<std::string> names;
  const Backend* backend = nullptr;
};

Tools find_tool(const BackendRegistry& registry, const std::string& name) {
  Tools tools;
  for (const auto& backend : registry.all()) {
    if (backend->command_grammar() == nullptr) continue;
    const std::string tool = backend->info().tool;
    std::vector<std::string> programs = backend->command_grammar()->other_programs();
    programs.insert(programs.begin(), tool);
    for (auto& program : programs) {
      if (program == name && tools.backend == nullptr) tools.backend = backend.get();
      tools.names.push_back(std::move(program));
    }
  }
  return tools;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

UnderstoodCommand understand_command(const BackendRegistry& registry, CommandText text,
                                     const std::string& version) {
  UnderstoodCommand result;
  NativeCommand& command = result.command;
  command.text = std::move(text);
  note_marks(command);
  const std::size_t program = read_prefix(command);
  const auto& words = command.text.words;
  if (program < words.size()) {
    const std::string name = program_name(words[program].text);
    const Tools tools = find_tool(registry, name);
    result.backend = tools.backend;
    if (tools.backend != nullptr) {
      tools.backend->command_grammar()->parse(command, program, version);
    } else {
      command.problems.push_back({"unknown-tool",
                                  words[program].range(),
                                  {name, joined(tools.names)},
                                  did_you_mean(name, tools.names)});
    }
  } else {
    const TextRange end = words.empty() ? TextRange{} : words.back().range();
    command.problems.push_back({"no-tool", end, {{}, joined(find_tool(registry, {}).names)}, {}});
  }
  std::ranges::stable_sort(command.problems, {}, [](const auto& p) { return p.where.begin; });
  return result;
}

}  // namespace anchoko
