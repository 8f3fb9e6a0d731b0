// -setfilter, -filteron, -filteroff, -displayfilter, -removefilter (reference section 4).
#pragma once

#include <string>

#include "backends/nettl/emulator_state.h"
#include "backends/nettl/emulator_words.h"

namespace anchoko::nettl::emulated {

// Gives what is printed.
Result<std::string> command_filters(const lab::EmulatedHost& host, const Machine& machine,
                                    const Command& command, Facility& facility);

}  // namespace anchoko::nettl::emulated
