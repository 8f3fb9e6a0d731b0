#pragma once

#include <string>

namespace anchoko::plan {

// core/plan/keeper.sh, put into the program by CMake.
const std::string& keeper_text();

}  // namespace anchoko::plan
