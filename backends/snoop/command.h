// snoop's own command line: the grammar behind explain and translate.
#pragma once

#include <string>
#include <vector>

#include "core/backend/native_command.h"
#include "core/backend/option_scanner.h"

namespace anchoko::snoop {

// Generated from crib.toml.
const Crib& crib_table();

const CommandGrammar& command_grammar();

// Of every release; `since` says which of them.
const std::vector<OptionSpec>& command_options();

// Fills the model from the options, and tells what is wrong with a value. `version`: "5.10", "11", "illumos";
// empty: any.
void apply_options(NativeCommand& command, const std::vector<ScannedOption>& options,
                   const std::string& version);

// What is legal and hardly meant, and the dangers that the command touches.
void check_command(NativeCommand& command, const std::vector<ScannedOption>& options);

}  // namespace anchoko::snoop
