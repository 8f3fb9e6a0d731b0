// lanscan and ioscan: which driver serves which interface (reference section 3, from memory).
#pragma once

#include <span>
#include <string>

#include "core/lab/emulated_host.h"

namespace anchoko::nettl::emulated {

int run_lanscan(const lab::EmulatedHost& host, std::span<const std::string> words, std::string& out,
                std::string& err);
int run_ioscan(const lab::EmulatedHost& host, std::span<const std::string> words, std::string& out,
               std::string& err);

}  // namespace anchoko::nettl::emulated
