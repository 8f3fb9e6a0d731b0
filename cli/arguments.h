#pragma once

#include <string>
#include <vector>

namespace anchoko::cli {

// The words behind the program's name, in UTF-8 on systems that have wide command lines.
std::vector<std::string> program_words(int argc, char** argv);

}  // namespace anchoko::cli
