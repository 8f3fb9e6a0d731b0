// What tcpdump prints on its standard error while it captures.
#pragma once

#include <string>

#include "core/backend/backend.h"

namespace anchoko::tcpdump {

Backend::ToolMessages read_messages(const std::string& text);

}  // namespace anchoko::tcpdump
