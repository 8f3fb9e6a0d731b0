// The words of a filter expression (reference, section 4.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace anchoko::snoop::emulated {

struct Token {
  enum class Kind {
    end,
    word,
    field,   // a word with '[' glued to it; the bracket belongs to the token
    number,  // value
    ip4,     // a.b.c.d
    apple,   // two dotted numbers
    ether,   // five colons
    ip6,     // other text with two colons or more
    symbol,  // operators, brackets
  };
  Kind kind = Kind::end;
  std::string text;
  std::size_t at = 0;  // in the expression
  std::uint32_t value = 0;

  bool is(std::string_view word) const {
    return (kind == Kind::word || kind == Kind::symbol) && text == word;
  }
};

// The last one is `end`. Unknown characters are symbols of their own, for parsers to refuse.
std::vector<Token> tokens_of(std::string_view expression);

}  // namespace anchoko::snoop::emulated
