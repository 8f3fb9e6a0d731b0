#include "core/filter/arithmetic_parser.h"

#include <optional>
#include <utility>

namespace anchoko::filter {
namespace {

// libpcap's grammar gives '%' and '^' no precedence: whatever comes next is taken first, and they take all
// that follows.
constexpr int takes_first = 100;

struct Operator {
  std::string_view text;
  ArithmeticKind kind;
  int binds;        // higher: before others
  int right_binds;  // what its right side leaves to others
};
constexpr Operator operators[] = {
    {"|", ArithmeticKind::bit_or, 1, 1},
    {"&", ArithmeticKind::bit_and, 2, 2},
    {"<<", ArithmeticKind::shift_left, 3, 3},
    {">>", ArithmeticKind::shift_right, 3, 3},
    {"+", ArithmeticKind::add, 4, 4},
    {"-", ArithmeticKind::subtract, 4, 4},
    {"*", ArithmeticKind::multiply, 5, 5},
    {"/", ArithmeticKind::divide, 5, 5},
    {"%", ArithmeticKind::modulo, takes_first, 0},
    {"^", ArithmeticKind::bit_xor, takes_first, 0},
};
constexpr int unary_minus_binds = 6;

const Operator* operator_at(const Token& token) {
  if (token.kind != TokenKind::symbol) return nullptr;
  for (const auto& candidate : operators) {
    if (candidate.text == token.text) return &candidate;
  }
  return nullptr;
}

ArithmeticExpr make(Arithmetic value) {
  return std::make_shared<const Arithmetic>(std::move(value));
}

// libpcap looks for a constant divisor at the first statement of the right side only, which the index of a
// load is too.
std::optional<std::uint32_t> first_immediate(const ArithmeticExpr& expr) {
  const Arithmetic* at = expr.get();
  while (at->left) at = at->left.get();
  if (at->kind == ArithmeticKind::constant) return at->value;
  return std::nullopt;
}

class ArithmeticParser {
 public:
  explicit ArithmeticParser(TokenCursor& cursor) : c_(cursor) {}

  ArithmeticExpr parse(int least) {
    const Deeper deeper(c_);
    ArithmeticExpr left = operand();
    while (const Operator* op = operator_at(c_.peek())) {
      if (op->binds <= least) break;
      const Token& token = c_.take();
      ArithmeticExpr right = parse(op->right_binds);
      check(*op, token, right);
      Arithmetic joined;
      joined.kind = op->kind;
      joined.left = std::move(left);
      joined.right = std::move(right);
      left = make(std::move(joined));
      // Long chains nest to the left without recursion here, but whoever walks the tree recurses.
      if (++operators_seen_ > TokenCursor::deepest_nesting)
        c_.stop(token, "the arithmetic has more than 1000 operators");
    }
    return left;
  }

 private:
  void check(const Operator& op, const Token& token, const ArithmeticExpr& right) const {
    const auto immediate = first_immediate(right);
    const bool divides = op.kind == ArithmeticKind::divide || op.kind == ArithmeticKind::modulo;
    if (divides && immediate == 0U) {
      const bool plain = right->kind == ArithmeticKind::constant;
      c_.stop(token, "division by zero",
              plain ? "" : "libpcap refuses a right side that begins with a 0, in an offset too");
    }
    const bool shifts = op.kind == ArithmeticKind::shift_left || op.kind == ArithmeticKind::shift_right;
    if (shifts && immediate && *immediate > 31) c_.stop(token, "a shift by more than 31 bits");
  }

  ArithmeticExpr operand() {
    const Token& first = c_.peek();
    Arithmetic value;
    if (first.kind == TokenKind::number) {
      value.value = c_.take().number;
      return make(std::move(value));
    }
    if (c_.take_if("len") || c_.take_if("length")) {
      value.kind = ArithmeticKind::length;
      return make(std::move(value));
    }
    if (c_.take_if("-")) {
      value.kind = ArithmeticKind::negate;
      value.left = parse(unary_minus_binds);
      return make(std::move(value));
    }
    if (c_.take_if("(")) {
      ArithmeticExpr inner = parse(0);
      if (!c_.take_if(")")) c_.unexpected("')' or an operator");
      return inner;
    }
    const auto proto = first.kind == TokenKind::keyword ? proto_of(first.text) : std::nullopt;
    if (proto && TokenCursor::is(c_.peek(1), "[")) return load(*proto);
    c_.unexpected("a number, 'len' or bytes such as 'ip[8]'");
  }

  ArithmeticExpr load(Proto proto) {
    const Token& word = c_.take();
    c_.take();
    if (proto == Proto::esp || proto == Proto::ah) {
      c_.stop(word, "'" + std::string(word.text) + "' has no offsets in pcap-filter",
              "use 'ip[...]' or 'ip6[...]'");
    }
    if (c_.mpls_depth > 0 && (proto == Proto::arp || proto == Proto::rarp))
      c_.stop(word, "only IP can follow 'mpls'");
    Arithmetic value;
    value.kind = ArithmeticKind::load;
    value.proto = proto;
    value.vlan_depth = c_.vlan_depth;
    value.mpls_depth = c_.mpls_depth;
    value.left = parse(0);
    if (c_.take_if(":")) {
      const Token& size = c_.peek();
      if (size.kind != TokenKind::number) c_.unexpected("a size of 1, 2 or 4 bytes");
      if (size.number != 1 && size.number != 2 && size.number != 4)
        c_.stop(size, "a load has 1, 2 or 4 bytes");
      value.size = static_cast<std::uint8_t>(c_.take().number);
    }
    if (!c_.take_if("]")) c_.unexpected("']', ':' or an operator");
    return make(std::move(value));
  }

  TokenCursor& c_;
  unsigned operators_seen_ = 0;
};

std::optional<Relation> relation_at(const Token& token) {
  static constexpr std::pair<std::string_view, Relation> relations[] = {
      {"=", Relation::equal},      {"==", Relation::equal},         {"!=", Relation::not_equal},
      {">", Relation::greater},    {">=", Relation::greater_equal}, {"<", Relation::less},
      {"<=", Relation::less_equal}};
  if (token.kind != TokenKind::symbol) return std::nullopt;
  for (const auto& [text, relation] : relations) {
    if (text == token.text) return relation;
  }
  return std::nullopt;
}

}  // namespace

Primitive parse_relation(TokenCursor& cursor) {
  Primitive p;
  p.kind = PrimitiveKind::relation;
  p.left = ArithmeticParser(cursor).parse(0);
  const auto relation = relation_at(cursor.peek());
  if (!relation) cursor.unexpected("a comparison such as '=' or '>'");
  cursor.take();
  p.relation = *relation;
  p.right = ArithmeticParser(cursor).parse(0);
  return p;
}

}  // namespace anchoko::filter
