// What a plan for snoop needs to be true, and how it keeps its limits.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/capture_plan.h"
#include "core/model/host_facts.h"
#include "core/model/session_spec.h"

namespace anchoko::snoop {

// Empty: snoop's own choice. Errors: usage, naming the alternative.
Result<std::string> choose_interface(const SessionSpec& spec, const HostFacts& facts);

// Errors: unavailable (tool or right), usage, refused (a limit that cannot be kept).
Result<void> check_spec(const SessionSpec& spec, const HostFacts& facts);

// Errors: usage, what is asked for has no meaning in records of that link type (empty: not known).
Result<void> check_filter(const LoweredFilter& filter, const std::string& link_type);

// Whether snoop itself may count packets (-c): not where the conversion takes some out.
bool packets_are_native(const SessionSpec& spec, const LoweredFilter& filter);

// At which size of its file the system ends snoop, should nobody be left to mind it; 0: none.
std::uint64_t hard_size(const Limits& limits);

std::vector<LimitPlan> limit_plans(const SessionSpec& spec, bool packets_native);

}  // namespace anchoko::snoop
