#include "cli/commands/command.h"

namespace anchoko::cli {

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_capture_command());
  commands.push_back(make_start_command());
  commands.push_back(make_status_command());
  commands.push_back(make_stop_command());
  commands.push_back(make_collect_command());
  commands.push_back(make_clean_command());
  commands.push_back(make_plan_command());
  commands.push_back(make_convert_command());
  commands.push_back(make_merge_command());
  commands.push_back(make_info_command());
  commands.push_back(make_explain_command());
  commands.push_back(make_profile_list_command());
  commands.push_back(make_profile_show_command());
  commands.push_back(make_profile_check_command());
  commands.push_back(make_backends_command());
  commands.push_back(make_doctor_command());
  commands.push_back(make_lab_up_command());
  commands.push_back(make_lab_down_command());
  commands.push_back(make_lab_status_command());
  commands.push_back(make_lab_shell_command());
  commands.push_back(make_lab_run_command());
  commands.push_back(make_completion_command());
  commands.push_back(make_complete_command());
  commands.push_back(make_man_command());
  return commands;
}

}  // namespace anchoko::cli
