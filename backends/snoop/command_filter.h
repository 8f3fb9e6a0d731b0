// A filter in snoop's own language as our tree, with its traps.
#pragma once

#include <string>
#include <vector>

#include "core/filter/ast.h"

namespace anchoko::snoop {

struct FilterFinding {
  std::string id;  // of a problem in crib.toml
  std::size_t begin = 0;
  std::size_t end = 0;
  std::vector<std::string> values;
  std::string hint;
};

struct NativeFilter {
  // The packets without a VLAN tag that it takes, whole ones. Null: it cannot be said exactly, or there is an
  // error; the findings say why.
  filter::FilterExpr expr;
  std::vector<FilterFinding> findings;
};

// `live`: packets come from an interface, and the kernel's own parser looks at it first.
NativeFilter read_native_filter(const std::string& text, bool live);

}  // namespace anchoko::snoop
