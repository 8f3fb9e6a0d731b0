// The process that takes records from the subsystems and writes the trace.
#pragma once

#include <cstdint>

#include "core/lab/emulated_host.h"

namespace anchoko::nettl::emulated {

inline constexpr const char* reader_name = "ntl_reader";

// Until the trace of that number is off, or a signal ends it. Gives the exit status.
int run_reader(const lab::EmulatedHost& host, std::uint32_t trace);

}  // namespace anchoko::nettl::emulated
