#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "backends/registry.h"
#include "cli/commands/command.h"
#include "cli/complete.h"
#include "cli/option_values.h"
#include "cli/render/completion_scripts.h"
#include "cli/render/text.h"
#include "core/base/local_system.h"
#include "core/session/session_journal.h"

namespace anchoko::cli {
namespace {

class CompletionCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "completion",
        "print what makes a shell complete anchoko's words",
        "bash|zsh|fish",
        "Prints a script for the shell. With it, the tab key completes commands, options, their values where "
        "there are "
        "a few to choose from, and the names of profiles, backends, interfaces, sessions and files. The "
        "script asks "
        "the program itself, so it stays right when the program changes.",
        {{"completion bash > ~/.local/share/bash-completion/completions/anchoko",
          "for bash with the package bash-completion; without it: source <(anchoko completion bash)"},
         {"completion zsh > ~/.zfunc/_anchoko",
          "for zsh, with fpath+=(~/.zfunc) before compinit in ~/.zshrc"},
         {"completion fish > ~/.config/fish/completions/anchoko.fish", "for fish"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    one_of(app.add_option("SHELL", shell_, "bash, zsh or fish"), {"bash", "zsh", "fish"})->group("Options");
  }

  Result<int> run(Context& context) override {
    if (shell_.empty()) return fail(ErrorKind::usage, "for which shell?", "anchoko completion bash|zsh|fish");
    context.print(completion_script(shell_));
    return 0;
  }

 private:
  std::string shell_;
};

// What is cheap to know: a person waits for each tab.
std::vector<Candidate> known_values(ValueKind kind) {
  std::vector<Candidate> values;
  const BackendRegistry registry = make_backend_registry();
  switch (kind) {
    case ValueKind::profile:
      for (const auto& profile : make_profile_library(registry).list())
        values.push_back({profile.name, profile.description});
      break;
    case ValueKind::backend:
      for (const auto& backend : registry.all())
        values.push_back({backend->info().name, backend->info().title});
      break;
    case ValueKind::interface:
      values = {{"default", "the interface of the default route"}, {"any", "all interfaces"}};
      for (const auto& name : local_interface_names()) values.push_back({name, ""});
      break;
    case ValueKind::hazard:
      for (const auto& backend : registry.all()) {
        for (const auto& hazard : backend->hazards()) values.push_back({hazard.id, hazard.text_en});
      }
      break;
    case ValueKind::open_fact:
      for (const auto& backend : registry.all()) {
        for (const auto& fact : backend->dialect().open_facts()) values.push_back({fact.name, fact.meaning});
      }
      break;
    case ValueKind::session:
      if (const auto folder = session::default_journal_folder(); folder) {
        const auto ids = session::SessionJournal(*folder).ids();
        for (const auto& id : ids.value_or(std::vector<std::string>())) values.push_back({id, ""});
      }
      break;
    case ValueKind::text:
    case ValueKind::file:
      break;
  }
  return values;
}

class CompleteCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{"complete",
                                  "print what could stand at the end of a command line",
                                  "-- [WORD...] CURRENT",
                                  "For the scripts that 'anchoko completion' prints. Answers with one "
                                  "candidate a line for CURRENT, which may be "
                                  "empty, behind the words before it: the word, a tab, what it means. A last "
                                  "line ':files' says that names of "
                                  "files may stand there as well.",
                                  {{"complete -- plan --direction ''", "in, out and both"}},
                                  true};
    return text;
  }

  void add_options(CLI::App& app) override {
    app.add_option("WORD", words_, "the words behind 'anchoko', the last one as far as it is typed")
        ->group("Options");
  }

  Result<int> run(Context& context) override {
    const Completion found = complete(all_commands(), words_, known_values);
    for (const auto& candidate : found.candidates) {
      const std::string description = printable(candidate.description);
      context.print(printable(candidate.word) + (description.empty() ? "" : "\t" + description) + "\n");
    }
    if (found.files) context.print(std::string(":files\n"));
    return 0;
  }

 private:
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Command> make_completion_command() {
  return std::make_unique<CompletionCommand>();
}
std::unique_ptr<Command> make_complete_command() {
  return std::make_unique<CompleteCommand>();
}

}  // namespace anchoko::cli
