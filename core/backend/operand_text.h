// Words behind the options of a command, which the tool joins with blanks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/backend/command_text.h"

namespace anchoko {

struct OperandText {
  std::string text;
  std::vector<std::uint32_t> at;  // where in the line each byte stands, and where the text ends
  TextRange where;
  // Of bytes [begin, end) of the text; what lies beyond is cut.
  TextRange range(std::size_t begin, std::size_t end) const;
};

// `operands`: indexes of words, rising.
OperandText operand_text(const CommandText& text, const std::vector<std::size_t>& operands);

// The same words as a command of their own: a string that a tool splits at blanks, without quotes.
std::vector<CommandWord> split_at_blanks(const CommandWord& word);

}  // namespace anchoko
