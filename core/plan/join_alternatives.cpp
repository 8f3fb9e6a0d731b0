#include "core/plan/join_alternatives.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace anchoko::plan {
namespace {

using filter::FilterExpr;
using filter::NodeKind;
using filter::Primitive;
using filter::PrimitiveKind;

bool is_port(const Primitive& p) {
  return p.kind == PrimitiveKind::port || p.kind == PrimitiveKind::portrange;
}

// IPv4 addresses and nets of leading bits.
bool is_address(const Primitive& p) {
  const bool kind = p.kind == PrimitiveKind::host || p.kind == PrimitiveKind::net;
  return kind && p.proto != filter::Proto::ether && !p.is_ipv6 &&
         std::has_single_bit(std::uint64_t{~p.ipv4_mask} + 1);
}

bool alike(const FilterExpr& a, const FilterExpr& b) {
  if (a->kind != NodeKind::primitive || b->kind != NodeKind::primitive) return false;
  const Primitive& p = a->primitive;
  const Primitive& q = b->primitive;
  const bool same = (is_port(p) && is_port(q)) || (is_address(p) && is_address(q));
  return same && p.proto == q.proto && p.direction == q.direction && p.vlan_depth == q.vlan_depth &&
         p.mpls_depth == q.mpls_depth;
}

// The first and the last value of it.
struct Span {
  std::uint32_t first;
  std::uint32_t last;
};
Span span_of(const Primitive& p) {
  if (is_port(p)) return {p.low, p.high};
  return {p.ipv4 & p.ipv4_mask, p.ipv4 | ~p.ipv4_mask};
}

// The smallest net around both: the leading bits that they share.
Span net_around(const Span& a, const Span& b) {
  const std::uint32_t first = std::min(a.first, b.first);
  const std::uint32_t last = std::max(a.last, b.last);
  const int shared = std::countl_zero(first ^ last);
  const std::uint32_t mask = shared == 0 ? 0 : 0xffffffffu << (32 - shared);
  return {first & mask, first | ~mask};
}

Span around(const Span& a, const Span& b, bool ports) {
  return ports ? Span{std::min(a.first, b.first), std::max(a.last, b.last)} : net_around(a, b);
}

// Neighbours whose join is the smallest first.
std::vector<Span> joined(std::vector<Span> spans, std::size_t most, bool ports) {
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.first < b.first; });
  while (spans.size() > most) {
    std::size_t best = 0;
    std::uint32_t smallest = 0xffffffff;
    for (std::size_t i = 0; i + 1 < spans.size(); ++i) {
      const Span both = around(spans[i], spans[i + 1], ports);
      if (both.last - both.first < smallest) {
        smallest = both.last - both.first;
        best = i;
      }
    }
    spans[best] = around(spans[best], spans[best + 1], ports);
    spans.erase(spans.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  return spans;
}

FilterExpr as_primitive(Primitive p, const Span& span, bool ports) {
  if (ports) {
    p.kind = span.first == span.last ? PrimitiveKind::port : PrimitiveKind::portrange;
    p.low = static_cast<std::uint16_t>(span.first);
    p.high = static_cast<std::uint16_t>(span.last);
  } else {
    p.kind = span.first == span.last ? PrimitiveKind::host : PrimitiveKind::net;
    p.ipv4 = span.first;
    p.ipv4_mask = ~(span.last - span.first);
  }
  return filter::primitive(std::move(p));
}

}  // namespace

FilterExpr join_alternatives(const FilterExpr& expr, std::size_t most) {
  if (expr->kind != NodeKind::conjunction && expr->kind != NodeKind::disjunction) return expr;
  std::vector<FilterExpr> children;
  std::vector<bool> taken(expr->children.size());
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (taken[i]) continue;
    const FilterExpr& child = expr->children[i];
    std::vector<Span> spans;
    if (expr->kind == NodeKind::disjunction) {
      for (std::size_t k = i; k < taken.size(); ++k) {
        if (!taken[k] && alike(child, expr->children[k]))
          spans.push_back(span_of(expr->children[k]->primitive));
      }
    }
    if (spans.size() <= most) {
      children.push_back(join_alternatives(child, most));
      continue;
    }
    for (std::size_t k = i; k < taken.size(); ++k) {
      if (alike(child, expr->children[k])) taken[k] = true;
    }
    const bool ports = is_port(child->primitive);
    for (const Span& span : joined(std::move(spans), most, ports))
      children.push_back(as_primitive(child->primitive, span, ports));
  }
  return expr->kind == NodeKind::conjunction ? filter::conjunction(std::move(children))
                                             : filter::disjunction(std::move(children));
}

}  // namespace anchoko::plan
