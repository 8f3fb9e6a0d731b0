// A filter split for one native tool: wanted ⇒ pushed, and pushed ∧ residual ≡ wanted.
#pragma once

#include <string>
#include <vector>

#include "core/filter/ast.h"
#include "core/filter/evaluate.h"

namespace anchoko {

struct LoweringNote {
  std::string part;    // the part of the filter it is about, as text; empty: the whole
  std::string reason;  // why it is wider or residual
  std::string assume;  // the open fact that would make it tighter; empty: none
};

struct LoweredFilter {
  filter::FilterExpr wanted = filter::match_all();
  filter::Reading reading = filter::Reading::capture;  // in which wanted and residual are judged
  filter::FilterExpr pushed = filter::match_all();  // a superset of wanted, on the record as the tool sees it
  filter::FilterExpr residual =
      filter::match_all();                // applied at conversion; match_all: nothing is left to do
  std::vector<std::string> native_words;  // the pushed part as the tool wants it: argv words
  std::vector<LoweringNote> notes;
  bool exact() const { return filter::is_match_all(residual); }
};

}  // namespace anchoko
