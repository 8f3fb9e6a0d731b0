// The TOML parser's messages in our words, at the place where the slip is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/document.h"

namespace anchoko::config {

// `size` bytes of that line, from the 0-based byte `begin` on.
Problem at_bytes(std::uint32_t line_number, const std::string& line, std::size_t begin, std::size_t size,
                 std::string message, std::string hint);

// `description` and `span` are the parser's.
Problem syntax_problem(std::string description, Span span, const std::vector<std::string>& lines);

}  // namespace anchoko::config
