// What nettl does (reference sections 1, 2, 4 and 5).
#pragma once

#include <functional>
#include <span>
#include <string>

#include "backends/nettl/emulator_state.h"
#include "backends/nettl/emulator_words.h"

namespace anchoko::nettl::emulated {

// A host, and what a tool printed.
struct World {
  lab::EmulatedHost& host;
  // Gives the pid of the writer of the trace that the facility has now.
  std::function<Result<int>(const Facility&)> start_reader;
  bool output_is_terminal = false;
  std::string out, err;
};

int run_nettl(World& world, std::span<const std::string> words);

std::string status_text(const lab::EmulatedHost& host, const Edition& edition, const Facility& facility,
                        bool log, bool trace);

}  // namespace anchoko::nettl::emulated
