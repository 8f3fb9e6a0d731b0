#include "backends/snoop/emulator_lexer.h"

#include <algorithm>
#include <cstdlib>

namespace anchoko::snoop::emulated {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const std::string in_numbers = std::string(digits) + std::string(letters) + "_.";
const std::string in_words = in_numbers + "-";
const std::string in_colon_addresses = std::string(hexadecimal) + ":.";

std::string_view run_of(std::string_view text, std::string_view set) {
  return text.substr(0, std::min(text.find_first_not_of(set), text.size()));
}

// The numbers between the dots when there is nothing else.
std::vector<unsigned long> dotted_numbers(std::string_view text) {
  std::vector<unsigned long> parts;
  while (true) {
    const auto part = run_of(text, digits);
    if (part.empty() || part.size() > 9) return {};
    parts.push_back(std::strtoul(std::string(part).c_str(), nullptr, 10));
    text.remove_prefix(part.size());
    if (text.empty()) return parts;
    if (text.front() != '.') return {};
    text.remove_prefix(1);
  }
}

// Decimal, with a leading 0 octal, 0x hexadecimal.
bool read_number(const std::string& text, std::uint32_t& value) {
  char* end = nullptr;
  value = static_cast<std::uint32_t>(std::strtoul(text.c_str(), &end, 0));
  return *end == 0;
}

Token number_or_name(std::string_view text) {
  Token token{Token::Kind::word, std::string(run_of(text, in_numbers)), 0, 0};
  if (read_number(token.text, token.value)) {
    token.kind = Token::Kind::number;
    return token;
  }
  const auto parts = dotted_numbers(token.text);
  if (parts.size() == 2) token.kind = Token::Kind::apple;
  if (parts.size() == 4 && *std::max_element(parts.begin(), parts.end()) < 256) token.kind = Token::Kind::ip4;
  return token;
}

Token token_at(std::string_view text) {
  const auto address = run_of(text, in_colon_addresses);
  const auto colons = std::count(address.begin(), address.end(), ':');
  if (colons >= 2) {
    const bool ether = colons == 5 && address.find("::") == std::string_view::npos;
    return {ether ? Token::Kind::ether : Token::Kind::ip6, std::string(address), 0, 0};
  }
  const char first = text.front();
  if (digits.find(first) != std::string_view::npos) return number_or_name(text);
  if (letters.find(first) != std::string_view::npos || first == '_') {
    Token token{Token::Kind::word, std::string(run_of(text, in_words)), 0, 0};
    if (text.substr(token.text.size()).starts_with('[')) {
      token.kind = Token::Kind::field;
      token.text += '[';
    }
    return token;
  }
  for (const std::string_view two : {"==", "!=", "<=", ">="})
    if (text.starts_with(two)) return {Token::Kind::symbol, two == "==" ? "=" : std::string(two), 0, 0};
  return {Token::Kind::symbol, std::string(1, first), 0, 0};
}

}  // namespace

std::vector<Token> tokens_of(std::string_view expression) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (true) {
    at = std::min(expression.find_first_not_of(" \t\n", at), expression.size());
    if (at == expression.size()) break;
    Token token = token_at(expression.substr(at));
    token.at = at;
    const bool doubled = expression.substr(at).starts_with("==");
    at += doubled ? 2 : token.text.size();
    tokens.push_back(std::move(token));
  }
  tokens.push_back({Token::Kind::end, {}, at, 0});
  return tokens;
}

}  // namespace anchoko::snoop::emulated
