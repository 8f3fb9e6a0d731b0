// What a person asks a Solaris host besides snoop and dladm: ifconfig and netstat as far as they list, ppriv
// as far as it tells of processes.
#pragma once

#include <span>
#include <string>

#include "core/lab/emulated_host.h"

namespace anchoko::snoop::emulated {

int run_ifconfig(lab::EmulatedHost& host, std::span<const std::string> words);
int run_netstat(lab::EmulatedHost& host, std::span<const std::string> words);
int run_ppriv(lab::EmulatedHost& host, std::span<const std::string> words);

}  // namespace anchoko::snoop::emulated
