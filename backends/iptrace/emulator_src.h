// startsrc, stopsrc and lssrc of an emulated AIX, for the subsystem iptrace.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/lab/emulated_host.h"

namespace anchoko::iptrace::emulated {

int run_startsrc(lab::EmulatedHost& host, std::span<const std::string> words);
int run_stopsrc(lab::EmulatedHost& host, std::span<const std::string> words);
int run_lssrc(lab::EmulatedHost& host, std::span<const std::string> words);

// The argument string of startsrc -a in words. `quotes`: as a shell would, else at blanks only.
Result<std::vector<std::string>> split_arguments(std::string_view text, bool quotes);

}  // namespace anchoko::iptrace::emulated
