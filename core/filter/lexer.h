// pcap-filter text to tokens. Like libpcap's scanner the longest match wins, so `80-90` and `tcp-syn` are one
// word.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/filter/parser.h"

namespace anchoko::filter {

enum class TokenKind : std::uint8_t {
  keyword,  // a word that pcap-filter reserves
  word,     // any other name
  escaped,  // \name
  number,   // decimal, 0x hexadecimal or 0 octal
  ipv4,     // two to four numbers with dots
  ipv6,
  mac,
  symbol,  // ( ) [ ] ! & && | || = == != < <= > >= << >> + - * / % ^ :
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;  // without the backslash of an escaped word
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t number = 0;  // number
};

// Ends with one token of kind `end`. The views point into `text`.
Result<std::vector<Token>> tokenize(std::string_view text, const TextOrigin& origin);

// A message that points at bytes of the filter.
Diagnostic filter_diagnostic(std::string_view text, const TextOrigin& origin, std::uint32_t offset,
                             std::uint32_t length, std::string message, std::string hint = {});

// Every word that pcap-filter reserves; those we do not support yet are named as such by the parser.
bool is_reserved_word(std::string_view word);
bool is_supported_word(std::string_view word);

}  // namespace anchoko::filter
