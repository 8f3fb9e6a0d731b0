// The command line of nettl (reference section 1).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/nettl/emulator_keywords.h"
#include "backends/nettl/emulator_subsystems.h"

namespace anchoko::nettl::emulated {

struct Command {
  Verb verb = Verb::status;
  std::uint32_t kinds = 0;            // -traceon; classes of -log
  std::vector<std::string> entities;  // as the table spells them; 'all' resolved
  bool all_entities = false;
  std::vector<std::string> words;  // cards of -firmlog, what -status shows, files, subsystems of filters
  // Options of -traceon; numbers in the unit of the option.
  std::vector<std::string> cards;
  std::optional<std::string> file;
  std::optional<std::uint32_t> keep, size, tracemax, files, memory, most_memory, bind, timer;
};

// What the grammar needs to know of the machine.
struct Machine {
  Edition edition;
  std::vector<Subsystem> subsystems;
  std::uint32_t memory = 1048576;  // KB free
  std::uint32_t processors = 4;
  std::uint32_t least_files = 2;
  bool entity_first = true;
  bool filter_all = false;
};
Result<Machine> machine_of(const lab::EmulatedHost& host);

// Errors: usage; the message is what nettl prints.
Result<Command> parse_nettl(const Machine& machine, const std::vector<std::string>& words);

}  // namespace anchoko::nettl::emulated
