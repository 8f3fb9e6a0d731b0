// What the grammars of all tools do with the options of a command.
#pragma once

#include <string>
#include <vector>

#include "core/backend/native_command.h"

namespace anchoko {

// Of these options those that the command does not have.
std::vector<std::string> absent_options(const NativeCommand& command, std::vector<std::string> ids);

// In the order of the table; options that were given in another order ask for the same.
void sort_by_table(std::vector<OptionUse>& uses, const std::vector<OptionSpec>& specs);

}  // namespace anchoko
