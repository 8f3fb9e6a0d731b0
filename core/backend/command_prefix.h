// Programs in front of a tool: sudo, doas, timeout and their like, with their options.
#pragma once

#include "core/backend/native_command.h"

namespace anchoko {

// Adds tokens and the prefix of the model, and returns the index of the word that names the tool; the number
// of words when there is none. Problems: missing-value, bad-duration, killed.
std::size_t read_prefix(NativeCommand& command);

// The last part of a path.
std::string program_name(const std::string& word);

}  // namespace anchoko
