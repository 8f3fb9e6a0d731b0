// What `anchoko doctor` found, for a person and for a program.
#pragma once

#include <string>
#include <vector>

#include "core/backend/examination.h"
#include "core/base/json.h"

namespace anchoko::cli {

struct FindingStyle {
  bool japanese = false;
  bool problems_only = false;
  bool color = false;
  unsigned width = 0;  // columns; 0: 100
};
// One finding a line, and below it the command that mends it, alone, so that it can be copied.
std::string render_findings(const std::vector<BackendExamination>& examinations, const FindingStyle& style);

Json findings_json(const std::vector<BackendExamination>& examinations, bool japanese, int exit_status);

}  // namespace anchoko::cli
