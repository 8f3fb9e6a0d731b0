// What the keeper's functions (native.sh) and nettl itself wrote while they traced.
#pragma once

#include "core/backend/backend.h"

namespace anchoko::nettl {

// Lines that begin with "anchoko: " are of native.sh, in fixed words. Of nettl's own messages no manual has
// the words: they are complaints as they stand.
Backend::ToolMessages read_messages(const std::string& text);

inline constexpr const char* started_words = "anchoko: nettl traces into ";

}  // namespace anchoko::nettl
