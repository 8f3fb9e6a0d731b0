// Rules for values that can come from a profile or from a flag. Errors are ErrorKind::usage without a place.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace anchoko::config {

// "default" and "any" stand alone; no name empty, with control characters, or twice.
Result<void> check_interfaces(const std::vector<std::string>& names);

}  // namespace anchoko::config
