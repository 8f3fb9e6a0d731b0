#include "core/plan/legalize.h"

#include <algorithm>
#include <utility>

#include "core/filter/printer.h"
#include "core/plan/legalize_keyed.h"

namespace anchoko {

bool DialectContext::assumes(const std::string& fact) const {
  return std::find(spec.assume.begin(), spec.assume.end(), fact) != spec.assume.end();
}

}  // namespace anchoko

namespace anchoko::plan {
namespace {

using filter::FilterExpr;
using filter::NodeKind;

// A part of the filter in the dialect's words. Not supported: pushed is match-all, and not exact.
struct Lowered {
  FilterExpr pushed;
  // What the pushed part does not settle. A conjunction accepts a record only when every child does, so its
  // exact children need no second look.
  FilterExpr residual = filter::match_all();
  bool supported = true;
  bool exact() const { return filter::is_match_all(residual); }
};

class BooleanLegalizer {
 public:
  BooleanLegalizer(const Dialect& dialect, const DialectContext& context)
      : dialect_(dialect), context_(context) {}

  Lowered lower(const FilterExpr& expr) {
    switch (expr->kind) {
      case NodeKind::all:
      case NodeKind::none:
        return {expr};
      case NodeKind::primitive:
        return primitive(expr);
      case NodeKind::negation:
        return negation(expr);
      case NodeKind::conjunction:
        return conjunction(expr);
      case NodeKind::disjunction:
        return disjunction(expr);
    }
    return unsupported(expr);
  }

  std::vector<LoweringNote> take_notes() { return std::move(notes_); }

 private:
  static Lowered unsupported(const FilterExpr& expr) { return {filter::match_all(), expr, false}; }

  Lowered primitive(const FilterExpr& expr) {
    const Verdict verdict = dialect_.judge(expr->primitive, context_);
    if (verdict.legality != Legality::exact)
      note({filter::print(expr->primitive), verdict.reason, verdict.assume});
    switch (verdict.legality) {
      case Legality::exact:
        return {verdict.pushed ? verdict.pushed : expr};
      case Legality::inexact:
        return {verdict.pushed, expr};
      case Legality::unsupported:
        break;
    }
    return unsupported(expr);
  }

  Lowered negation(const FilterExpr& expr) {
    const Lowered child = lower(expr->children[0]);
    if (child.exact()) return {filter::negation(child.pushed)};
    // The opposite of something wider is narrower: nothing of it may be pushed.
    note({filter::print(expr), "what stands under 'not' cannot be said exactly", {}});
    return unsupported(expr);
  }

  Lowered conjunction(const FilterExpr& expr) {
    std::vector<FilterExpr> parts;
    std::vector<FilterExpr> left;
    const bool outer = loosened_;
    for (const auto& child : expr->children) {
      const Lowered part = loosened_ && others_follow_ ? unguarded(child) : lower(child);
      if (!part.exact()) left.push_back(part.residual);
      if (part.supported) parts.push_back(part.pushed);
      loosened_ = loosened_ || !part.exact();
    }
    loosened_ = outer;
    const bool supported = !parts.empty();
    return {filter::conjunction(std::move(parts)), filter::conjunction(std::move(left)), supported};
  }

  Lowered disjunction(const FilterExpr& expr) {
    std::vector<FilterExpr> parts;
    bool exact = true;
    const bool outer = others_follow_;
    for (const auto& child : expr->children) {
      others_follow_ = outer || &child != &expr->children.back();
      const Lowered part = lower(child);
      others_follow_ = outer;
      if (!part.supported) return unsupported(expr);
      exact = exact && part.exact();
      parts.push_back(part.pushed);
    }
    return {filter::disjunction(std::move(parts)), exact ? filter::match_all() : expr};
  }

  // What stands before it in its conjunction lets more through than it should, so this would be asked about
  // records that it was not meant for; where they are too short for it, it would reject them, and the
  // alternatives behind would not be asked any more.
  Lowered unguarded(const FilterExpr& expr) {
    note({filter::print(expr), "what would keep short frames from it cannot be said exactly", {}});
    return unsupported(expr);
  }

  void note(LoweringNote added) {
    const auto same = [&](const LoweringNote& n) { return n.part == added.part && n.reason == added.reason; };
    if (std::none_of(notes_.begin(), notes_.end(), same)) notes_.push_back(std::move(added));
  }

  const Dialect& dialect_;
  const DialectContext& context_;
  std::vector<LoweringNote> notes_;
  bool loosened_ = false;       // a conjunct before this one lets more through than it should
  bool others_follow_ = false;  // an alternative behind this one may accept the record
};

LoweredFilter nothing_pushed(const FilterExpr& wanted, std::string reason) {
  LoweredFilter result;
  result.wanted = wanted;
  result.reading = filter::capture_reading(wanted);
  result.residual = wanted;
  if (!filter::is_match_all(wanted)) result.notes.push_back({{}, std::move(reason), {}});
  return result;
}

LoweredFilter legalize_boolean(const FilterExpr& wanted, const Dialect& dialect,
                               const DialectContext& context) {
  BooleanLegalizer legalizer(dialect, context);
  LoweredFilter result;
  result.wanted = wanted;
  result.reading = filter::capture_reading(wanted);
  const Lowered lowered = legalizer.lower(wanted);
  result.residual = lowered.residual;
  result.notes = legalizer.take_notes();
  if (filter::is_match_all(lowered.pushed)) return result;
  Dialect::Fitted fitted = dialect.fit(lowered.pushed, context);
  result.pushed = std::move(fitted.pushed);
  if (!fitted.exact) result.residual = wanted;
  result.notes.insert(result.notes.end(), fitted.notes.begin(), fitted.notes.end());
  if (!filter::is_match_all(result.pushed))
    result.native_words =
        fitted.words.empty() ? dialect.words(result.pushed, context) : std::move(fitted.words);
  return result;
}

}  // namespace

LoweredFilter legalize(const FilterExpr& wanted, const Dialect& dialect, const DialectContext& context) {
  if (context.spec.push == Push::none) return nothing_pushed(wanted, "nothing is pushed, as asked");
  if (filter::is_match_all(wanted)) return nothing_pushed(wanted, {});
  switch (dialect.shape()) {
    case Shape::boolean:
      return legalize_boolean(wanted, dialect, context);
    case Shape::keyed:
      return legalize_keyed(wanted, dialect, context);
    case Shape::alternatives:
    case Shape::none:
      break;
  }
  return nothing_pushed(wanted, "the tool has no filter that anchoko uses");
}

}  // namespace anchoko::plan
