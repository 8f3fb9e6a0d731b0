// Where a parser is in its tokens, and how it complains.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/filter/ast.h"
#include "core/filter/lexer.h"

namespace anchoko::filter {

// Thrown inside the parser only, to leave the recursion; parse() turns it into a Result.
struct ParseStop {
  Diagnostic diagnostic;
};

class TokenCursor {
 public:
  static constexpr unsigned deepest_nesting = 1000;

  TokenCursor(std::string_view text, const TextOrigin& origin, std::vector<Token> tokens);

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& previous() const { return tokens_[at_ > 0 ? at_ - 1 : 0]; }
  const Token& take() { return tokens_[at_ < tokens_.size() - 1 ? at_++ : at_]; }
  // A keyword or symbol of this text; `and` and `&&` are told apart.
  static bool is(const Token& token, std::string_view text);
  bool at(std::string_view text) const { return is(peek(), text); }
  bool take_if(std::string_view text);
  static bool is_not(const Token& t) { return is(t, "not") || is(t, "!"); }
  static bool is_and(const Token& t) { return is(t, "and") || is(t, "&&"); }
  static bool is_or(const Token& t) { return is(t, "or") || is(t, "||"); }
  static bool is_value(const Token& token);
  static bool is_operator(const Token& token);  // arithmetic or comparison

  // Behind any '(' and not/! here comes a bare value: an address, a name or a number that begins no
  // arithmetic.
  bool value_comes() const;
  // Here begins arithmetic, and so a comparison.
  bool arithmetic_comes() const;

  [[noreturn]] void stop(const Token& token, std::string message, std::string hint = {}) const;
  [[noreturn]] void unexpected(const std::string& expected) const;
  [[noreturn]] void unexpected(const std::string& expected, const std::vector<std::string>& candidates) const;

  // What `vlan` and `mpls` have shifted so far.
  std::uint8_t vlan_depth = 0;
  std::uint8_t mpls_depth = 0;
  unsigned nesting = 0;

 private:
  void look_ahead();

  std::string_view text_;
  const TextOrigin& origin_;
  std::vector<Token> tokens_;
  std::vector<std::size_t> substantive_;     // for every '(' or not: the first token behind all of them
  std::vector<std::size_t> behind_;          // for every '(': the token behind its ')'
  std::vector<std::size_t> behind_closing_;  // for every token: the first that is not ')' from there on
  std::size_t at_ = 0;
};

// One level deeper for as long as it lives.
class Deeper {
 public:
  explicit Deeper(TokenCursor& cursor);
  ~Deeper() { --cursor_.nesting; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  TokenCursor& cursor_;
};

std::optional<Proto> proto_of(std::string_view word);
const std::vector<std::string>& words_that_begin();
const std::vector<std::string>& words_that_continue();

}  // namespace anchoko::filter
