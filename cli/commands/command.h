// One verb of the command line: its help, its options, and what it hands to core.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/context.h"
#include "core/base/result.h"

namespace CLI {
class App;
}

namespace anchoko::cli {

struct Example {
  std::string words;  // without "anchoko "
  std::string meaning;
};

struct CommandHelp {
  std::string name;     // "profile list"
  std::string summary;  // one line, for the list of commands
  std::string usage;    // behind the name: "[PROFILE] [options]"
  std::string description;
  std::vector<Example> examples;
  bool hidden = false;  // for programs: not in the list of commands, not completed
};

class Command {
 public:
  virtual ~Command() = default;
  virtual const CommandHelp& help() const = 0;
  virtual void add_options(CLI::App& app) = 0;
  // The exit status, or an error that has one.
  virtual Result<int> run(Context& context) = 0;
};

std::unique_ptr<Command> make_capture_command();
std::unique_ptr<Command> make_start_command();
std::unique_ptr<Command> make_status_command();
std::unique_ptr<Command> make_stop_command();
std::unique_ptr<Command> make_collect_command();
std::unique_ptr<Command> make_clean_command();
std::unique_ptr<Command> make_plan_command();
std::unique_ptr<Command> make_convert_command();
std::unique_ptr<Command> make_merge_command();
std::unique_ptr<Command> make_info_command();
std::unique_ptr<Command> make_explain_command();
std::unique_ptr<Command> make_profile_list_command();
std::unique_ptr<Command> make_profile_show_command();
std::unique_ptr<Command> make_profile_check_command();
std::unique_ptr<Command> make_backends_command();

std::unique_ptr<Command> make_doctor_command();
std::unique_ptr<Command> make_lab_up_command();
std::unique_ptr<Command> make_lab_down_command();
std::unique_ptr<Command> make_lab_status_command();
std::unique_ptr<Command> make_lab_shell_command();
std::unique_ptr<Command> make_lab_run_command();
std::unique_ptr<Command> make_completion_command();
std::unique_ptr<Command> make_complete_command();
std::unique_ptr<Command> make_man_command();

// In the order of the help.
std::vector<std::unique_ptr<Command>> all_commands();

}  // namespace anchoko::cli
