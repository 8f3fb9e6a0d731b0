// Spec and facts to a plan.
#pragma once

#include <string>

#include "core/backend/backend.h"

namespace anchoko::plan {

// Legalizes, lets the backend plan, adds hazards that apply and were not accepted as an error
// (ErrorKind::refused).
Result<CapturePlan> make_plan(const Backend& backend, const SessionSpec& spec, const HostFacts& facts,
                              const std::string& session_id);

// Time-ordered and unique: "6b2x0k-4f7t". Letters and digits that file systems and people keep apart.
std::string new_session_id(std::int64_t unix_seconds, std::uint32_t random);

}  // namespace anchoko::plan
