// A command as its words. Never a string: no user word may meet a shell.
#pragma once

#include <string>
#include <vector>

namespace anchoko {

// Element 0 is the program.
using CommandLine = std::vector<std::string>;

}  // namespace anchoko
