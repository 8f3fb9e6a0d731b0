#include "core/filter/relation_code.h"

#include <functional>
#include <optional>
#include <vector>

#include "core/filter/mutant.h"
#include "core/filter/protocol_code.h"

namespace anchoko::filter {
namespace {

class RelationCompiler {
 public:
  explicit RelationCompiler(Emitter& emitter) : e_(emitter) {}

  std::uint32_t run(const Primitive& p, Ways ways) {
    std::vector<Check> checks;
    protocol_checks(p.left, checks);
    protocol_checks(p.right, checks);
    Ways outcome = ways;
    Test test;
    switch (p.relation) {
      case Relation::equal:
        break;
      case Relation::not_equal:
        outcome = ways.swapped();
        break;
      case Relation::greater:
        test.compare = Test::Compare::greater;
        break;
      case Relation::less_equal:
        test.compare = Test::Compare::greater;
        outcome = ways.swapped();
        break;
      case Relation::greater_equal:
        test.compare = Test::Compare::greater_equal;
        break;
      case Relation::less:
        test.compare = Test::Compare::greater_equal;
        outcome = ways.swapped();
        break;
    }
    ways.yes = plain_comparison(p, test) ? e_.emit(test, outcome) : arithmetic_comparison(p, test, outcome);
    for (std::size_t i = checks.size(); i-- > 0;) ways.yes = checks[i](ways);
    return ways.yes;
  }

 private:
  using Check = std::function<std::uint32_t(Ways)>;

  // What libpcap asks before a load: that the record holds this protocol. It forgets the checks of the right
  // operand of an operator, and so do we.
  void protocol_checks(const ArithmeticExpr& expr, std::vector<Check>& checks) {
    if (!expr) return;
    if (expr->kind != ArithmeticKind::load) return protocol_checks(expr->left, checks);
    const Depth d{expr->vlan_depth, expr->mpls_depth};
    const Proto proto = expr->proto;
    const auto protocol_check = [this, d](Proto which) {
      return [this, d, which](Ways w) { return emit_protocol(e_, which, d, w); };
    };
    switch (proto) {
      case Proto::ether:
        return protocol_checks(expr->left, checks);
      case Proto::ip:
      case Proto::ip6:
      case Proto::arp:
      case Proto::rarp:
        protocol_checks(expr->left, checks);
        checks.emplace_back(protocol_check(proto));
        return;
      case Proto::icmp6:
        protocol_checks(expr->left, checks);
        checks.emplace_back(protocol_check(Proto::ip6));
        checks.emplace_back(
            [this, d](Ways w) { return e_.in_payload(d, 6, 1, protocol_number(Proto::icmp6), w); });
        return;
      default:
        checks.emplace_back(protocol_check(Proto::ip));
        protocol_checks(expr->left, checks);
        checks.emplace_back(protocol_check(proto));
        if (!mutant(32))
          checks.emplace_back([this, d](Ways w) { return emit_later_fragment(e_, d, w.swapped()); });
    }
  }

  struct Place {
    Base base;
    std::uint32_t offset;
    bool behind_ipv4;
    std::uint32_t header;
  };
  Place place(const Arithmetic& load) const {
    const Depth d{load.vlan_depth, load.mpls_depth};
    const std::uint32_t at = e_.payload(d);
    switch (load.proto) {
      case Proto::ether:
        return {e_.header_base(), 0, false, 0};
      case Proto::ip:
      case Proto::ip6:
      case Proto::arp:
      case Proto::rarp:
        return {e_.payload_base(), at, false, 0};
      case Proto::icmp6:
        return {e_.payload_base(), at + 40, false, 0};
      default:
        return {e_.payload_base(), at, true, at};
    }
  }

  // A constant, after folding: no load is folded away.
  static std::optional<std::uint32_t> constant(const ArithmeticExpr& expr) {
    if (expr->kind == ArithmeticKind::constant) return expr->value;
    if (!expr->left || expr->kind == ArithmeticKind::load) return std::nullopt;
    const auto left = constant(expr->left);
    if (!left) return std::nullopt;
    if (expr->kind == ArithmeticKind::negate) return 0U - *left;
    const auto right = constant(expr->right);
    if (!right) return std::nullopt;
    return calculate(expr->kind, *left, *right);
  }

  static std::optional<std::uint32_t> calculate(ArithmeticKind kind, std::uint32_t a, std::uint32_t b) {
    switch (kind) {
      case ArithmeticKind::add:
        return a + b;
      case ArithmeticKind::subtract:
        return a - b;
      case ArithmeticKind::multiply:
        return a * b;
      case ArithmeticKind::divide:
        return b == 0 ? std::nullopt : std::optional(a / b);
      case ArithmeticKind::modulo:
        return b == 0 ? std::nullopt : std::optional(a % b);
      case ArithmeticKind::bit_and:
        return a & b;
      case ArithmeticKind::bit_or:
        return a | b;
      case ArithmeticKind::bit_xor:
        return a ^ b;
      case ArithmeticKind::shift_left:
        return b < 32 ? a << b : 0;
      case ArithmeticKind::shift_right:
        return b < 32 ? a >> b : 0;
      default:
        return std::nullopt;
    }
  }

  // `proto[N] & MASK = VALUE` and the like need no arithmetic at run time.
  bool plain_comparison(const Primitive& p, Test& test) const {
    const auto value = constant(p.right);
    if (!value) return false;
    const Arithmetic* load = p.left.get();
    if (load->kind == ArithmeticKind::bit_and) {
      const auto mask = constant(load->right);
      if (!mask) return false;
      test.mask = *mask;
      load = load->left.get();
    }
    if (load->kind == ArithmeticKind::length) {
      test.source = Test::Source::length;
      test.value = *value;
      return true;
    }
    constexpr std::uint32_t small = 0xffff;  // far from wrapping
    if (load->kind != ArithmeticKind::load) return false;
    const auto index = constant(load->left);
    if (!index || *index > small) return false;
    const Place at = place(*load);
    test.source = at.behind_ipv4 ? Test::Source::ipv4_payload : Test::Source::bytes;
    test.base = at.base;
    test.header = at.header;
    test.offset = at.offset + *index;
    test.width = load->size;
    test.value = *value;
    return true;
  }

  std::uint32_t arithmetic_comparison(const Primitive& p, Test test, Ways ways) {
    const auto first = static_cast<std::uint32_t>(e_.steps());
    steps(p.left);
    steps(p.right);
    test.source = Test::Source::arithmetic;
    test.mask = 0xffffffff;
    test.offset = first;
    test.width = static_cast<std::uint32_t>(e_.steps()) - first;
    return e_.emit(test, ways);
  }

  void steps(const ArithmeticExpr& expr) {
    Step step;
    if (const auto value = constant(expr)) {
      step.value = *value;
      e_.add_step(step);
      return;
    }
    if (expr->left) steps(expr->left);
    if (expr->right) steps(expr->right);
    step.kind = expr->kind;
    if (expr->kind == ArithmeticKind::load) {
      const Place at = place(*expr);
      step.base = at.base;
      step.behind_ipv4 = at.behind_ipv4;
      step.header = at.header;
      step.value = at.offset;
      step.size = expr->size;
    }
    e_.add_step(step);
  }

  Emitter& e_;
};

}  // namespace

std::uint32_t emit_relation(Emitter& emitter, const Primitive& relation, Ways ways) {
  return RelationCompiler(emitter).run(relation, ways);
}

}  // namespace anchoko::filter
