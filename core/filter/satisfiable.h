// Filters that plainly match nothing, such as `tcp and udp`, are mistakes: found before anything starts.
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/filter/ast.h"
#include "core/filter/parser.h"

namespace anchoko::filter {

// Proved to match no record, on any link type that the filter has a meaning on. False: not proved.
bool never_matches(const FilterExpr& expr);

// parse(), and a filter that never matches is an error as well.
Result<FilterExpr> parse_satisfiable(std::string_view text, const TextOrigin& origin = {});

}  // namespace anchoko::filter
