#include "backends/snoop/command_lexer.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "core/filter/address.h"

namespace anchoko::snoop {
namespace {

using Kind = FilterToken::Kind;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
}

// Parts of any width: 8:0:20:f:b1:51.
std::optional<filter::MacBytes> read_mac(const std::string& text) {
  filter::MacBytes mac{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const std::size_t end = std::min(text.find(':', at), text.size());
    if (end == at || end - at > 3) return std::nullopt;
    const unsigned long value = std::strtoul(text.substr(at, end - at).c_str(), nullptr, 16);
    if (value > 0xff) return std::nullopt;
    mac[i] = static_cast<std::uint8_t>(value);
    at = end + 1;
  }
  return at == text.size() + 1 ? std::optional(mac) : std::nullopt;
}

class Lexer {
 public:
  explicit Lexer(const std::string& text) : text_(text) {}

  std::vector<FilterToken> read() {
    while (true) {
      at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
      if (at_ == text_.size()) break;
      if (!address() && !number() && !word()) sign();
    }
    add(Kind::end, at_);
    return std::move(tokens_);
  }

 private:
  FilterToken& add(Kind kind, std::size_t end) {
    FilterToken token;
    token.kind = kind;
    token.text = text_.substr(at_, end - at_);
    token.begin = at_;
    token.finish = at_ = end;
    tokens_.push_back(std::move(token));
    return tokens_.back();
  }

  template <typename Test>
  std::size_t run(Test test) const {
    std::size_t end = at_;
    while (end < text_.size() && test(text_[end])) ++end;
    return end;
  }

  // With two colons or more: five and no `::` make an Ethernet address, all others are IPv6.
  bool address() {
    const std::size_t end = run([](char c) { return is_hex(c) || c == ':' || c == '.'; });
    const std::string text = text_.substr(at_, end - at_);
    if (std::ranges::count(text, ':') < 2) return false;
    if (std::ranges::count(text, ':') == 5 && text.find("::") == std::string::npos) {
      const auto mac = read_mac(text);
      FilterToken& token = add(mac ? Kind::mac : Kind::unknown, end);
      if (mac) token.mac = *mac;
      return true;
    }
    const auto ipv6 = filter::parse_ipv6(text);
    FilterToken& token = add(ipv6 ? Kind::ipv6 : Kind::unknown, end);
    if (ipv6) token.ipv6 = *ipv6;
    return true;
  }

  bool number() {
    if (!is_digit(text_[at_])) return false;
    const std::size_t dotted = run([](char c) { return is_digit(c) || c == '.'; });
    const std::string text = text_.substr(at_, dotted - at_);
    const auto dots = std::ranges::count(text, '.');
    const bool more = dotted < text_.size() && is_word(text_[dotted]) && text_[dotted] != '-';
    if (dots > 0 && !more) {
      const auto value = filter::parse_partial_ipv4(text);
      const bool whole = value && value->bits == 32;
      FilterToken& token = add(whole                        ? Kind::ipv4
                               : value && value->bits == 16 ? Kind::appletalk
                                                            : Kind::word,
                               dotted);
      if (whole) token.number = value->value;
      return true;
    }
    const bool hex = text_.compare(at_, 2, "0x") == 0 || text_.compare(at_, 2, "0X") == 0;
    std::size_t end = at_ + (hex ? 2 : 0);
    while (end < text_.size() && (hex ? is_hex(text_[end]) : is_digit(text_[end]))) ++end;
    const bool name = end < text_.size() && is_word(text_[end]) && text_[end] != '-';
    if (name) return false;
    const std::string digits = text_.substr(at_, end - at_);
    FilterToken& token = add(Kind::number, end);
    token.number = static_cast<std::uint32_t>(std::strtoull(digits.c_str(), nullptr, 0));
    return true;
  }

  bool word() {
    if (!is_word(text_[at_]) || text_[at_] == '-' || text_[at_] == '.') return false;
    const std::size_t end = run(is_word);
    const bool field = end < text_.size() && text_[end] == '[';
    add(field ? Kind::field : Kind::word, end);
    return true;
  }

  void sign() {
    for (const char* two : {"!=", "<=", ">=", "=="}) {
      if (text_.compare(at_, 2, two) == 0) {
        add(Kind::sign, at_ + 2);
        return;
      }
    }
    const bool known = std::string("()[]:,!=<>+-*/%|&^").find(text_[at_]) != std::string::npos;
    add(known ? Kind::sign : Kind::unknown, at_ + 1);
  }

  const std::string& text_;
  std::size_t at_ = 0;
  std::vector<FilterToken> tokens_;
};

}  // namespace

std::vector<FilterToken> filter_tokens(const std::string& text) {
  return Lexer(text).read();
}

}  // namespace anchoko::snoop
