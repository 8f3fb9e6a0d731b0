// libpcap holds intermediate values of arithmetic in 16 memory cells. What it makes of them decides what it
// accepts.
#pragma once

#include "core/filter/ast.h"
#include "core/filter/link_layout.h"

namespace anchoko::filter {

enum class CellProblem {
  none,
  too_many,     // libpcap refuses: "too many registers needed to evaluate expression"
  overwritten,  // libpcap accepts, and its program destroys what it keeps of headers of variable length
};

// Deals the cells out as libpcap 1.10 does while it reads the filter from left to right.
CellProblem deal_cells(const FilterExpr& expr, const LinkLayout& layout);

}  // namespace anchoko::filter
