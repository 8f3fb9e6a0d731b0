#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "backends/registry.h"
#include "cli/commands/command.h"
#include "cli/language.h"
#include "cli/render/findings.h"
#include "cli/target_option.h"
#include "cli/terminal.h"
#include "core/backend/backend_choice.h"
#include "core/backend/examination.h"
#include "core/base/file.h"
#include "core/base/local_system.h"
#include "core/base/output_path.h"
#include "core/session/session_journal.h"

namespace anchoko::cli {
namespace {

Surroundings look_around() {
  Surroundings found;
  if (const auto folder = session::default_journal_folder(); folder) {
    found.state_folder = utf8(*folder);
    found.state_folder_writable = can_make_folder(found.state_folder);
  }
  // There text goes to consoles as UTF-16, and into pipes and files as UTF-8, whatever the environment says.
  const bool windows = local_system() == "windows";
  found.locale = windows ? "UTF-8" : character_locale();
  found.locale_has_utf8 = windows || is_utf8_locale(found.locale);
  found.on_terminal = is_terminal(Stream::out) || is_terminal(Stream::err);
  found.terminal_takes_escapes = understands_escapes(is_terminal(Stream::out) ? Stream::out : Stream::err);
  return found;
}

class DoctorCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{"doctor",
                                  "tell what a capture misses on this machine, and the command that mends it",
                                  "[options]",
                                  "Looks at the capture tool and its version, the right to use it, the "
                                  "folder that captures are written to, the "
                                  "interfaces, AppArmor and SELinux, the journal's folder, locale and "
                                  "terminal. Nothing is changed. Exit status 4 "
                                  "when something that is needed is missing.",
                                  {{"doctor", "everything, with a command below each problem"},
                                   {"doctor --on root@web1", "of another machine, over ssh"},
                                   {"doctor --quiet", "problems only"},
                                   {"doctor --lang ja", "in Japanese"}}};
    return text;
  }

  void add_options(CLI::App& app) override { target_.add_options(app); }

  Result<int> run(Context& context) override {
    const auto target = target_.target();
    if (!target) return fail(target.error());
    const auto runner = make_runner(*target);
    const auto system = system_of(*runner);
    if (!system) return fail(system.error());
    const BackendRegistry registry = make_backend_registry();
    auto examinations = examine_backends(registry, *system, *runner);
    if (examinations.empty()) examinations.push_back({"", {no_backend(*system)}});
    examinations.push_back({"", examine_surroundings(look_around())});
    bool missing = false;
    for (const auto& one : examinations) missing = missing || any_missing(one.findings);
    const int status = missing ? exit_status(ErrorKind::unavailable) : 0;
    if (context.common.json) {
      context.print(findings_json(examinations, context.japanese(), status));
    } else {
      context.print(render_findings(examinations, {context.japanese(), context.common.quiet,
                                                   context.output_color, context.output_width}));
    }
    return status;
  }

 private:
  TargetOption target_;
};

}  // namespace

std::unique_ptr<Command> make_doctor_command() {
  return std::make_unique<DoctorCommand>();
}

}  // namespace anchoko::cli
