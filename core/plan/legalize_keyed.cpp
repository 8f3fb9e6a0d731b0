#include "core/plan/legalize_keyed.h"

#include <algorithm>
#include <utility>

#include "core/filter/printer.h"
#include "core/plan/box_algebra.h"

namespace anchoko::plan {
namespace {

using filter::FilterExpr;
using filter::NodeKind;

// What one lowering came to under one set of assumptions.
struct Lowering {
  std::optional<Box> box;  // nothing: no frame can pass
  bool exact = false;
  std::vector<std::string> words;
  std::vector<LoweringNote> notes;

  bool same_result(const Lowering& other) const {
    return box == other.box && exact == other.exact && words == other.words;
  }
};

// Walks the expression, pushing negations down to the primitives on the way.
class Walk {
 public:
  Walk(const Dialect& dialect, const DialectContext& context)
      : dialect_(dialect), context_(context), algebra_(dialect, context) {}

  Lowering lower(const FilterExpr& wanted) {
    const Parts parts = node(wanted, false);
    Lowering result;
    if (parts.empty()) return result;
    const Part whole = algebra_.enclose(parts);
    result.box = whole.box;
    result.exact = whole.wider.empty();
    result.words = dialect_.box_words(whole.box, context_);
    result.notes = algebra_.notes(whole.wider);
    return result;
  }

 private:
  Parts node(const FilterExpr& expr, bool negated) {
    switch (expr->kind) {
      case NodeKind::all:
        return negated ? Parts{} : everything();
      case NodeKind::none:
        return negated ? everything() : Parts{};
      case NodeKind::primitive:
        return leaf(expr->primitive, negated);
      case NodeKind::negation:
        return node(expr->children[0], !negated);
      case NodeKind::conjunction:
        return several(expr->children, negated, !negated);
      case NodeKind::disjunction:
        return several(expr->children, negated, negated);
    }
    return everything();
  }

  Parts several(const std::vector<FilterExpr>& children, bool negated, bool intersect) {
    Parts result = node(children.front(), negated);
    for (std::size_t i = 1; i < children.size(); ++i) {
      Parts next = node(children[i], negated);
      if (intersect) {
        result = algebra_.multiply(result, next);
      } else {
        for (Part& part : next) algebra_.add(result, std::move(part));
      }
    }
    return result;
  }

  Parts leaf(const filter::Primitive& primitive, bool negated) {
    KeyedVerdict verdict = dialect_.boxes(primitive, negated, context_);
    const std::string text = (negated ? "not " : "") + filter::print(primitive);
    Parts result;
    for (KeyedBox& box : verdict.boxes) {
      Part part{std::move(box.box), {}};
      for (LoweringNote& note : box.wider) {
        note.part = text;
        part.wider.insert(algebra_.place(note));
      }
      algebra_.add(result, std::move(part));
    }
    return result;
  }

  static Parts everything() { return {Part{}}; }

  const Dialect& dialect_;
  const DialectContext& context_;
  BoxAlgebra algebra_;
};

Lowering lower_assuming(const FilterExpr& wanted, const Dialect& dialect, const DialectContext& context,
                        const std::set<std::string>& facts) {
  SessionSpec spec = context.spec;
  spec.assume.insert(spec.assume.end(), facts.begin(), facts.end());
  const DialectContext assuming{spec, context.facts};
  return Walk(dialect, assuming).lower(wanted);
}

// Keeps of the notes on open facts those whose assumption would change the result. Facts may help only
// together (one alternative needs this, another that), so each is judged by what is lost when it alone is not
// assumed.
std::vector<LoweringNote> relevant_notes(const FilterExpr& wanted, const Dialect& dialect,
                                         const DialectContext& context, const Lowering& safe) {
  std::vector<LoweringNote> open;
  std::set<std::string> facts;
  const auto gather = [&](const std::vector<LoweringNote>& notes) {
    bool more = false;
    for (const LoweringNote& note : notes) {
      if (note.assume.empty()) continue;
      more = facts.insert(note.assume).second || more;
      const auto same = [&](const LoweringNote& o) {
        return o.reason == note.reason && o.assume == note.assume;
      };
      if (std::ranges::none_of(open, same)) open.push_back(note);
    }
    return more;
  };
  Lowering best = safe;
  while (gather(best.notes)) best = lower_assuming(wanted, dialect, context, facts);

  std::vector<LoweringNote> result;
  for (const LoweringNote& note : safe.notes) {
    if (note.assume.empty()) result.push_back(note);
  }
  if (best.same_result(safe)) return result;
  std::set<std::string> helpful = facts;
  for (const std::string& fact : facts) {
    std::set<std::string> fewer = helpful;
    fewer.erase(fact);
    if (lower_assuming(wanted, dialect, context, fewer).same_result(best)) helpful = std::move(fewer);
  }
  for (const LoweringNote& note : open) {
    if (helpful.contains(note.assume)) result.push_back(note);
  }
  return result;
}

}  // namespace

LoweredFilter legalize_keyed(const FilterExpr& wanted, const Dialect& dialect,
                             const DialectContext& context) {
  LoweredFilter result;
  result.wanted = wanted;
  result.reading = filter::capture_reading(wanted);
  if (filter::is_match_all(wanted)) return result;
  result.residual = wanted;
  if (context.spec.push == Push::none) {
    result.notes.push_back({{}, "nothing is pushed, as asked", {}});
    return result;
  }
  const Lowering safe = Walk(dialect, context).lower(wanted);
  if (!safe.box) {
    result.notes.push_back({{}, "no packet can match this filter: its parts contradict each other", {}});
    return result;
  }
  result.notes = relevant_notes(wanted, dialect, context, safe);
  if (safe.box->empty()) {
    result.notes.push_back({{}, "nothing of this filter can be pushed: the tool captures everything", {}});
    return result;
  }
  result.native_words = safe.words;
  result.pushed = dialect.as_filter(*safe.box);
  if (safe.exact) result.residual = filter::match_all();
  for (LoweringNote& axiom : dialect.axioms()) result.notes.push_back(std::move(axiom));
  return result;
}

}  // namespace anchoko::plan
