// What an emulator gives to the multi-call program: its tools by the names under which a system calls them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/lab/emulated_host.h"

namespace anchoko::lab {

struct Tool {
  std::string_view name;  // "lssrc"
  // `words`: the command line with the program's name first. Returns the exit status.
  int (*run)(EmulatedHost& host, std::span<const std::string> words);
  std::string_view os = {};  // several systems may have a tool of this name: whose it is; empty: everybody's
};

}  // namespace anchoko::lab
