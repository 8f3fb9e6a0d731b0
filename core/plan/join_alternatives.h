// Makes a filter shorter and wider, for tools that take no long ones.
#pragma once

#include <cstddef>

#include "core/filter/ast.h"

namespace anchoko::plan {

// Of addresses, or ports, that stand beside each other as alternatives and are more than `most`, neighbours
// become nets, or ranges, until so many are left. What stands under a negation stays as it is. A superset of
// `expr`.
filter::FilterExpr join_alternatives(const filter::FilterExpr& expr, std::size_t most);

}  // namespace anchoko::plan
