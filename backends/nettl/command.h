// The command lines of nettl and netfmt: the grammar behind explain and translate.
#pragma once

#include <string>
#include <vector>

#include "core/backend/native_command.h"

namespace anchoko::nettl {

// Generated from crib.toml.
const Crib& crib_table();

const CommandGrammar& command_grammar();

// How many words an option of nettl takes, and what it is.
struct WordOption {
  OptionSpec spec;
  const char* abbreviation = "";
  std::size_t least = 0;
  std::size_t most = 0;
  bool is_action = false;  // what the command does; others say how
};

// Of nettl, whose options are words, read in either case (manual, 2010/09).
const std::vector<WordOption>& word_options();
// Of netfmt, whose options are letters; ids begin with "netfmt ".
const std::vector<OptionSpec>& netfmt_options();

struct WordUse {
  const WordOption* option = nullptr;
  TextRange where;                  // with its words
  std::vector<std::size_t> values;  // indexes of them
};

// Problems: unknown-option, foreign-option, missing-value, extra-word.
std::vector<WordUse> scan_words(NativeCommand& command, std::size_t first);

// Fills the model from the options of nettl, and tells what is wrong with a value. `program`: where nettl
// stands.
void apply_words(NativeCommand& command, const std::vector<WordUse>& uses, TextRange program);

}  // namespace anchoko::nettl
