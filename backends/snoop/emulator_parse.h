// What both parsers of filter expressions have in common: the words, the first error, sticky qualifiers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/snoop/emulator_lexer.h"
#include "backends/snoop/emulator_link.h"
#include "backends/snoop/emulator_names.h"
#include "backends/snoop/emulator_release.h"

namespace anchoko::snoop::emulated {

enum class Direction { any, source, destination };

class Words {
 public:
  explicit Words(std::string_view expression) : tokens_(tokens_of(expression)) {}

  const Token& here() const { return tokens_[at_]; }
  const Token& previous() const { return tokens_[at_ == 0 ? 0 : at_ - 1]; }
  bool at_end() const { return here().kind == Token::Kind::end; }
  bool at_symbol(std::string_view text) const {
    return here().kind == Token::Kind::symbol && here().text == text;
  }
  bool after_parenthesis() const { return at_ > 0 && previous().is(")"); }
  Token take() { return at_end() ? here() : tokens_[at_++]; }
  bool accept(std::string_view text) {
    if (!here().is(text)) return false;
    ++at_;
    return true;
  }

  // Keeps the first message; what follows is not read any more.
  void wrong(std::string message) {
    if (!error_) error_ = std::move(message);
    skip_all();
  }
  void wrong_here() {
    wrong(at_end() ? "invalid expression" : "invalid expression at \"" + here().text + "\".");
  }
  void skip_all() { at_ = tokens_.size() - 1; }
  const std::optional<std::string>& error() const { return error_; }

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::optional<std::string> error_;
};

// What `src`, `dst`, `ether`, `inet` leave for the next host, net or port.
struct Qualifiers {
  Direction direction = Direction::any;
  bool ether = false;
  bool inet = false, inet6 = false;

  Direction use_direction() { return std::exchange(direction, Direction::any); }
};

// Takes one qualifier when there is one.
bool take_qualifier(Words& words, Qualifiers& qualifiers);

struct IpProtocol {
  std::string_view word;
  std::optional<std::uint32_t> ip4, ip6;
};
const IpProtocol* find_ip_protocol(std::string_view word);
std::optional<std::uint32_t> ethertype_of_word(std::string_view word);

struct Network {
  std::uint32_t address = 0, mask = 0;
};
// The mask follows from trailing zero octets (reference, 4.4).
std::optional<Network> network_of(const std::string& text, bool swapped);

// The addresses that a host word stands for, in the families that qualifiers leave; none: not to be resolved.
std::vector<Address> addresses_of(const Token& token, const Qualifiers& qualifiers, const Names& names);

}  // namespace anchoko::snoop::emulated
