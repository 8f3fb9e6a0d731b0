// Which seeded faults a run tries; for the programs that switch them on one at a time.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace anchoko::differential {

struct Fault {
  int number;
  const char* what;
};

// The words of the command line: none (some of all, others every day; all when ANCHOKO_MUTANTS=all), `all`,
// `SEED` (those of that seed) or `only NUMBER`. Prints the seed. Nothing: none of these, or no such number.
std::optional<std::vector<Fault>> chosen_faults(std::span<const Fault> all, int argc, char** argv);

}  // namespace anchoko::differential
