#pragma once

#include <string>

namespace anchoko::cli {

// For "bash", "zsh" or "fish": a script that asks 'anchoko complete' for candidates.
std::string completion_script(const std::string& shell);

}  // namespace anchoko::cli
