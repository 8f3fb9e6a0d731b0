// A plan as text for a person: what will run, every word of it, what is residual and why, limits, hazards.
#pragma once

#include <string>

#include "core/model/capture_plan.h"

namespace anchoko::plan {

struct ExplainStyle {
  bool color = false;
  unsigned width = 100;   // columns of the terminal
  bool japanese = false;  // where there is Japanese text: the hazards
};
std::string explain(const CapturePlan& plan, const ExplainStyle& style = {});

}  // namespace anchoko::plan
