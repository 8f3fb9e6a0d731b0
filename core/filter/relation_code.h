// Comparisons of packet bytes: `tcp[13] & 3 != 0`.
#pragma once

#include <cstdint>

#include "core/filter/emitter.h"

namespace anchoko::filter {

// A primitive of kind relation.
std::uint32_t emit_relation(Emitter& emitter, const Primitive& relation, Ways ways);

}  // namespace anchoko::filter
