// Splits a filter for a dialect: LoweredFilter{pushed, residual, notes}. Pure.
#pragma once

#include "core/backend/dialect.h"
#include "core/model/lowered_filter.h"

namespace anchoko::plan {

LoweredFilter legalize(const filter::FilterExpr& wanted, const Dialect& dialect,
                       const DialectContext& context);

}  // namespace anchoko::plan
