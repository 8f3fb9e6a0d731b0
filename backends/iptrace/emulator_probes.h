// What a probe of an emulated AIX asks beside lssrc: the release, kernel extensions, interfaces, adapters.
#pragma once

#include <span>
#include <string>

#include "core/lab/emulated_host.h"

namespace anchoko::iptrace::emulated {

int run_oslevel(lab::EmulatedHost& host, std::span<const std::string> words);
int run_genkex(lab::EmulatedHost& host, std::span<const std::string> words);
int run_lsdev(lab::EmulatedHost& host, std::span<const std::string> words);
int run_entstat(lab::EmulatedHost& host, std::span<const std::string> words);
int run_ifconfig(lab::EmulatedHost& host, std::span<const std::string> words);
int run_netstat(lab::EmulatedHost& host, std::span<const std::string> words);

}  // namespace anchoko::iptrace::emulated
