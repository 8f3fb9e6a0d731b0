#pragma once

#include <string>

namespace anchoko::cli {

// True for Japanese: as asked ("en", "ja"), or when nothing was asked (empty) by LC_ALL, LC_MESSAGES and
// LANG.
bool speaks_japanese(const std::string& asked);

// The locale of letters: LC_ALL, LC_CTYPE, LANG, the first that is set; empty when none is. On Windows text
// is always UTF-8 or UTF-16.
std::string character_locale();
bool is_utf8_locale(const std::string& locale);

}  // namespace anchoko::cli
