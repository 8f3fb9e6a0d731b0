// The everyday commands of a lab host. This machine's own do the work; before, each option is judged as the
// host's system would: what it lacks is a usage error.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/lab/emulated_host.h"
#include "core/lab/tool.h"

namespace anchoko::lab {

// The shapes of systems that differ in their commands.
enum class Family { solaris10, solaris11, aix, hpux };
Family family_of(const EmulatedHost& host);

// What such a system has: paths of commands that are links to anchoko-lab, "usr/xpg4/bin/df".
std::vector<std::string> utility_paths(Family family);

// Options are letters as for getopt(3). Errors: usage, with the words that the system would say; also for an
// option that it has and the lab does not play.
Result<void> check_utility(Family family, std::string_view path, std::span<const std::string> words);

// Called under any of those paths.
std::span<const Tool> utilities();

}  // namespace anchoko::lab
