#include "core/filter/parser.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/filter/lexer.h"
#include "core/filter/primitives.h"

namespace anchoko::filter {
namespace {

constexpr std::size_t longest_text = std::size_t{1} << 20;
constexpr unsigned deepest_nesting = 1000;

// Thrown within this file only, to leave the recursion; parse() turns it into a Result.
struct Stop {
  Diagnostic diagnostic;
};

const std::vector<std::string>& words_that_continue() {
  static const std::vector<std::string> words{"host", "net", "port", "portrange", "proto", "src", "dst"};
  return words;
}

const std::vector<std::string>& words_that_begin() {
  static const std::vector<std::string> words{
      "host", "net", "port", "portrange", "proto", "src",  "dst", "ip",  "ip6", "arp",   "rarp",
      "tcp",  "udp", "sctp", "icmp",      "icmp6", "vlan", "not", "and", "or",  "ether", "mask"};
  return words;
}

std::optional<Proto> proto_of(std::string_view word) {
  static constexpr std::pair<std::string_view, Proto> table[] = {
      {"ether", Proto::ether}, {"ip", Proto::ip},      {"ip6", Proto::ip6}, {"arp", Proto::arp},
      {"rarp", Proto::rarp},   {"tcp", Proto::tcp},    {"udp", Proto::udp}, {"sctp", Proto::sctp},
      {"icmp", Proto::icmp},   {"icmp6", Proto::icmp6}};
  for (const auto& [name, proto] : table) {
    if (name == word) return proto;
  }
  return std::nullopt;
}

class Parser {
 public:
  Parser(std::string_view text, const TextOrigin& origin, std::vector<Token> tokens)
      : text_(text), origin_(origin), tokens_(std::move(tokens)) {
    find_first_substantive();
  }

  FilterExpr whole() {
    if (peek().kind == TokenKind::end) return match_all();
    Parsed result = expression(Qualifiers{});
    if (peek().kind != TokenKind::end) unexpected("'and', 'or' or the end");
    return std::move(result.expr);
  }

 private:
  struct Parsed {
    FilterExpr expr;
    Qualifiers qualifiers;  // what a following bare value inherits
  };

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& take() { return tokens_[at_ < tokens_.size() - 1 ? at_++ : at_]; }
  static bool is(const Token& token, std::string_view text) {
    return (token.kind == TokenKind::keyword || token.kind == TokenKind::symbol) && token.text == text;
  }
  static bool is_not(const Token& t) { return is(t, "not") || is(t, "!"); }
  static bool is_and(const Token& t) { return is(t, "and") || is(t, "&&"); }
  static bool is_or(const Token& t) { return is(t, "or") || is(t, "||"); }
  static bool is_value(const Token& t) {
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

  [[noreturn]] void stop(const Token& token, std::string message, std::string hint = {}) const {
    throw Stop{
        filter_diagnostic(text_, origin_, token.offset, token.length, std::move(message), std::move(hint))};
  }

  [[noreturn]] void unexpected(const std::string& expected,
                               const std::vector<std::string>& candidates = words_that_begin()) const {
    const Token& token = peek();
    if (token.kind == TokenKind::end) stop(token, "the filter ends here, expected " + expected);
    const std::string word(token.text);
    if (token.kind == TokenKind::keyword && !is_supported_word(word)) {
      stop(token, "'" + word + "' of pcap-filter is not supported yet",
           "see the filter language page for what is");
    }
    if (is(token, "[")) stop(token, "byte offsets ('proto[...]') of pcap-filter are not supported yet");
    std::string hint;
    if (token.kind == TokenKind::word) {
      const std::string near = did_you_mean(word, candidates);
      if (!near.empty()) hint = "did you mean '" + near + "'?";
    } else if (token.kind == TokenKind::keyword && proto_of(word)) {
      hint = "a protocol name after 'proto' needs a backslash: \\" + word;
      if (at_ == 0 || !is(tokens_[at_ - 1], "proto")) hint = "put 'and' or 'or' between two primitives";
    }
    stop(token, "unexpected '" + word + "', expected " + expected, hint);
  }

  // For every '(' or not/!: which token comes first behind all of those. One pass from the end keeps parsing
  // linear.
  void find_first_substantive() {
    first_substantive_.resize(tokens_.size());
    for (std::size_t i = tokens_.size(); i-- > 0;) {
      const bool opens = is(tokens_[i], "(") || is_not(tokens_[i]);
      first_substantive_[i] = opens ? first_substantive_[i + 1] : i;
    }
  }

  struct Deeper {
    explicit Deeper(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > deepest_nesting) {
        parser_.stop(parser_.peek(),
                     "the filter is nested more than " + std::to_string(deepest_nesting) + " levels deep");
      }
    }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    Parser& parser_;
  };

  // expr: terms joined by and/or, equal in precedence, from the left. A bare value takes the qualifiers of
  // what stands before it.
  Parsed expression(const Qualifiers& outer) {
    Parsed left = term(outer);
    std::vector<FilterExpr> parts{std::move(left.expr)};
    bool joined_by_and = false;
    while (is_and(peek()) || is_or(peek())) {
      const bool by_and = is_and(take());
      if (parts.size() > 1 && by_and != joined_by_and) parts = {join(std::move(parts), joined_by_and)};
      joined_by_and = by_and;
      Parsed right;
      if (!left.qualifiers.any() && peek().kind == TokenKind::word)
        unexpected("a primitive such as 'host', 'port' or 'tcp'");
      if (is_value(tokens_[first_substantive_[at_]])) {
        right = {value_expression(left.qualifiers), left.qualifiers};
      } else {
        right = term(left.qualifiers);
      }
      parts.push_back(std::move(right.expr));
      left.qualifiers = right.qualifiers;
    }
    return {join(std::move(parts), joined_by_and), left.qualifiers};
  }

  static FilterExpr join(std::vector<FilterExpr> parts, bool by_and) {
    return by_and ? conjunction(std::move(parts)) : disjunction(std::move(parts));
  }

  Parsed term(const Qualifiers& outer) {
    const Deeper deeper(*this);
    if (is_not(peek())) {
      take();
      Parsed inner = term(outer);
      return {negation(std::move(inner.expr)), inner.qualifiers};
    }
    if (is(peek(), "(")) {
      take();
      Parsed inner = expression(outer);
      if (!is(peek(), ")")) unexpected("')', 'and' or 'or'");
      take();
      return {std::move(inner.expr), outer};
    }
    return head();
  }

  // A primitive with its qualifiers: [proto] [direction] [host|net|port|portrange|proto] value, or a protocol
  // alone.
  Parsed head() {
    const Token& first = peek();
    if (is(first, "vlan")) return {vlan(), {}};
    Qualifiers q;
    if (first.kind == TokenKind::keyword) {
      if (const auto proto = proto_of(first.text)) {
        take();
        q.proto = *proto;
        q.has_proto = true;
        q.proto_name = std::string(first.text);
      }
    }
    direction(q);
    address_type(q);
    if (!q.has_direction && q.type == AddressType::none) {
      if (!q.has_proto) {
        if (peek().kind == TokenKind::number && peek(1).kind == TokenKind::symbol && !is(peek(1), ")") &&
            !is_and(peek(1)) && !is_or(peek(1))) {
          stop(peek(1), "arithmetic and comparisons of pcap-filter are not supported yet");
        }
        if (is_value(peek())) {
          stop(peek(), "a filter cannot begin with the bare value '" + std::string(peek().text) + "'",
               bare_value_hint());
        }
        unexpected("a primitive such as 'host', 'port' or 'tcp'");
      }
      if (is_value(peek()))
        unexpected("'host', 'net', 'port', 'portrange', 'proto', 'and', 'or' or the end",
                   words_that_continue());
      if (is(peek(), "[")) unexpected("");
      if (peek().kind == TokenKind::keyword && !is_supported_word(peek().text)) unexpected("");
      if (q.proto == Proto::ether) stop(first, "'ether' needs 'proto' and a number behind it");
      Primitive p;
      p.kind = PrimitiveKind::protocol;
      p.proto = q.proto;
      return {finish(p, first), {}};
    }
    if (!is_value(tokens_[first_substantive_[at_]]))
      unexpected("a value such as an address, a port or a number");
    return {value_expression(q), q};
  }

  std::string bare_value_hint() const {
    const Token& token = peek();
    if (token.kind == TokenKind::ipv4 || token.kind == TokenKind::ipv6)
      return "write 'host " + std::string(token.text) + "'";
    if (token.kind == TokenKind::number) return "write 'port " + std::string(token.text) + "'";
    std::string lower(token.text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const auto& words = words_that_begin();
    const bool only_case = std::find(words.begin(), words.end(), lower) != words.end();
    const std::string near = only_case ? lower : did_you_mean(lower, words);
    return near.empty() ? "begin with a word such as 'host', 'port' or 'tcp'"
                        : "did you mean '" + near + "'?";
  }

  void direction(Qualifiers& q) {
    if (!is(peek(), "src") && !is(peek(), "dst")) return;
    const bool source_first = is(take(), "src");
    q.has_direction = true;
    q.direction = source_first ? Direction::src : Direction::dst;
    const std::string_view other = source_first ? "dst" : "src";
    if ((is_or(peek()) || is_and(peek())) && is(peek(1), other)) {
      q.direction = is_or(peek()) ? Direction::src_or_dst : Direction::src_and_dst;
      take();
      take();
    }
  }

  void address_type(Qualifiers& q) {
    static constexpr std::pair<std::string_view, AddressType> table[] = {
        {"host", AddressType::host},
        {"net", AddressType::net},
        {"port", AddressType::port},
        {"portrange", AddressType::portrange},
        {"proto", AddressType::proto}};
    for (const auto& [word, type] : table) {
      if (!is(peek(), word)) continue;
      if (type == AddressType::proto && q.has_direction) stop(peek(), "'proto' takes no direction");
      q.type = type;
      take();
      return;
    }
  }

  // id: a value, `not` id, or a parenthesised list of values, all with the same qualifiers.
  FilterExpr value_expression(const Qualifiers& q) {
    const Deeper deeper(*this);
    if (is_not(peek())) {
      take();
      return negation(value_expression(q));
    }
    if (!is(peek(), "(")) return value(q);
    take();
    // libpcap's grammar: a list begins with a value; only a number may stand in parentheses of its own there.
    if (is(peek(), "(") && !number_in_parentheses())
      unexpected("a value such as an address, a port or a number");
    std::vector<FilterExpr> parts{value_expression(q)};
    bool joined_by_and = false;
    while (is_and(peek()) || is_or(peek())) {
      const bool by_and = is_and(take());
      if (parts.size() > 1 && by_and != joined_by_and) parts = {join(std::move(parts), joined_by_and)};
      joined_by_and = by_and;
      if (!is_value(tokens_[first_substantive_[at_]])) unexpected("another value for the list");
      parts.push_back(value_expression(q));
    }
    if (!is(peek(), ")")) unexpected("')', 'and' or 'or'");
    take();
    return join(std::move(parts), joined_by_and);
  }

  bool number_in_parentheses() const {
    std::size_t open = 0;
    while (is(peek(open), "(")) ++open;
    if (peek(open).kind != TokenKind::number) return false;
    for (std::size_t i = 1; i <= open; ++i) {
      if (!is(peek(open + i), ")")) return false;
    }
    return true;
  }

  FilterExpr value(const Qualifiers& q) {
    const Token& first = peek();
    if (!is_value(first)) unexpected("a value such as an address, a port or a number");
    take();
    static constexpr std::string_view arithmetic = "+ - * % & | ^ > < = >= <= != == << >>";
    if (first.kind == TokenKind::number && peek().kind == TokenKind::symbol && !is(peek(), "&&") &&
        !is(peek(), "||") && arithmetic.find(peek().text) != std::string_view::npos) {
      stop(peek(), "arithmetic and comparisons of pcap-filter are not supported yet");
    }
    ValueText value_text{first, {}, {}};
    if (is(peek(), "/") && (first.kind == TokenKind::ipv4 || first.kind == TokenKind::ipv6)) {
      take();
      if (peek().kind != TokenKind::number) unexpected("a prefix length");
      value_text.prefix = take();
    } else if (is(peek(), "mask") && first.kind == TokenKind::ipv4) {
      take();
      if (peek().kind != TokenKind::ipv4) unexpected("a network mask such as 255.255.0.0");
      value_text.mask = take();
    } else if (is(peek(), "/") && first.kind == TokenKind::number && q.type == AddressType::net) {
      stop(first, "a network with a prefix length needs at least two numbers",
           "write '" + std::string(first.text) + ".0.0.0/N'");
    }
    auto built = build_primitive(q, value_text);
    if (!built) stop(built.error().token, built.error().message, built.error().hint);
    return finish(*built, first);
  }

  FilterExpr vlan() {
    const Token& word = take();
    Primitive p;
    p.kind = PrimitiveKind::vlan;
    std::size_t parentheses = 0;
    while (is(peek(parentheses), "(")) ++parentheses;
    if (peek(parentheses).kind == TokenKind::number && parentheses < deepest_nesting) {
      for (std::size_t i = 0; i < parentheses; ++i) take();
      const Token& id = take();
      for (std::size_t i = 0; i < parentheses; ++i) {
        if (!is(peek(), ")")) unexpected("')'");
        take();
      }
      if (id.number > 4095) stop(id, "VLAN id " + std::string(id.text) + " is above 4095");
      p.number = id.number;
      p.has_number = true;
    }
    FilterExpr expr = finish(p, word);
    if (vlan_depth_ == 255) stop(word, "more than 255 'vlan' in one filter");
    ++vlan_depth_;
    return expr;
  }

  FilterExpr finish(Primitive p, const Token& first) const {
    p.vlan_depth = vlan_depth_;
    p.text_offset = first.offset;
    const Token& last = tokens_[at_ - 1];
    p.text_length = last.offset + last.length - first.offset;
    return primitive(p);
  }

  std::string_view text_;
  const TextOrigin& origin_;
  std::vector<Token> tokens_;
  std::vector<std::size_t> first_substantive_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
  std::uint8_t vlan_depth_ = 0;
};

}  // namespace

Result<FilterExpr> parse(std::string_view text, const TextOrigin& origin) {
  if (text.size() > longest_text) {
    return fail(make_error(
        filter_diagnostic(text.substr(0, 60), origin, 0, 1,
                          "the filter has " + std::to_string(text.size()) + " bytes, the limit is 1 MiB")));
  }
  auto tokens = tokenize(text, origin);
  if (!tokens) return fail(tokens.error());
  try {
    return Parser(text, origin, std::move(*tokens)).whole();
  } catch (Stop& stop) {
    return fail(make_error(std::move(stop.diagnostic)));
  }
}

}  // namespace anchoko::filter
