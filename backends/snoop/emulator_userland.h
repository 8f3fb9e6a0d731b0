// The compiler of the userland filter (reference, sections 4.1 to 4.4, 4.7, 4.9).
#pragma once

#include <string>
#include <string_view>

#include "backends/snoop/emulator_code.h"
#include "backends/snoop/emulator_names.h"

namespace anchoko::snoop::emulated {

// Errors: usage, with the message of snoop without its name.
Result<Program> compile_userland(std::string_view expression, Medium medium, const Release& release,
                                 const Names& names);

}  // namespace anchoko::snoop::emulated
