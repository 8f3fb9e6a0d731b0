// Lowering for tools whose filter is an AND over keys, each with a set of values (netsh, iptrace).
#pragma once

#include "core/backend/dialect.h"
#include "core/model/lowered_filter.h"

namespace anchoko::plan {

// Pure. `pushed` is a superset of `wanted` under every reading of the dialect's open facts that the context
// does not assume. A filter that no frame can pass pushes nothing and has a note that says so.
LoweredFilter legalize_keyed(const filter::FilterExpr& wanted, const Dialect& dialect,
                             const DialectContext& context);

}  // namespace anchoko::plan
