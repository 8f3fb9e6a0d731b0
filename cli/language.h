#pragma once

#include <string>

namespace anchoko::cli {

// True for Japanese: as asked ("en", "ja"), or when nothing was asked (empty) by LC_ALL, LC_MESSAGES and
// LANG.
bool speaks_japanese(const std::string& asked);

}  // namespace anchoko::cli
