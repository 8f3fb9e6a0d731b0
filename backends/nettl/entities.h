// Which subsystems a capture traces.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/host_facts.h"
#include "core/model/session_spec.h"

namespace anchoko::nettl {

struct Entities {
  std::vector<std::string> names;     // for -entity
  std::string interface;              // what they are traced for, as a person calls it: "lan0", "any"
  std::vector<std::string> warnings;  // what is wider than asked
};

// Those of [backend.nettl] entity; else the drivers of the interfaces asked for. Errors: usage (not a
// subsystem, no such interface), unavailable (no default route, a driver that nobody told of).
Result<Entities> choose_entities(const SessionSpec& spec, const HostFacts& facts);

// A key of [backend.nettl]; empty: not given.
std::string option(const SessionSpec& spec, const char* key);

}  // namespace anchoko::nettl
