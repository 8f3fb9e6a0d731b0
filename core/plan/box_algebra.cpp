#include "core/plan/box_algebra.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace anchoko::plan {
namespace {

using Values = std::set<std::string>;

constexpr std::size_t max_work = 8'000'000;
constexpr std::size_t early_value_limit = 512;  // far above any max_values: given up before the end
constexpr std::size_t parts_per_reason = 6;     // more are not named in notes

bool is_everything(const KeySet& set) {
  return set.negated && set.values.empty();
}
bool is_nothing(const KeySet& set) {
  return !set.negated && set.values.empty();
}

Values both(const Values& left, const Values& right) {
  Values result;
  std::ranges::set_intersection(left, right, std::inserter(result, result.end()));
  return result;
}

Values either(const Values& left, const Values& right) {
  Values result = left;
  result.insert(right.begin(), right.end());
  return result;
}

Values without(const Values& left, const Values& right) {
  Values result;
  std::ranges::set_difference(left, right, std::inserter(result, result.end()));
  return result;
}

KeySet intersection(const KeySet& left, const KeySet& right) {
  if (left.negated && right.negated) return {either(left.values, right.values), true};
  if (left.negated) return {without(right.values, left.values), false};
  if (right.negated) return {without(left.values, right.values), false};
  return {both(left.values, right.values), false};
}

KeySet unite(const KeySet& left, const KeySet& right) {
  if (left.negated && right.negated) return {both(left.values, right.values), true};
  if (left.negated) return {without(left.values, right.values), true};
  if (right.negated) return {without(right.values, left.values), true};
  return {either(left.values, right.values), false};
}

bool is_subset(const KeySet& inner, const KeySet& outer) {
  if (inner.negated) return outer.negated && std::ranges::includes(inner.values, outer.values);
  if (outer.negated) return both(inner.values, outer.values).empty();
  return std::ranges::includes(outer.values, inner.values);
}

const KeySet* find(const Box& box, const std::string& key) {
  if (key.empty()) return nullptr;
  const auto found = box.find(key);
  return found == box.end() ? nullptr : &found->second;
}

}  // namespace

std::size_t BoxAlgebra::place(const LoweringNote& note) {
  std::size_t same_reason = 0;
  for (std::size_t i = 0; i < notes_.size(); ++i) {
    if (notes_[i].reason != note.reason || notes_[i].assume != note.assume) continue;
    if (notes_[i].part == note.part) return i;
    if (++same_reason >= parts_per_reason) return i;
  }
  notes_.push_back(note);
  if (same_reason + 1 == parts_per_reason) notes_.back().part = "…";
  return notes_.size() - 1;
}

std::vector<LoweringNote> BoxAlgebra::notes(const std::set<std::size_t>& places) const {
  std::vector<LoweringNote> result;
  for (const std::size_t at : places) {
    const LoweringNote& note = notes_[at];
    const auto same = std::ranges::find_if(result, [&](const LoweringNote& other) {
      return other.reason == note.reason && other.assume == note.assume;
    });
    if (same == result.end()) {
      result.push_back(note);
    } else if (!note.part.empty()) {
      same->part += (same->part.empty() ? "" : ", ") + note.part;
    }
  }
  return result;
}

const KeyTraits& BoxAlgebra::traits(const std::string& key) {
  const auto found = traits_.find(key);
  if (found != traits_.end()) return found->second;
  return traits_.emplace(key, dialect_.traits(key, context_)).first->second;
}

BoxAlgebra::Header BoxAlgebra::header(const Box& box, const KeyTraits& traits) const {
  const std::string frame_key = dialect_.frame_key();
  if (frame_key.empty() || traits.frame_types.empty()) return Header::always;
  const KeySet* types = find(box, frame_key);
  if (types == nullptr) return Header::sometimes;
  const KeySet having{traits.frame_types, false};
  if (is_subset(*types, having)) return Header::always;
  return is_nothing(intersection(*types, having)) ? Header::never : Header::sometimes;
}

// What a box says of a key, directly or through a narrower key: a source in a set is an end in that set.
std::optional<KeySet> BoxAlgebra::constraint(const Box& box, const std::string& key) {
  if (const KeySet* own = find(box, key)) return *own;
  const KeyTraits& facts = traits(key);
  if (!facts.either_end) return std::nullopt;
  const KeySet* source = find(box, facts.source_key);
  const KeySet* destination = find(box, facts.destination_key);
  if (source != nullptr && source->negated) source = nullptr;
  if (destination != nullptr && destination->negated) destination = nullptr;
  if (source == nullptr && destination == nullptr) return std::nullopt;
  if (source == nullptr) return *destination;
  if (destination == nullptr) return *source;
  return source->values.size() <= destination->values.size() ? *source : *destination;
}

bool BoxAlgebra::covers(const Box& outer, const Box& inner) {
  return std::ranges::all_of(outer, [&](const auto& entry) {
    const auto& [key, set] = entry;
    if (header(inner, traits(key)) == Header::never) return true;
    const auto inner_set = constraint(inner, key);
    return inner_set && is_subset(*inner_set, set);
  });
}

// Takes away the frames that have the header. False: none is left.
bool BoxAlgebra::restrict_to_other_frames(Box& box, const KeyTraits& traits) const {
  const std::string frame_key = dialect_.frame_key();
  if (frame_key.empty() || traits.frame_types.empty()) return false;
  const KeySet* types = find(box, frame_key);
  const KeySet others{traits.frame_types, true};
  KeySet left = types == nullptr ? others : intersection(*types, others);
  if (is_nothing(left)) return false;
  box[frame_key] = std::move(left);
  return true;
}

// A key of which a frame has several values (an address at either end): one of them in each set. Where no
// value is in both sets, one end lies in each, so both ends lie among all the values; where one is, that end
// satisfies both and says nothing of the other.
bool BoxAlgebra::constrain_one_of_many(Part& part, const std::string& key, const KeySet& set) {
  const KeyTraits facts = traits(key);
  const KeySet own = part.box.at(key);
  if (is_subset(own, set)) return true;
  if (is_subset(set, own)) {
    part.box[key] = set;
    return true;
  }
  if (facts.either_end && !facts.source_key.empty() && !own.negated && !set.negated &&
      both(own.values, set.values).empty()) {
    part.wider.insert(widening("two sets for " + key + " under `and` become sets for both ends"));
    const KeySet ends{either(own.values, set.values), false};
    part.box.erase(key);
    return constrain(part, facts.source_key, ends) && constrain(part, facts.destination_key, ends);
  }
  part.wider.insert(widening("of two sets for " + key + " under `and` the tool takes one"));
  const bool keep_own = own.negated == set.negated ? own.values.size() <= set.values.size() : !own.negated;
  if (!keep_own) part.box[key] = set;
  return true;
}

// ANDs one key to a box. False: no frame is left.
bool BoxAlgebra::constrain(Part& part, const std::string& key, const KeySet& set) {
  const auto found = part.box.find(key);
  if (found == part.box.end()) {
    if (!is_everything(set)) part.box.emplace(key, set);
    return true;
  }
  const KeyTraits& facts = traits(key);
  if (facts.either_end || !facts.single_valued) return constrain_one_of_many(part, key, set);
  KeySet left = intersection(found->second, set);
  if (is_nothing(left)) {
    part.box.erase(found);
    return key != dialect_.frame_key() && restrict_to_other_frames(part.box, facts);
  }
  found->second = std::move(left);
  return true;
}

std::optional<Part> BoxAlgebra::meet(const Part& left, const Part& right) {
  Part result = left;
  result.wider.insert(right.wider.begin(), right.wider.end());
  const std::string frame_key = dialect_.frame_key();
  if (const KeySet* types = find(right.box, frame_key)) {
    if (!constrain(result, frame_key, *types)) return std::nullopt;
  }
  for (const auto& [key, set] : right.box) {
    if (key != frame_key && !constrain(result, key, set)) return std::nullopt;
  }
  tidy(result);
  return result;
}

void BoxAlgebra::tidy(Part& part) {
  for (auto entry = part.box.begin(); entry != part.box.end();) {
    const auto& [key, set] = *entry;
    const bool too_large = set.values.size() > early_value_limit;
    const bool says_nothing = is_everything(set) || header(part.box, traits(key)) == Header::never;
    if (too_large && !says_nothing) {
      part.wider.insert(widening(key + " is left out: more values than the tool takes"));
    }
    entry = too_large || says_nothing ? part.box.erase(entry) : std::next(entry);
  }
}

// The one key in which two boxes of the same keys differ.
std::optional<std::string> BoxAlgebra::single_difference(const Box& left, const Box& right) const {
  if (left.size() != right.size()) return std::nullopt;
  std::optional<std::string> result;
  for (auto a = left.begin(), b = right.begin(); a != left.end(); ++a, ++b) {
    if (a->first != b->first) return std::nullopt;
    if (a->second == b->second) continue;
    if (result) return std::nullopt;
    result = a->first;
  }
  return result;
}

void BoxAlgebra::add(Parts& parts, Part part) {
  tidy(part);
  for (std::size_t i = 0; i < parts.size();) {
    Part& other = parts[i];
    ++work_;
    if (covers(other.box, part.box)) return;
    const auto difference = single_difference(other.box, part.box);
    if (!difference && !covers(part.box, other.box)) {
      ++i;
      continue;
    }
    if (difference) {
      part.box.at(*difference) = unite(other.box.at(*difference), part.box.at(*difference));
      part.wider.insert(other.wider.begin(), other.wider.end());
      tidy(part);
    }
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
    i = 0;  // what it has become may merge with those already passed
  }
  parts.push_back(std::move(part));
  if (work_ > max_work) {
    reduce(parts, 1);
  } else if (parts.size() > 2 * max_boxes) {
    reduce(parts, max_boxes);
  }
}

Parts BoxAlgebra::multiply(const Parts& left, const Parts& right) {
  Parts result;
  for (const Part& a : left) {
    for (const Part& b : right) {
      ++work_;
      if (auto part = meet(a, b)) add(result, std::move(*part));
    }
  }
  reduce(result, max_boxes);
  return result;
}

std::size_t BoxAlgebra::join_cost(const Box& left, const Box& right) {
  constexpr std::size_t lost_key = 1000;
  std::set<std::size_t> wider;
  const Box joined = join({&left, &right}, wider);
  std::size_t cost = 0;
  for (const Box* box : {&left, &right}) {
    for (const auto& [key, set] : *box) {
      const KeySet* kept = find(joined, key);
      if (kept == nullptr) {
        cost += lost_key;
      } else if (!(*kept == set)) {
        cost += 1 + kept->values.size();
      }
    }
  }
  return cost;
}

// Sorted, boxes with much in common are neighbours; the cheapest pairs of neighbours are joined.
void BoxAlgebra::reduce(Parts& parts, std::size_t limit) {
  if (parts.size() <= limit) return;
  const std::size_t reason = widening("the filter has too many alternatives: the most alike are joined");
  const auto less = [](const Part& a, const Part& b) {
    return std::ranges::lexicographical_compare(a.box, b.box, [](const auto& x, const auto& y) {
      if (x.first != y.first) return x.first < y.first;
      if (x.second.negated != y.second.negated) return y.second.negated;
      return x.second.values < y.second.values;
    });
  };
  std::ranges::sort(parts, less);
  while (parts.size() > limit) {
    std::vector<std::pair<std::size_t, std::size_t>> costs;  // cost, index of the left one
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      costs.emplace_back(join_cost(parts[i].box, parts[i + 1].box), i);
    }
    std::ranges::sort(costs);
    std::vector<bool> joined(parts.size(), false);
    std::vector<bool> gone(parts.size(), false);
    std::size_t left = parts.size();
    for (const auto& [cost, i] : costs) {
      if (left <= limit) break;
      if (joined[i] || joined[i + 1]) continue;
      Part& part = parts[i];
      std::set<std::size_t> wider;
      part.box = join({&part.box, &parts[i + 1].box}, wider);
      part.wider.insert(parts[i + 1].wider.begin(), parts[i + 1].wider.end());
      part.wider.insert(reason);
      joined[i] = joined[i + 1] = gone[i + 1] = true;
      --left;
    }
    Parts kept;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!gone[i]) kept.push_back(std::move(parts[i]));
    }
    parts = std::move(kept);
  }
}

// What one key may say over several boxes; nothing: it must stay open.
std::optional<KeySet> BoxAlgebra::join_key(const std::string& key, const std::vector<const Box*>& boxes,
                                           std::set<std::size_t>& wider) {
  const KeyTraits& facts = traits(key);
  KeySet joined;
  bool meets_other_frames = false;
  for (const Box* box : boxes) {
    const Header has_header = header(*box, facts);
    meets_other_frames = meets_other_frames || has_header != Header::always;
    if (has_header == Header::never) continue;
    const auto set = constraint(*box, key);
    if (!set) {
      wider.insert(
          widening(key + " is left open: a part of the filter does not limit it, and the tool has one set of "
                         "values for each key"));
      return std::nullopt;
    }
    joined = unite(joined, *set);
  }
  if (is_everything(joined) || is_nothing(joined)) return std::nullopt;
  const bool passes = joined.negated ? facts.passes_when_negated : facts.passes_other_frames;
  if (meets_other_frames && !passes) {
    wider.insert(widening(
        key + " is left open: the filter also wants frames without that header, which the tool may not "
              "pass then",
        facts.passing_fact));
    return std::nullopt;
  }
  return joined;
}

Box BoxAlgebra::join(const std::vector<const Box*>& boxes, std::set<std::size_t>& wider) {
  std::set<std::string> keys;
  for (const Box* box : boxes) {
    for (const auto& [key, set] : *box) {
      keys.insert(key);
      if (const std::string& parent = traits(key).either_key; !parent.empty()) keys.insert(parent);
    }
  }
  Box result;
  for (const std::string& key : keys) {
    if (auto set = join_key(key, boxes, wider)) result.emplace(key, std::move(*set));
  }
  for (const std::string& key :
       keys) {  // an end in a set is said already where the source or destination is in it
    const KeyTraits& facts = traits(key);
    const KeySet* own = find(result, key);
    if (own == nullptr || !facts.either_end) continue;
    const auto says_it = [&](const KeySet* narrower) {
      return narrower != nullptr && !narrower->negated && is_subset(*narrower, *own);
    };
    if (says_it(find(result, facts.source_key)) || says_it(find(result, facts.destination_key))) {
      result.erase(key);
    }
  }
  return result;
}

Part BoxAlgebra::enclose(const Parts& parts) {
  std::vector<const Box*> boxes;
  Part result;
  for (const Part& part : parts) {
    boxes.push_back(&part.box);
    result.wider.insert(part.wider.begin(), part.wider.end());
  }
  std::set<std::size_t> wider;
  result.box = join(boxes, wider);
  for (auto entry = result.box.begin(); entry != result.box.end();) {
    const auto& [key, set] = *entry;
    const KeyTraits& facts = traits(key);
    const bool too_large = set.values.size() > facts.max_values;
    const bool unsayable = set.negated && !facts.negatable;
    if (too_large) {
      wider.insert(widening(key + " is left out: more values than the tool takes"));
    } else if (unsayable) {
      wider.insert(widening(key + " is left out: what \"everything but\" passes there is not certain",
                            facts.negating_fact));
    }
    entry = too_large || unsayable ? result.box.erase(entry) : std::next(entry);
  }
  if (is_union(result.box, parts)) return result;
  if (wider.empty())
    wider.insert(widening("alternatives are joined: the tool has one set of values for each key"));
  result.wider.insert(wider.begin(), wider.end());
  return result;
}

// True when the box holds no frame beyond the union, as far as that is easily seen.
bool BoxAlgebra::is_union(const Box& box, const Parts& parts) {
  if (std::ranges::any_of(parts, [&](const Part& part) { return covers(part.box, box); })) return true;
  const KeySet* types = find(box, dialect_.frame_key());
  if (types == nullptr || types->negated) return false;
  // Ethertype by ethertype: each must lie in one of the boxes.
  return std::ranges::all_of(types->values, [&](const std::string& type) {
    Box frames = box;
    frames[dialect_.frame_key()] = KeySet{{type}, false};
    return std::ranges::any_of(parts, [&](const Part& part) { return covers(part.box, frames); });
  });
}

}  // namespace anchoko::plan
