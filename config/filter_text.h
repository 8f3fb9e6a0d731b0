// The filter of a profile, with values for its parameters, as a tree; messages point into the profile.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/profile.h"
#include "core/base/result.h"
#include "core/filter/ast.h"

namespace anchoko::config {

using ParameterValues = std::map<std::string, std::string>;  // canonical, by name

struct FilledFilter {
  std::string text;
  filter::FilterExpr expr;
};

// `complete`: with all that it extends. Every parameter that its filter names has a value; what narrows it
// without one is left out. Escapes and line breaks inside TOML strings are followed, so that the caret stands
// under the very word. A filter that never matches is a mistake too.
Result<FilledFilter> fill_filter(const Profile& complete, const ParameterValues& values);

// What is wrong with the filter texts that `own` writes itself, whatever values come; `complete` knows the
// parameters. Examples stand for values that are not `known`. Nothing about parameters that do not exist.
std::vector<Diagnostic> filter_mistakes(const Profile& own, const Profile& complete,
                                        const ParameterValues& known);

}  // namespace anchoko::config
