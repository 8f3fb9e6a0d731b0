// The words of a command line to a command and its options.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/commands/command.h"
#include "cli/context.h"
#include "core/base/result.h"

namespace anchoko::cli {

// Which command the words name, and what is left for it.
struct Chosen {
  enum class What { command, help, help_group, version };
  What what = What::command;
  std::string name;                // of the command, or of the group ("profile")
  std::vector<std::string> words;  // options before and after the name
};
Result<Chosen> choose_command(const std::vector<std::string>& words, const std::vector<std::string>& names);

// Fills the command's own options and `common`. true: --help was asked for.
Result<bool> parse_options(Command& command, const std::vector<std::string>& words, CommonOptions& common);

// For the terminal, wrapped to `width` columns (0: 100).
std::string command_help(Command& command, unsigned width, bool color);
std::string program_help(const std::vector<std::unique_ptr<Command>>& commands, const std::string& group,
                         unsigned width, bool color);

// An option that must be one of a few words.
Result<void> check_choice(const std::string& option, const std::string& value,
                          const std::vector<std::string>& choices);
// Decimal digits, up to `most`.
Result<std::uint64_t> parse_count(const std::string& option, const std::string& value, std::uint64_t most);

}  // namespace anchoko::cli
