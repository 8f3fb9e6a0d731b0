// A tree as pcap-filter text.
#pragma once

#include <string>

#include "core/filter/ast.h"

namespace anchoko::filter {

// Canonical text: numeric, every operand of and/or parenthesised unless it is one primitive, so that it means
// the same to every libpcap. parse(print(e)) is equal to e, depths included, for any e that came from parse,
// or from lowering. Empty text for match-all; match_none prints as `ip proto 256`, which no record can match.
std::string print(const FilterExpr& expr);
std::string print(const Primitive& primitive);

// True when parsing print(expr) gives each primitive the depth it has now: `vlan` shifts what stands after it
// in text.
bool prints_faithfully(const FilterExpr& expr);

}  // namespace anchoko::filter
