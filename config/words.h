// A person's words made fit for messages, and the bytes of UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace anchoko::config {

// A person's word in a message: control characters replaced, cut when long.
std::string harmless(std::string_view word);
// The same in double quotes.
std::string in_quotes(std::string_view word);
// A C0 or C1 control character: never part of a name, and able to steer a terminal.
bool has_control_character(std::string_view text);

// Bytes of the well-formed UTF-8 character at the front of a text that is not empty; 0: it is not
// well-formed.
std::size_t utf8_length(std::string_view text);
// 1-based character to 1-based byte; behind the end: the byte behind the last.
std::uint32_t byte_column(std::string_view line, std::uint32_t character);
// 0-based byte to 1-based character.
std::uint32_t character_column(std::string_view line, std::size_t byte);

}  // namespace anchoko::config
