// Comparisons such as `tcp[tcpflags] & (tcp-syn|tcp-rst) != 0`.
#pragma once

#include "core/filter/token_cursor.h"

namespace anchoko::filter {

// The cursor stands at the first token of a comparison; afterwards behind it.
Primitive parse_relation(TokenCursor& cursor);

}  // namespace anchoko::filter
