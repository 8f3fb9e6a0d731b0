#pragma once

#include <string>
#include <vector>

namespace anchoko::cli {

// The whole program: words without the program name in, exit status out.
int run(const std::vector<std::string>& words);

}  // namespace anchoko::cli
