// Words to options as getopt_long(3) of glibc reads them: bundled letters, values attached or in the next
// word, long options abbreviated as far as they stay unambiguous, and options behind other words. Or as
// getopt(3) of other systems does: letters only, and none behind the first other word.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/backend/native_command.h"

namespace anchoko {

struct ScannedOption {
  const OptionSpec* spec = nullptr;
  TextRange where;        // with its value
  TextRange value_where;  // empty when it has none
  std::string text;       // as typed: "-i eth0", "--int=eth0", "n"
  std::string value;
};

struct ScannedWords {
  std::vector<ScannedOption> options;
  std::vector<std::size_t> operands;          // indexes of words that are no options
  std::optional<std::size_t> end_of_options;  // index of the word --
  std::size_t first_unread = 0;  // words from here on are never looked at; the number of words: none
  std::optional<TextRange> option_behind_operand;
};

enum class ScanStyle {
  permuting,           // glibc
  ends_with_operands,  // Solaris, AIX, HP-UX
};

// `stops`: options at which the tool ends at once, like --version. Problems: unknown-option,
// ambiguous-option, missing-value, unwanted-value.
ScannedWords scan_options(const CommandText& text, std::size_t first, const std::vector<OptionSpec>& specs,
                          const std::vector<std::string>& stops, const Crib& crib,
                          std::vector<CommandProblem>& problems, ScanStyle style = ScanStyle::permuting);

}  // namespace anchoko
