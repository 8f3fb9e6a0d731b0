// An explained native command for a terminal.
#pragma once

#include <string>

#include "core/crib/explain_command.h"

namespace anchoko::cli {

// width 0: no limit.
std::string render(const crib::CommandExplanation& explanation, bool japanese, unsigned width, bool color);

}  // namespace anchoko::cli
