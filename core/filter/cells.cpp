// Where a link type's headers vary in length, libpcap works the lengths out before the first test and keeps
// them in cells that it takes at their first use. A cell that a comparison in front has used and given back
// can be taken then, and the comparison, which runs after that, overwrites the length (`tcpdump -O -d -y
// IEEE802_11 'len > 60 or arp'`).
#include "core/filter/cells.h"

#include <array>

namespace anchoko::filter {
namespace {

class Dealer {
 public:
  explicit Dealer(const LinkLayout& layout) : layout_(layout) {}

  CellProblem problem() const { return problem_; }

  void primitive(const Primitive& p) {
    switch (p.kind) {
      case PrimitiveKind::less:
      case PrimitiveKind::greater:
      case PrimitiveKind::inbound:
      case PrimitiveKind::outbound:
        return;
      case PrimitiveKind::relation:
        return relation(p);
      case PrimitiveKind::broadcast:
        return header();
      case PrimitiveKind::host:
      case PrimitiveKind::multicast:
        if (p.proto == Proto::ether) return header();
        break;
      default:
        break;
    }
    protocol();
  }

 private:
  // The next free one from where the last was found; which stays the place to look.
  std::size_t take() {
    for (std::size_t tries = 0; tries < used_.size(); ++tries) {
      if (!used_[next_]) {
        used_[next_] = true;
        return next_;
      }
      next_ = (next_ + 1) % used_.size();
    }
    problem_ = CellProblem::too_many;
    return next_;
  }
  std::size_t take_for_value() {
    const std::size_t cell = take();
    stored_[cell] = true;
    return cell;
  }
  void give_back(std::size_t cell) { used_[cell] = false; }

  void length(bool& known) {
    if (known) return;
    known = true;
    const std::size_t cell = take();
    if (problem_ == CellProblem::none && stored_[cell]) problem_ = CellProblem::overwritten;
  }
  void header() {
    if (layout_.radiotap) length(has_header_);
  }
  void payload() {
    if (layout_.style == LinkStyle::wifi) length(has_payload_);
  }
  // A test of the ethertype: is it a data frame, then the LLC header.
  void protocol() {
    header();
    payload();
  }

  void relation(const Primitive& p) {
    const std::size_t left = value(p.left);
    const std::size_t right = value(p.right);
    give_back(left);
    give_back(right);
  }

  std::size_t value(const ArithmeticExpr& expr) {
    if (!expr->left) return take_for_value();
    const std::size_t left = value(expr->left);
    if (expr->kind == ArithmeticKind::load) {
      const std::size_t cell = take_for_value();
      give_back(left);
      if (expr->proto == Proto::ether) {
        header();
      } else {
        payload();
        protocol();
      }
      return cell;
    }
    const std::size_t right = expr->right ? value(expr->right) : left;
    give_back(left);
    give_back(right);
    return take_for_value();
  }

  const LinkLayout& layout_;
  std::array<bool, 16> used_{};
  std::array<bool, 16> stored_{};  // by a comparison
  std::size_t next_ = 0;
  bool has_header_ = false;
  bool has_payload_ = false;
  CellProblem problem_ = CellProblem::none;
};

}  // namespace

CellProblem deal_cells(const FilterExpr& expr, const LinkLayout& layout) {
  Dealer dealer(layout);
  any_primitive(expr, [&dealer](const Primitive& p) {
    dealer.primitive(p);
    return dealer.problem() == CellProblem::too_many;
  });
  return dealer.problem();
}

}  // namespace anchoko::filter
