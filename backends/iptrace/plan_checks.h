// What a plan for iptrace needs of the host and of what was asked for, before any command is made.
#pragma once

#include <string>
#include <vector>

#include "core/backend/backend.h"

namespace anchoko::iptrace {

// Errors: unavailable (no iptrace, no right, a release that is too old), refused (the spool is on NFS, or has
// not the room; a limit that iptrace cannot keep), usage (it cannot do that).
Result<void> check_host(const HostFacts& facts);
Result<void> check_spec(const SessionSpec& spec, const HostFacts& facts);

// Empty: all of them. Errors: usage.
Result<std::string> choose_interface(const SessionSpec& spec, const HostFacts& facts);

// By SRC or directly: [backend.iptrace] start, else as the host has it. Error: usage, a word that is neither.
enum class Start { src, direct };
Result<Start> choose_start(const SessionSpec& spec, const HostFacts& facts);

std::vector<LimitPlan> limit_plans(const SessionSpec& spec);

}  // namespace anchoko::iptrace
