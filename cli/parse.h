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
// `hidden`: commands that are found by name, and named by no message.
Result<Chosen> choose_command(const std::vector<std::string>& words, const std::vector<std::string>& names,
                              const std::vector<std::string>& hidden = {});

// Fills the command's own options and `common`. true: --help was asked for.
Result<bool> parse_options(Command& command, const std::vector<std::string>& words, CommonOptions& common);

// "profile list" -> "profile"; empty when the command is a single word.
std::string group_of(const std::string& name);

bool is_option(const std::string& word);
// Index of the first word that is neither an option nor the value of a common one; words.size() when there is
// none.
std::size_t first_plain(const std::vector<std::string>& words, std::size_t from);

// The command's own options and the common ones, on that object of the library: for parsing, help and
// completion.
inline constexpr const char* common_group = "Common options";
void add_all_options(CLI::App& app, Command& command, CommonOptions& common);

// An option that must be one of a few words.
Result<void> check_choice(const std::string& option, const std::string& value,
                          const std::vector<std::string>& choices);
// Decimal digits, up to `most`.
Result<std::uint64_t> parse_count(const std::string& option, const std::string& value, std::uint64_t most);

}  // namespace anchoko::cli
