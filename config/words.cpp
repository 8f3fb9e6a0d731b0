#include "config/words.h"

#include <algorithm>

namespace anchoko::config {
namespace {

bool continues_utf8(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::size_t control_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x20 || first == 0x7f) return 1;
  const bool c1 = first == 0xc2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xa0;
  return c1 ? 2 : 0;
}

}  // namespace

std::uint32_t byte_column(std::string_view line, std::uint32_t character) {
  std::size_t byte = 0;
  for (std::uint32_t seen = 1; seen < character && byte < line.size(); ++seen) {
    ++byte;
    while (byte < line.size() && continues_utf8(line[byte])) ++byte;
  }
  return static_cast<std::uint32_t>(byte + 1);
}

std::uint32_t character_column(std::string_view line, std::size_t byte) {
  std::uint32_t column = 1;
  for (std::size_t i = 0; i < byte && i < line.size(); ++i) {
    if (!continues_utf8(line[i])) ++column;
  }
  return column;
}

std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues_utf8(text[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool beyond = (lead == 0xed && second >= 0xa0) || (lead == 0xf4 && second >= 0x90);
  return overlong || beyond ? 0 : length;
}

bool has_control_character(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(1)) {
    if (control_length(text) > 0) return true;
  }
  return false;
}

std::string harmless(std::string_view word) {
  constexpr std::size_t longest = 80;
  const bool cut = word.size() > longest;
  if (cut) {
    std::size_t end = longest;
    while (end > 0 && continues_utf8(word[end])) --end;
    word = word.substr(0, end);
  }
  std::string result;
  while (!word.empty()) {
    const std::size_t control = control_length(word);
    result += control > 0 ? '?' : word[0];
    word.remove_prefix(std::max<std::size_t>(control, 1));
  }
  return cut ? result + "…" : result;
}

std::string in_quotes(std::string_view word) {
  return "\"" + harmless(word) + "\"";
}

}  // namespace anchoko::config
