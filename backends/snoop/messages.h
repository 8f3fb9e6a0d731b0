// What snoop says on its standard error.
#pragma once

#include <string>

#include "core/backend/backend.h"

namespace anchoko::snoop {

Backend::ToolMessages read_messages(const std::string& text);

}  // namespace anchoko::snoop
