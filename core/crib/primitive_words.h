#pragma once

#include "core/crib/explain_filter.h"

namespace anchoko::crib {

// What one primitive asks of a packet, in words.
BilingualText describe(const filter::Primitive& primitive);

}  // namespace anchoko::crib
