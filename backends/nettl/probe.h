// Looks at an HP-UX machine: what nettl can trace there, and for whom.
#pragma once

#include <string>
#include <vector>

#include "core/backend/backend.h"

namespace anchoko::nettl {

// Changes nothing. What a command does not tell is missing in the facts. Errors: the machine cannot be
// reached.
Result<HostFacts> probe(CommandRunner& runner);

// Releases without -mem, whose trace memory is a few buffers: up to 11i v1.
bool is_old_release(const std::string& release);

// For unit tests: out of what the commands print.
// Words of `nettlconf -status` that can be subsystems; how it lays them out is in no manual.
std::vector<std::string> read_subsystems(const std::string& text);
// Cards of `lanscan`, with their drivers out of `ioscan -fnkC lan`: as nettl names them, where it has them.
std::vector<HostInterface> read_cards(const std::string& lanscan, const std::string& ioscan,
                                      const std::vector<std::string>& subsystems, const std::string& release);

}  // namespace anchoko::nettl
