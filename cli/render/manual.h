// The manual page, made from what the commands say of themselves.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/commands/command.h"

namespace anchoko::cli {

// roff with the macros of man(7), UTF-8.
std::string manual_page(const std::vector<std::unique_ptr<Command>>& commands);

}  // namespace anchoko::cli
