// The files of a ring, oldest first.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace anchoko::session {

// By the time of their first record: names begin again after a restart. Files without a record are left out,
// unless none has one.
Result<std::vector<std::string>> in_order_of_time(std::vector<std::string> paths);

}  // namespace anchoko::session
