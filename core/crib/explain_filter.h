// A filter explained: its canonical form, what it means in words, and the surprises of pcap-filter that it
// touches.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bilingual_text.h"
#include "core/base/json.h"
#include "core/filter/ast.h"

namespace anchoko::crib {

// One line of the meaning; `depth` is how far it is indented under the line that it belongs to.
struct MeaningLine {
  unsigned depth = 0;
  BilingualText text;
};

// A classic surprise; `id` is stable.
struct FilterNote {
  std::string id;  // "equal-precedence"
  BilingualText text;
};

struct FilterExplanation {
  std::string canonical;  // empty: matches everything
  std::vector<MeaningLine> meaning;
  std::vector<FilterNote> notes;
};

// `text` is what `expr` was parsed from; some surprises lie in the writing only.
FilterExplanation explain_filter(const filter::FilterExpr& expr, std::string_view text);

std::string render(const FilterExplanation& explanation, bool japanese);
Json to_json(const FilterExplanation& explanation);

}  // namespace anchoko::crib
