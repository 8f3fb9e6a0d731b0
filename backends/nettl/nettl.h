// What the files of this folder share.
#pragma once

#include <string>

#include "core/backend/backend.h"

namespace anchoko::nettl {

std::vector<Hazard> all_hazards();
HostFacts assumed_facts();
const Dialect& dialect();
Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                         const std::string& session_id);

}  // namespace anchoko::nettl
