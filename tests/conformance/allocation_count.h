// Counts what a program allocates: linking allocation_count.cpp replaces operator new.
#pragma once

#include <cstddef>

namespace anchoko {

// Bytes asked for since the program began, whether given back or not.
std::size_t allocation_count();

}  // namespace anchoko
