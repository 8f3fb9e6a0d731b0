// What iptrace, SRC and native.sh say while the keeper minds a capture.
#pragma once

#include <string>

#include "core/backend/backend.h"

namespace anchoko::iptrace {

// In what native.sh prints: it captures.
inline constexpr const char* ready_text = "anchoko: iptrace captures";

// Numbers only of what SRC says, for its texts are translated. iptrace has no counters to tell.
Backend::ToolMessages read_messages(const std::string& text);

}  // namespace anchoko::iptrace
