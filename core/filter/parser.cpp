#include "core/filter/parser.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/filter/arithmetic_parser.h"
#include "core/filter/primitives.h"
#include "core/filter/token_cursor.h"
#include "core/packet/ethertype.h"

namespace anchoko::filter {
namespace {

constexpr std::size_t longest_text = std::size_t{1} << 20;
// Every change between and/or without parentheses makes the tree one level deeper.
constexpr unsigned most_alternations = 5000;

class Parser {
 public:
  explicit Parser(TokenCursor& cursor) : c_(cursor) {}

  FilterExpr whole() {
    if (c_.peek().kind == TokenKind::end) return match_all();
    Parsed result = expression(Qualifiers{});
    if (c_.peek().kind != TokenKind::end) c_.unexpected("'and', 'or' or the end");
    return std::move(result.expr);
  }

 private:
  struct Parsed {
    FilterExpr expr;
    Qualifiers qualifiers;  // what a following bare value inherits
  };

  // Operands joined by and/or, equal in precedence, from the left.
  class Chain {
   public:
    Chain(Parser& parser, FilterExpr first) : parser_(parser) { parts_.push_back(std::move(first)); }
    // Takes the and/or at the cursor, if there is one.
    bool joins() {
      const bool by_and = TokenCursor::is_and(parser_.c_.peek());
      if (!by_and && !TokenCursor::is_or(parser_.c_.peek())) return false;
      const Token& word = parser_.c_.take();
      if (parts_.size() > 1 && by_and != by_and_) {
        if (++parser_.alternations_ > most_alternations) {
          parser_.c_.stop(word, "'and' and 'or' alternate more than 5000 times",
                          "use parentheses to group alike parts");
        }
        FilterExpr joined = join();
        parts_.clear();
        parts_.push_back(std::move(joined));
      }
      by_and_ = by_and;
      return true;
    }
    void add(FilterExpr part) { parts_.push_back(std::move(part)); }
    FilterExpr join() { return by_and_ ? conjunction(std::move(parts_)) : disjunction(std::move(parts_)); }

   private:
    Parser& parser_;
    std::vector<FilterExpr> parts_;
    bool by_and_ = false;
  };

  // A bare value behind and/or takes the qualifiers of what stands before it.
  Parsed expression(const Qualifiers& outer) {
    Parsed left = term(outer);
    Chain chain(*this, std::move(left.expr));
    while (chain.joins()) {
      if (!left.qualifiers.any() && c_.peek().kind == TokenKind::word)
        c_.unexpected("a primitive such as 'host', 'port' or 'tcp'");
      if (c_.value_comes()) {
        chain.add(value_expression(left.qualifiers));
      } else {
        Parsed right = term(left.qualifiers);
        chain.add(std::move(right.expr));
        left.qualifiers = right.qualifiers;
      }
    }
    return {chain.join(), left.qualifiers};
  }

  Parsed term(const Qualifiers& outer) {
    const Deeper deeper(c_);
    if (TokenCursor::is_not(c_.peek())) {
      c_.take();
      Parsed inner = term(outer);
      return {negation(std::move(inner.expr)), inner.qualifiers};
    }
    if (c_.arithmetic_comes()) {
      const Token& first = c_.peek();
      return {finish(parse_relation(c_), first), {}};
    }
    if (c_.take_if("(")) {
      Parsed inner = expression(outer);
      if (!c_.take_if(")")) c_.unexpected("')', 'and' or 'or'");
      return {std::move(inner.expr), outer};
    }
    return head();
  }

  // A primitive with its qualifiers: [proto] [direction] [host|net|port|portrange|proto] value, or one that
  // stands alone.
  Parsed head() {
    const Token& first = c_.peek();
    if (auto alone = standing_alone(first)) return {std::move(*alone), {}};
    Qualifiers q;
    if (const auto proto = first.kind == TokenKind::keyword ? proto_of(first.text) : std::nullopt) {
      c_.take();
      q.proto = *proto;
      q.has_proto = true;
      q.proto_name = std::string(first.text);
    }
    if (c_.at("broadcast") || c_.at("multicast")) return {cast(q, first), {}};
    direction(q);
    address_type(q);
    if (!q.any()) return {protocol(q, first), {}};
    if (!c_.value_comes()) c_.unexpected("a value such as an address, a port or a number");
    return {value_expression(q), q};
  }

  std::optional<FilterExpr> standing_alone(const Token& first) {
    if (c_.at("vlan")) return shifting(PrimitiveKind::vlan, 4095, "VLAN id");
    if (c_.at("mpls")) return shifting(PrimitiveKind::mpls, 1048575, "MPLS label");
    Primitive p;
    if (c_.at("inbound") || c_.at("outbound")) {
      p.kind = c_.at("inbound") ? PrimitiveKind::inbound : PrimitiveKind::outbound;
      c_.take();
      return finish(p, first);
    }
    if (c_.at("less") || c_.at("greater")) {
      p.kind = c_.at("less") ? PrimitiveKind::less : PrimitiveKind::greater;
      c_.take();
      if (c_.peek().kind != TokenKind::number) c_.unexpected("a number of bytes");
      p.number = c_.take().number;
      p.has_number = true;
      return finish(p, first);
    }
    return std::nullopt;
  }

  // A protocol alone: `tcp`.
  FilterExpr protocol(const Qualifiers& q, const Token& first) {
    if (!q.has_proto && TokenCursor::is_value(c_.peek())) {
      c_.stop(c_.peek(), "a filter cannot begin with the bare value '" + std::string(c_.peek().text) + "'",
              bare_value_hint());
    }
    if (!q.has_proto) c_.unexpected("a primitive such as 'host', 'port' or 'tcp'");
    if (TokenCursor::is_value(c_.peek())) {
      c_.unexpected("'host', 'net', 'port', 'portrange', 'proto', 'and', 'or' or the end",
                    words_that_continue());
    }
    if (q.proto == Proto::ether) {
      c_.stop(first, "'" + q.proto_name +
                         "' needs 'host', 'src', 'dst', 'proto', 'broadcast' or 'multicast' behind it");
    }
    Primitive p;
    p.kind = PrimitiveKind::protocol;
    p.proto = q.proto;
    return finish(p, first);
  }

  FilterExpr cast(const Qualifiers& q, const Token& first) {
    Primitive p;
    p.kind = c_.at("broadcast") ? PrimitiveKind::broadcast : PrimitiveKind::multicast;
    const Token& word = c_.take();
    if (p.kind == PrimitiveKind::broadcast && q.proto == Proto::ip) {
      c_.stop(word,
              "'ip broadcast' depends on the network mask of the capturing interface and is not supported",
              "write 'ip dst host' with the broadcast address");
    }
    p.proto = q.has_proto ? q.proto : Proto::ether;
    const bool known = p.proto == Proto::ether || (p.kind == PrimitiveKind::multicast &&
                                                   (p.proto == Proto::ip || p.proto == Proto::ip6));
    if (!known) c_.stop(first, "'" + q.proto_name + " " + std::string(word.text) + "' means nothing");
    return finish(p, first);
  }

  std::string bare_value_hint() const {
    const Token& token = c_.peek();
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
    if (!c_.at("src") && !c_.at("dst")) return;
    const bool source_first = TokenCursor::is(c_.take(), "src");
    q.has_direction = true;
    q.direction = source_first ? Direction::src : Direction::dst;
    const bool by_or = TokenCursor::is_or(c_.peek());
    if ((by_or || TokenCursor::is_and(c_.peek())) &&
        TokenCursor::is(c_.peek(1), source_first ? "dst" : "src")) {
      q.direction = by_or ? Direction::src_or_dst : Direction::src_and_dst;
      c_.take();
      c_.take();
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
      if (!c_.at(word)) continue;
      if (type == AddressType::proto && q.has_direction) c_.stop(c_.peek(), "'proto' takes no direction");
      q.type = type;
      c_.take();
      return;
    }
  }

  // A value, `not` a value, or a parenthesised list of values, all with the same qualifiers.
  FilterExpr value_expression(const Qualifiers& q) {
    const Deeper deeper(c_);
    if (TokenCursor::is_not(c_.peek())) {
      c_.take();
      return negation(value_expression(q));
    }
    if (!c_.take_if("(")) return value(q);
    // libpcap's grammar: a list begins with a value; only a number may stand in parentheses of its own there.
    if (c_.at("(") && !number_in_parentheses())
      c_.unexpected("a value such as an address, a port or a number");
    Chain chain(*this, value_expression(q));
    while (chain.joins()) {
      if (!c_.value_comes()) c_.unexpected("another value for the list");
      chain.add(value_expression(q));
    }
    if (!c_.take_if(")")) c_.unexpected("')', 'and' or 'or'");
    return chain.join();
  }

  bool number_in_parentheses() const {
    std::size_t open = 0;
    while (TokenCursor::is(c_.peek(open), "(")) ++open;
    if (c_.peek(open).kind != TokenKind::number) return false;
    for (std::size_t i = 1; i <= open; ++i) {
      if (!TokenCursor::is(c_.peek(open + i), ")")) return false;
    }
    return true;
  }

  FilterExpr value(const Qualifiers& q) {
    const Token& first = c_.peek();
    if (!TokenCursor::is_value(first)) c_.unexpected("a value such as an address, a port or a number");
    c_.take();
    ValueText text{first, {}, {}};
    const bool is_ip = first.kind == TokenKind::ipv4 || first.kind == TokenKind::ipv6;
    if (is_ip && c_.take_if("/")) {
      if (c_.peek().kind != TokenKind::number) c_.unexpected("a prefix length");
      text.prefix = c_.take();
    } else if (first.kind == TokenKind::ipv4 && c_.take_if("mask")) {
      if (c_.peek().kind != TokenKind::ipv4) c_.unexpected("a network mask such as 255.255.0.0");
      text.mask = c_.take();
    } else if (first.kind == TokenKind::number && q.type == AddressType::net && c_.at("/")) {
      c_.stop(first, "a network with a prefix length needs at least two numbers",
              "write '" + std::string(first.text) + ".0.0.0/N'");
    }
    auto built = build_primitive(q, text);
    if (!built) c_.stop(built.error().token, built.error().message, built.error().hint);
    return finish(*built, first);
  }

  // `vlan [id]` and `mpls [label]`.
  FilterExpr shifting(PrimitiveKind kind, std::uint32_t highest, const std::string& what) {
    const Token& word = c_.take();
    Primitive p;
    p.kind = kind;
    if (kind == PrimitiveKind::vlan && c_.mpls_depth > 0) c_.stop(word, "only IP can follow 'mpls'");
    std::size_t parentheses = 0;
    while (TokenCursor::is(c_.peek(parentheses), "(") && parentheses < TokenCursor::deepest_nesting)
      ++parentheses;
    if (c_.peek(parentheses).kind == TokenKind::number) {
      for (std::size_t i = 0; i < parentheses; ++i) c_.take();
      const Token& number = c_.take();
      for (std::size_t i = 0; i < parentheses; ++i) {
        if (!c_.take_if(")")) c_.unexpected("')'");
      }
      if (number.number > highest) {
        c_.stop(number, what + " " + std::string(number.text) + " is above " + std::to_string(highest));
      }
      p.number = number.number;
      p.has_number = true;
    }
    FilterExpr expr = finish(p, word);
    std::uint8_t& depth = kind == PrimitiveKind::vlan ? c_.vlan_depth : c_.mpls_depth;
    if (depth == 255) c_.stop(word, "more than 255 '" + std::string(word.text) + "' in one filter");
    ++depth;
    return expr;
  }

  FilterExpr finish(Primitive p, const Token& first) const {
    p.vlan_depth = c_.vlan_depth;
    p.mpls_depth = c_.mpls_depth;
    p.text_offset = first.offset;
    const Token& last = c_.previous();
    p.text_length = last.offset + last.length - first.offset;
    check_behind_mpls(p, first);
    return primitive(std::move(p));
  }

  // An MPLS label tells nothing of what follows but IPv4 or IPv6.
  void check_behind_mpls(const Primitive& p, const Token& first) const {
    if (p.mpls_depth == 0) return;
    const bool arp = p.proto == Proto::arp || p.proto == Proto::rarp;
    const bool ethertype = p.kind == PrimitiveKind::proto && p.proto == Proto::ether &&
                           p.number != ethertype_ip && p.number != ethertype_ip6;
    if ((arp && p.kind != PrimitiveKind::relation) || ethertype) c_.stop(first, "only IP can follow 'mpls'");
  }

  TokenCursor& c_;
  unsigned alternations_ = 0;
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
    TokenCursor cursor(text, origin, std::move(*tokens));
    return Parser(cursor).whole();
  } catch (ParseStop& stop) {
    return fail(make_error(std::move(stop.diagnostic)));
  }
}

}  // namespace anchoko::filter
