// Any command line of a capture tool that some backend can read.
#pragma once

#include <string>

#include "core/backend/backend.h"
#include "core/backend/native_command.h"

namespace anchoko {

struct UnderstoodCommand {
  const Backend* backend = nullptr;  // null: no known tool is named
  NativeCommand command;
};

// What a shell makes of it, what stands in front of the tool, and the tool's own words. Mistakes are problems
// of the command.
UnderstoodCommand understand_command(const BackendRegistry& registry, CommandText text,
                                     const std::string& version = {});

}  // namespace anchoko
