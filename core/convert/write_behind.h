// Output that a thread of its own writes, from the second piece on.
#pragma once

#include <memory>

#include "core/base/file.h"

namespace anchoko::convert {

// A write that fails shows at a later one, at the latest at flush() or commit().
std::unique_ptr<OutputFile> write_behind(std::unique_ptr<OutputFile> output);

}  // namespace anchoko::convert
