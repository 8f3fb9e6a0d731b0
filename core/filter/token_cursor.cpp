#include "core/filter/token_cursor.h"

#include <algorithm>
#include <utility>

namespace anchoko::filter {

const std::vector<std::string>& words_that_continue() {
  static const std::vector<std::string> words{"host",  "net", "port", "portrange",
                                              "proto", "src", "dst",  "multicast"};
  return words;
}

const std::vector<std::string>& words_that_begin() {
  static const std::vector<std::string> words{
      "host", "net",  "port", "portrange", "proto",   "src",      "dst",       "ip",       "ip6",
      "arp",  "rarp", "tcp",  "udp",       "sctp",    "icmp",     "icmp6",     "vlan",     "mpls",
      "not",  "and",  "or",   "ether",     "mask",    "igmp",     "esp",       "ah",       "pim",
      "vrrp", "less", "len",  "greater",   "inbound", "outbound", "broadcast", "multicast"};
  return words;
}

std::optional<Proto> proto_of(std::string_view word) {
  static constexpr std::pair<std::string_view, Proto> table[] = {
      {"ether", Proto::ether}, {"ip", Proto::ip},       {"ip6", Proto::ip6},   {"arp", Proto::arp},
      {"rarp", Proto::rarp},   {"tcp", Proto::tcp},     {"udp", Proto::udp},   {"sctp", Proto::sctp},
      {"icmp", Proto::icmp},   {"icmp6", Proto::icmp6}, {"igmp", Proto::igmp}, {"esp", Proto::esp},
      {"ah", Proto::ah},       {"pim", Proto::pim},     {"vrrp", Proto::vrrp}};
  for (const auto& [name, proto] : table) {
    if (name == word) return proto;
  }
  return std::nullopt;
}

TokenCursor::TokenCursor(std::string_view text, const TextOrigin& origin, std::vector<Token> tokens)
    : text_(text), origin_(origin), tokens_(std::move(tokens)) {
  look_ahead();
}

bool TokenCursor::is(const Token& token, std::string_view text) {
  return (token.kind == TokenKind::keyword || token.kind == TokenKind::symbol) && token.text == text;
}

bool TokenCursor::take_if(std::string_view text) {
  if (!at(text)) return false;
  take();
  return true;
}

bool TokenCursor::is_value(const Token& t) {
  switch (t.kind) {
    case TokenKind::word:
    case TokenKind::escaped:
    case TokenKind::ipv4:
    case TokenKind::ipv6:
    case TokenKind::mac:
    case TokenKind::number:
      return true;
    default:
      return false;
  }
}

bool TokenCursor::is_operator(const Token& token) {
  static constexpr std::string_view operators[] = {"+",  "-", "*", "/",  "%",  "&", "|",  "^", "<<",
                                                   ">>", ">", "<", ">=", "<=", "=", "==", "!="};
  return token.kind == TokenKind::symbol &&
         std::find(std::begin(operators), std::end(operators), token.text) != std::end(operators);
}

bool TokenCursor::value_comes() const {
  const std::size_t first = substantive_[at_];
  if (!is_value(tokens_[first])) return false;
  return tokens_[first].kind != TokenKind::number || !is_operator(tokens_[behind_closing_[first + 1]]);
}

bool TokenCursor::arithmetic_comes() const {
  const Token& first = peek();
  if (first.kind == TokenKind::number) return is_operator(peek(1));
  if (is(first, "-") || is(first, "len") || is(first, "length")) return true;
  if (is(first, "(")) return is_operator(tokens_[behind_[at_]]);
  return first.kind == TokenKind::keyword && proto_of(first.text) && is(peek(1), "[");
}

void TokenCursor::stop(const Token& token, std::string message, std::string hint) const {
  throw ParseStop{
      filter_diagnostic(text_, origin_, token.offset, token.length, std::move(message), std::move(hint))};
}

void TokenCursor::unexpected(const std::string& expected) const {
  unexpected(expected, words_that_begin());
}

void TokenCursor::unexpected(const std::string& expected, const std::vector<std::string>& candidates) const {
  const Token& token = peek();
  if (token.kind == TokenKind::end) stop(token, "the filter ends here, expected " + expected);
  const std::string word(token.text);
  if (token.kind == TokenKind::keyword && !is_supported_word(word)) {
    stop(token, "'" + word + "' of pcap-filter is not supported", "docs/filter-language.md tells what is");
  }
  std::string hint;
  if (token.kind == TokenKind::word) {
    const std::string near = did_you_mean(word, candidates);
    if (!near.empty()) hint = "did you mean '" + near + "'?";
  } else if (token.kind == TokenKind::keyword && proto_of(word)) {
    const bool after_proto = at_ > 0 && is(previous(), "proto");
    hint = after_proto ? "a protocol name after 'proto' needs a backslash: \\" + word
                       : "put 'and' or 'or' between two primitives";
  }
  stop(token, "unexpected '" + word + "', expected " + expected, hint);
}

// One pass each, so that a parser that looks behind parentheses stays linear.
void TokenCursor::look_ahead() {
  const std::size_t last = tokens_.size() - 1;
  substantive_.resize(tokens_.size());
  behind_.assign(tokens_.size(), last);
  behind_closing_.resize(tokens_.size() + 1, last);
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (is(tokens_[i], "(")) open.push_back(i);
    if (is(tokens_[i], ")") && !open.empty()) {
      behind_[open.back()] = i + 1;
      open.pop_back();
    }
  }
  for (std::size_t i = tokens_.size(); i-- > 0;) {
    const bool opens = is(tokens_[i], "(") || is_not(tokens_[i]);
    substantive_[i] = opens ? substantive_[i + 1] : i;
    behind_closing_[i] = is(tokens_[i], ")") ? behind_closing_[i + 1] : i;
  }
}

Deeper::Deeper(TokenCursor& cursor) : cursor_(cursor) {
  if (++cursor_.nesting > TokenCursor::deepest_nesting) {
    cursor_.stop(cursor_.peek(), "the filter is nested more than " +
                                     std::to_string(TokenCursor::deepest_nesting) + " levels deep");
  }
}

}  // namespace anchoko::filter
