// Text for a terminal: widths in columns, not bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace anchoko::cli {

// Columns that UTF-8 text takes: wide East Asian characters and emoji two, combining ones none, a byte that
// is not UTF-8 one.
std::size_t display_width(std::string_view text);

// Control characters, escape sequences and bytes that are not UTF-8 become '?', so that a name from a file or
// a network cannot drive the terminal. Tabs and line feeds become blanks.
std::string printable(std::string_view text);

// Filled with blanks up to `width` columns; longer text stays as it is.
std::string pad_right(std::string_view text, std::size_t width);
std::string pad_left(std::string_view text, std::size_t width);

// At most `width` columns, the last one an ellipsis when something was cut. width 0: no limit.
std::string truncate(std::string_view text, std::size_t width);

// Lines of at most `width` columns, broken at blanks, and inside a word only when it is longer than a line.
// width 0: one line. Never empty.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

// 1234567 as "1,234,567".
std::string group_digits(std::uint64_t value);
// "1 packet", "1,234 packets".
std::string counted(std::uint64_t value, const std::string& noun);

}  // namespace anchoko::cli
