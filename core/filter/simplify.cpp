// Follows every way through a program with what is known of the fields tested so far. A field that was loaded
// once can be loaded again, so a test of it may go when its outcome is known; what is only probable is never
// assumed.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/filter/mutant.h"
#include "core/filter/program.h"

namespace anchoko::filter {
namespace {

constexpr std::size_t most_tests = 4000;    // larger programs stay as they are
constexpr std::size_t deepest_way = 120;    // tests one after another: each is a level of recursion
constexpr std::size_t most_growth = 4;      // the result may repeat tests, within bounds
constexpr std::size_t most_fields = 64;     // fields kept track of: bits of a std::uint64_t
constexpr std::size_t most_exclusions = 6;  // per field

struct Exclusion {
  std::uint32_t mask;
  std::uint32_t value;
  auto operator<=>(const Exclusion&) const = default;
};

// What is known of a field that has been loaded.
struct Knowledge {
  std::uint32_t field = 0;
  std::uint32_t known = 0;  // these bits
  std::uint32_t value = 0;  // are these
  std::uint32_t low = 0;    // and the whole is within these
  std::uint32_t high = 0xffffffff;
  std::vector<Exclusion> exclusions;
  auto operator<=>(const Knowledge&) const = default;
};
using Facts = std::vector<Knowledge>;  // ordered by field

class TooLarge {};

std::uint32_t field_mask(const Test& t) {
  if (t.source == Test::Source::length) return 0xffffffff;
  if (t.source == Test::Source::direction) return 0xff;
  return width_mask(t.width);
}

// A test as "(field & mask) == value", perhaps the other way round.
struct Equality {
  std::uint32_t mask;
  std::uint32_t value;
  bool inverted;
};
std::optional<Equality> as_equality(const Test& t) {
  const std::uint32_t mask = t.mask & field_mask(t);
  if (t.compare == Test::Compare::equal) return Equality{mask, t.value, false};
  if (t.compare == Test::Compare::any_bit) return Equality{mask & t.value, 0, true};
  return std::nullopt;
}

std::optional<bool> decide(const Equality& e, const Knowledge& k) {
  if ((e.value & ~e.mask) != 0) return false;
  if ((k.known & e.mask & (k.value ^ e.value)) != 0) return false;
  if ((e.mask & ~k.known) == 0) return true;
  for (const auto& not_this : k.exclusions) {
    if ((not_this.mask & ~e.mask) == 0 && (e.value & not_this.mask) == not_this.value) return false;
  }
  return std::nullopt;
}

// The test looks at the whole field.
bool unmasked(const Test& t) {
  return (t.mask & field_mask(t)) == field_mask(t);
}

// A comparison by size as "field >= least"; nothing when no value is large enough.
std::optional<std::uint32_t> least_value(const Test& t) {
  if (t.compare == Test::Compare::greater_equal) return t.value;
  if (t.value == 0xffffffff) return std::nullopt;
  return t.value + 1;
}

std::optional<bool> decide(const Test& t, const Knowledge& k) {
  if (const auto e = as_equality(t)) {
    if (unmasked(t) && t.compare == Test::Compare::equal && (e->value < k.low || e->value > k.high))
      return false;
    const auto outcome = decide(*e, k);
    if (!outcome) return std::nullopt;
    return *outcome != e->inverted;
  }
  const std::uint32_t mask = t.mask & field_mask(t);
  if ((mask & ~k.known) == 0) {
    const std::uint32_t value = k.value & mask;
    return t.compare == Test::Compare::greater ? value > t.value : value >= t.value;
  }
  const auto least = least_value(t);
  if (!unmasked(t) || !least) return std::nullopt;
  if (k.low >= *least) return true;
  if (k.high < *least) return false;
  return std::nullopt;
}

void learn_size(const Test& t, bool outcome, Knowledge& k) {
  const auto least = least_value(t);
  if (!unmasked(t) || !least) return;
  if (outcome) {
    k.low = std::max(k.low, *least);
  } else if (*least > 0) {
    k.high = std::min(k.high, *least - (mutant(42) ? 2 : 1));
  }
}

void learn(const Test& t, bool outcome, Knowledge& k) {
  const auto e = as_equality(t);
  if (!e) return learn_size(t, outcome, k);
  if ((e->value & ~e->mask) != 0) return;
  if (outcome != e->inverted) {
    k.known |= e->mask;
    k.value = (k.value & ~e->mask) | e->value;
    return;
  }
  const bool single_bit = e->mask != 0 && (e->mask & (e->mask - 1)) == 0;
  if (single_bit) {
    k.known |= e->mask;
    k.value = (k.value & ~e->mask) | (e->value ^ e->mask);
    return;
  }
  const Exclusion added{e->mask, e->value};
  if (k.exclusions.size() >= most_exclusions) return;
  const auto at = std::lower_bound(k.exclusions.begin(), k.exclusions.end(), added);
  if (at == k.exclusions.end() || *at != added) k.exclusions.insert(at, added);
}

class Simplifier {
 public:
  explicit Simplifier(const Code& code) : code_(code) {
    number_fields();
    find_live_fields();
  }

  Code run() {
    Code result;
    result.entry = follow(code_.entry, {});
    result.tests = std::move(out_);
    result.steps = code_.steps;
    result.prelude = code_.prelude;
    return result;
  }

 private:
  static constexpr std::uint32_t untracked = 0xffffffff;

  void number_fields() {
    std::vector<const Test*>& seen = fields_;
    field_.assign(code_.tests.size(), untracked);
    for (std::size_t i = 0; i < code_.tests.size(); ++i) {
      const Test& t = code_.tests[i];
      if (t.source == Test::Source::arithmetic) continue;
      const auto found =
          std::find_if(seen.begin(), seen.end(), [&](const Test* other) { return other->same_field(t); });
      if (found != seen.end()) {
        field_[i] = static_cast<std::uint32_t>(found - seen.begin());
      } else if (seen.size() < most_fields) {
        field_[i] = static_cast<std::uint32_t>(seen.size());
        seen.push_back(&t);
      }
    }
  }

  std::uint64_t live(std::uint32_t test) const { return test >= verdict_reject ? 0 : live_[test]; }

  // The bytes of `inner` lie within those of `outer`.
  static bool contains(const Test& outer, const Test& inner) {
    const bool of_bytes = outer.source == Test::Source::bytes || outer.source == Test::Source::ipv4_payload;
    return of_bytes && outer.source == inner.source && outer.base == inner.base &&
           outer.header == inner.header && outer.width > inner.width && inner.offset >= outer.offset &&
           inner.offset + inner.width <= outer.offset + outer.width;
  }

  // What is known of a field because one that contains it is known.
  std::optional<Knowledge> from_wider(const Facts& facts, std::uint32_t field) const {
    const Test& inner = *fields_[field];
    for (const auto& k : facts) {
      const Test& outer = *fields_[k.field];
      if (!contains(outer, inner)) continue;
      const std::uint32_t shift = 8 * (outer.offset + outer.width - inner.offset - inner.width);
      Knowledge derived;
      derived.field = field;
      derived.known = k.known >> shift & field_mask(inner);
      derived.value = k.value >> shift & field_mask(inner);
      return derived;
    }
    return std::nullopt;
  }

  // Tests lead to tests of lower numbers only, because programs are built from their end.
  void find_live_fields() {
    live_.resize(code_.tests.size());
    for (std::size_t inner = 0; inner < fields_.size(); ++inner) {
      std::uint64_t bits = std::uint64_t{1} << inner;
      for (std::size_t outer = 0; outer < fields_.size(); ++outer) {
        if (contains(*fields_[outer], *fields_[inner])) bits |= std::uint64_t{1} << outer;
      }
      useful_.push_back(bits);
    }
    for (std::size_t i = 0; i < code_.tests.size(); ++i) {
      const Test& t = code_.tests[i];
      const std::uint64_t own = field_[i] == untracked ? 0 : useful_[field_[i]];
      live_[i] = own | live(t.on_true) | live(t.on_false);
    }
  }

  static Knowledge* find(Facts& facts, std::uint32_t field) {
    const auto at =
        std::find_if(facts.begin(), facts.end(), [&](const Knowledge& k) { return k.field == field; });
    return at == facts.end() ? nullptr : &*at;
  }

  static Facts learned(Facts facts, const Test& t, std::uint32_t field, bool outcome) {
    if (field == untracked) return facts;
    Knowledge* k = find(facts, field);
    if (k == nullptr) {
      Knowledge fresh;
      fresh.field = field;
      const auto at =
          std::find_if(facts.begin(), facts.end(), [&](const Knowledge& o) { return o.field > field; });
      k = &*facts.insert(at, fresh);
    }
    learn(t, outcome, *k);
    return facts;
  }

  std::uint32_t follow(std::uint32_t at, Facts facts) {
    const Knowledge* k = nullptr;
    std::optional<Knowledge> derived;
    while (at < verdict_reject) {
      k = field_[at] == untracked ? nullptr : find(facts, field_[at]);
      if (k == nullptr && field_[at] != untracked) {
        derived = from_wider(facts, field_[at]);
        if (derived) k = &*derived;
      }
      const auto outcome = k == nullptr ? std::nullopt : decide(code_.tests[at], *k);
      if (!outcome) break;
      at = *outcome ? code_.tests[at].on_true : code_.tests[at].on_false;
    }
    if (at >= verdict_reject) return at;
    const bool loaded_before = k != nullptr;
    std::erase_if(facts, [&](const Knowledge& one) { return (live(at) >> one.field & 1) == 0; });
    const auto key = std::make_pair(at, facts);
    if (const auto found = done_.find(key); found != done_.end()) return found->second;

    if (++depth_ > deepest_way) throw TooLarge{};
    Test test = code_.tests[at];
    const auto e = as_equality(test);
    const bool impossible = e && (e->value & ~e->mask) != 0;  // a value that the field cannot hold
    test.on_true = impossible && !e->inverted ? verdict_reject
                                              : follow(test.on_true, learned(facts, test, field_[at], true));
    test.on_false = follow(test.on_false, learned(facts, test, field_[at], false));
    if (impossible) test.on_true = test.on_false;
    std::uint32_t result = 0;
    const bool alike = test.on_true == test.on_false;
    // Nothing hangs on it: a load that fails would reject as well.
    if (alike && (loaded_before || mutant(41) || test.on_true == verdict_reject)) {
      result = test.on_true;
    } else {
      if (out_.size() > code_.tests.size() * most_growth + 256) throw TooLarge{};
      out_.push_back(test);
      result = static_cast<std::uint32_t>(out_.size() - 1);
    }
    --depth_;
    done_.emplace(key, result);
    return result;
  }

  const Code& code_;
  std::vector<std::uint32_t> field_;
  std::vector<const Test*> fields_;    // one test of each
  std::vector<std::uint64_t> useful_;  // for each field: the fields that tell of it
  std::vector<std::uint64_t> live_;
  std::vector<Test> out_;
  std::size_t depth_ = 0;
  std::map<std::pair<std::uint32_t, Facts>, std::uint32_t> done_;
};

}  // namespace

Code simplify(const Code& code) {
  if (code.tests.size() > most_tests) return code;
  try {
    return Simplifier(code).run();
  } catch (TooLarge&) {
    return code;
  }
}

}  // namespace anchoko::filter
