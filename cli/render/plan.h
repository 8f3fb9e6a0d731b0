// A plan for a person, as wide and in the language that was asked for.
#pragma once

#include <string>

#include "cli/context.h"
#include "core/model/capture_plan.h"

namespace anchoko::cli {

// All of it, for stdout.
std::string explained(const Context& context, const CapturePlan& plan);
// What is said before it runs, on stderr: the start alone with its explanations, or with --verbose all of it.
std::string announced(const Context& context, const CapturePlan& plan);

}  // namespace anchoko::cli
