// One run of snoop: reference, sections 2, 3 and 6.
#pragma once

#include <span>
#include <string>

#include "core/lab/emulated_host.h"

namespace anchoko::snoop::emulated {

int run_snoop(lab::EmulatedHost& host, std::span<const std::string> words);

}  // namespace anchoko::snoop::emulated
