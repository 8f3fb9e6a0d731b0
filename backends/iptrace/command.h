// iptrace's own command line, also as startsrc takes it: the grammar behind explain and translate.
#pragma once

#include <string>
#include <vector>

#include "core/backend/native_command.h"
#include "core/backend/option_scanner.h"

namespace anchoko::iptrace {

// Generated from crib.toml.
const Crib& crib_table();

const CommandGrammar& command_grammar();

// Of iptrace itself, and of `startsrc`, `stopsrc` and `lssrc`, whose ids begin with the program's name.
const std::vector<OptionSpec>& tool_options();
const std::vector<OptionSpec>& controller_options(const std::string& program);

// Fills model and filter from the options, and tells what is wrong with a value.
void apply_options(NativeCommand& command, const std::vector<ScannedOption>& options);

}  // namespace anchoko::iptrace
