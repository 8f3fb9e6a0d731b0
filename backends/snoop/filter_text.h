// A filter in snoop's own language, for its userland filter (the text follows `greater 0 and`).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/filter/ast.h"

namespace anchoko::snoop {

// Where the text looks for the network header.
enum class Place {
  behind_tag,   // by snoop's own words, which look through one tag 0x8100 (Solaris 10: through none)
  as_it_stands  // by plain offsets, behind as many tags as the filter has stepped over
};

struct FilterText {
  std::string text;
  std::size_t tests = 0;  // comparisons and words; each may leave something on snoop's stack
  std::size_t words = 0;  // of snoop's program, estimated from above
  double paths = 1;       // through it, which compiling walks one by one
};

// Accepts what `expr` accepts, and rejects no record for its shortness that `expr` accepts. Addresses and
// ports that are alternatives are joined with '|', which makes no branches. Nothing: can_say() is false for a
// primitive of it.
std::optional<FilterText> filter_text(const filter::FilterExpr& expr, Place place);

bool can_say(const filter::Primitive& primitive);

// Whether a pushed expression is within snoop's limits: 1024 words and 64 values on the stack, compiled in
// time.
bool fits(const FilterText& text);

}  // namespace anchoko::snoop
