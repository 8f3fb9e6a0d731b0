#include "backends/tcpdump/filter_size.h"

#include <algorithm>
#include <utility>

namespace anchoko::tcpdump {
namespace {

using filter::FilterExpr;
using filter::Primitive;
using filter::PrimitiveKind;

// Behind a live `vlan` every load adds where the tag is.
struct Cost {
  std::size_t plain;
  std::size_t behind_vlan;
};

Cost part_of(Cost cost, bool one_way, std::size_t quarters) {
  if (!one_way) return cost;
  return {cost.plain * quarters / 4, cost.behind_vlan * quarters / 4};
}

// Each operator takes about six, each load its own test of the protocol too.
std::size_t arithmetic_cost(const filter::ArithmeticExpr& expr) {
  if (!expr) return 0;
  const std::size_t own = expr->kind == filter::ArithmeticKind::load ? 34 : 6;
  return own + arithmetic_cost(expr->left) + arithmetic_cost(expr->right);
}

Cost cost_of(const Primitive& p) {
  const bool one_way = p.direction == filter::Direction::src || p.direction == filter::Direction::dst;
  const bool any_proto = p.proto == filter::Proto::none;
  switch (p.kind) {
    case PrimitiveKind::host:
      return part_of({24, 36}, one_way, 2);
    case PrimitiveKind::net:
      return part_of({30, 42}, one_way, 2);
    // Without a protocol: TCP, UDP and SCTP, over IPv4 and IPv6.
    case PrimitiveKind::port:
      return part_of(any_proto ? Cost{52, 120} : Cost{20, 37}, one_way, 3);
    case PrimitiveKind::portrange:
      return part_of(any_proto ? Cost{82, 193} : Cost{30, 60}, one_way, 3);
    case PrimitiveKind::protocol:
    case PrimitiveKind::proto:
      return {12, 18};
    case PrimitiveKind::relation: {
      const std::size_t cost = 8 + arithmetic_cost(p.left) + arithmetic_cost(p.right);
      return {cost, 2 * cost};
    }
    default:
      return {36, 50};
  }
}

bool depends_on_place(const Primitive& p) {
  return p.kind == PrimitiveKind::vlan || p.vlan_depth > 0 || p.mpls_depth > 0;
}

}  // namespace

std::size_t estimated_instructions(const FilterExpr& expr) {
  std::size_t total = 4;  // the ends, and what looks for a tag
  filter::for_each_primitive(expr, [&total](const Primitive& p) {
    const Cost cost = cost_of(p);
    total += p.vlan_depth > 0 ? cost.behind_vlan : cost.plain;
  });
  // A conditional jump reaches 255 instructions; one that must go further needs another instruction.
  constexpr std::size_t reach = 255;
  return total > reach ? total + total / 5 : total;
}

FilterExpr without_costliest(const FilterExpr& expr) {
  if (expr->kind != filter::NodeKind::conjunction || filter::any_primitive(expr, depends_on_place))
    return filter::match_all();
  auto rest = expr->children;
  rest.erase(std::ranges::max_element(rest, {}, estimated_instructions));
  return filter::conjunction(std::move(rest));
}

}  // namespace anchoko::tcpdump
