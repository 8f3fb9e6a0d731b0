// What could stand at the end of a command line: the shells' completion, from the same definitions as the
// help.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands/command.h"
#include "cli/option_values.h"

namespace anchoko::cli {

struct Candidate {
  std::string word;
  std::string description;  // one line; may be empty
};

struct Completion {
  std::vector<Candidate> candidates;  // all of them begin with the word that is completed
  bool files = false;                 // names of files as well
};

// The values of one kind that this machine knows.
using ValueSource = std::function<std::vector<Candidate>(ValueKind kind)>;

// `words`: what stands behind the program's name; the last one, perhaps empty, is completed.
Completion complete(const std::vector<std::unique_ptr<Command>>& commands,
                    const std::vector<std::string>& words, const ValueSource& values);

}  // namespace anchoko::cli
