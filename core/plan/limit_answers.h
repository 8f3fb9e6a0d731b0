// How a backend meets each limit and wish that a person may have: asked of its own plan(), for a usual
// machine.
#pragma once

#include <string>
#include <vector>

#include "core/backend/backend.h"

namespace anchoko::plan {

struct LimitAnswer {
  std::string limit;  // "files", "direction": a key of the profile
  std::string asked;  // "a ring of 5"
  LimitKeeping keeping = LimitKeeping::refused;
  std::string how;  // by what; refused: why
};

// The same questions in the same order for every backend.
std::vector<LimitAnswer> limit_answers(const Backend& backend);

}  // namespace anchoko::plan
