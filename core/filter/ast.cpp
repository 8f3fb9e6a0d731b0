#include "core/filter/ast.h"

#include <utility>

namespace anchoko::filter {

bool Primitive::operator==(const Primitive& o) const {
  return kind == o.kind && proto == o.proto && direction == o.direction && is_ipv6 == o.is_ipv6 &&
         has_number == o.has_number && vlan_depth == o.vlan_depth && mpls_depth == o.mpls_depth &&
         ipv4 == o.ipv4 && ipv4_mask == o.ipv4_mask && ipv6 == o.ipv6 && ipv6_prefix == o.ipv6_prefix &&
         mac == o.mac && low == o.low && high == o.high && number == o.number && relation == o.relation &&
         equal(left, o.left) && equal(right, o.right);
}

namespace {

FilterExpr make(NodeKind kind, std::vector<FilterExpr> children = {}) {
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->children = std::move(children);
  return node;
}

FilterExpr join(NodeKind kind, FilterExpr empty, std::vector<FilterExpr> children) {
  if (children.empty()) return empty;
  if (children.size() == 1) return std::move(children.front());
  std::vector<FilterExpr> flat;
  flat.reserve(children.size());
  for (auto& child : children) {
    if (child->kind == kind) {
      flat.insert(flat.end(), child->children.begin(), child->children.end());
    } else {
      flat.push_back(std::move(child));
    }
  }
  return make(kind, std::move(flat));
}

}  // namespace

FilterExpr match_all() {
  static const FilterExpr node = make(NodeKind::all);
  return node;
}

FilterExpr match_none() {
  static const FilterExpr node = make(NodeKind::none);
  return node;
}

FilterExpr primitive(Primitive value) {
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::primitive;
  node->primitive = std::move(value);
  return node;
}

FilterExpr conjunction(std::vector<FilterExpr> children) {
  return join(NodeKind::conjunction, match_all(), std::move(children));
}

FilterExpr disjunction(std::vector<FilterExpr> children) {
  return join(NodeKind::disjunction, match_none(), std::move(children));
}

FilterExpr negation(FilterExpr child) {
  std::vector<FilterExpr> children;
  children.push_back(std::move(child));
  return make(NodeKind::negation, std::move(children));
}

bool equal(const ArithmeticExpr& left, const ArithmeticExpr& right) {
  if (left == right) return true;
  if (!left || !right) return false;
  return left->kind == right->kind && left->value == right->value && left->proto == right->proto &&
         left->size == right->size && left->vlan_depth == right->vlan_depth &&
         left->mpls_depth == right->mpls_depth && equal(left->left, right->left) &&
         equal(left->right, right->right);
}

bool equal(const FilterExpr& left, const FilterExpr& right) {
  if (left == right) return true;
  if (left->kind != right->kind) return false;
  if (left->kind == NodeKind::primitive) return left->primitive == right->primitive;
  if (left->children.size() != right->children.size()) return false;
  for (std::size_t i = 0; i < left->children.size(); ++i) {
    if (!equal(left->children[i], right->children[i])) return false;
  }
  return true;
}

bool any_primitive(const FilterExpr& expr, const std::function<bool(const Primitive&)>& test) {
  if (expr->kind == NodeKind::primitive) return test(expr->primitive);
  for (const auto& child : expr->children) {
    if (any_primitive(child, test)) return true;
  }
  return false;
}

void for_each_primitive(const FilterExpr& expr, const std::function<void(const Primitive&)>& visit) {
  any_primitive(expr, [&](const Primitive& p) {
    visit(p);
    return false;
  });
}

namespace {

ArithmeticExpr behind_vlan(const ArithmeticExpr& expr, std::uint8_t count) {
  if (!expr) return expr;
  Arithmetic moved = *expr;
  if (moved.kind == ArithmeticKind::load)
    moved.vlan_depth = static_cast<std::uint8_t>(moved.vlan_depth + count);
  moved.left = behind_vlan(moved.left, count);
  moved.right = behind_vlan(moved.right, count);
  return std::make_shared<const Arithmetic>(std::move(moved));
}

}  // namespace

FilterExpr behind_vlan(const FilterExpr& expr, std::uint8_t count) {
  if (expr->kind == NodeKind::primitive) {
    Primitive moved = expr->primitive;
    moved.vlan_depth = static_cast<std::uint8_t>(moved.vlan_depth + count);
    moved.left = behind_vlan(moved.left, count);
    moved.right = behind_vlan(moved.right, count);
    return primitive(moved);
  }
  if (expr->children.empty()) return expr;
  std::vector<FilterExpr> children;
  children.reserve(expr->children.size());
  for (const auto& child : expr->children) children.push_back(behind_vlan(child, count));
  return make(expr->kind, std::move(children));
}

}  // namespace anchoko::filter
