// Parses a filter that is written in a profile, with messages that point into the profile.
#pragma once

#include "config/profile.h"
#include "core/base/result.h"
#include "core/filter/ast.h"

namespace anchoko::config {

// Escapes and line breaks inside the TOML string are followed, so the caret stands under the very word.
Result<filter::FilterExpr> parse_filter(const Located<std::string>& filter, const WrittenText& written);

}  // namespace anchoko::config
