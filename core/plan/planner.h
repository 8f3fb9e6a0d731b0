// Spec and facts to a plan.
#pragma once

#include <cstdint>
#include <string>

#include "core/backend/backend.h"

namespace anchoko::plan {

// Legalizes and lets the backend plan. Pure.
Result<CapturePlan> make_plan(const Backend& backend, const SessionSpec& spec, const HostFacts& facts,
                              const std::string& session_id);

// Before a plan runs: every hazard of high severity must have been accepted, else ErrorKind::refused naming
// each.
Result<void> check_hazards(const CapturePlan& plan, const SessionSpec& spec);

// Time-ordered and unique: "1n8w5k2-4f7t". Letters and digits that file systems and people keep apart.
std::string new_session_id(std::int64_t unix_seconds, std::uint32_t random);
// At most 40 of the letters of such ids: one can stand in a path, a comment and a shell word as it is.
bool is_session_id(const std::string& word);

}  // namespace anchoko::plan
