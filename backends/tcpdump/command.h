// tcpdump's own command line: the grammar behind explain and translate.
#pragma once

#include <string>
#include <vector>

#include "core/backend/native_command.h"
#include "core/backend/option_scanner.h"

namespace anchoko::tcpdump {

// Generated from crib.toml.
const Crib& crib_table();

const CommandGrammar& command_grammar();

// Of tcpdump 4.99.6, the newest release.
const std::vector<OptionSpec>& command_options();

// Values as tcpdump reads them.

// atoi(3), wrapping as on a 64-bit machine; `tail` when something that is no number follows.
struct ReadNumber {
  std::int64_t value = 0;
  bool tail = false;
};
ReadNumber read_atoi(const std::string& text);
bool known_link_type(const std::string& name);
bool known_time_source(const std::string& name);
bool known_packet_type(const std::string& name);

// Fills the model from the options, and tells what is wrong with a value.
void apply_options(NativeCommand& command, const std::vector<ScannedOption>& options,
                   const std::string& version);

// What is legal and hardly meant, and the dangers that the command touches.
void check_command(NativeCommand& command, const std::vector<ScannedOption>& options);

}  // namespace anchoko::tcpdump
