#include "core/backend/operand_text.h"

#include <algorithm>

namespace anchoko {

TextRange OperandText::range(std::size_t begin, std::size_t end) const {
  const std::size_t last = at.size() - 1;
  return {at[std::min(begin, last)], at[std::min(end, last)]};
}

OperandText operand_text(const CommandText& text, const std::vector<std::size_t>& operands) {
  OperandText result;
  for (const std::size_t index : operands) {
    const CommandWord& word = text.words[index];
    if (index == operands.front()) {
      result.where = word.range();
    } else {
      result.text += ' ';
      result.at.push_back(result.where.end);
    }
    result.where.begin = std::min(result.where.begin, word.range().begin);
    result.where.end = std::max(result.where.end, word.range().end);
    result.text += word.text;
    result.at.insert(result.at.end(), word.at.begin(), word.at.end() - 1);
  }
  result.at.push_back(result.where.end);
  return result;
}

std::vector<CommandWord> split_at_blanks(const CommandWord& word) {
  std::vector<CommandWord> words;
  const std::string& text = word.text;
  for (std::size_t begin = text.find_first_not_of(" \t"); begin != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t", begin), text.size());
    CommandWord one{text.substr(begin, end - begin), {}};
    for (std::size_t i = begin; i < end; ++i) one.at.push_back(word.at[i]);
    one.at.push_back(word.at[end - 1] + 1);
    words.push_back(std::move(one));
    begin = text.find_first_not_of(" \t", end);
  }
  return words;
}

}  // namespace anchoko
