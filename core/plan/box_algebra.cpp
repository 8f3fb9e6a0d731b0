#include "core/plan/box_algebra.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace anchoko::plan {
namespace {

using Values = std::set<std::string>;

constexpr std::size_t max_work = 8'000'000;
constexpr std::size_t early_value_limit =
    512;  // larger sets are given up before the end; far above any max_values

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
  const KeySet left = types == nullptr ? others : intersection(*types, others);
  if (is_nothing(left)) return false;
  box[frame_key] = left;
  return true;
}

// Either end in one set and either end in another. Where no value is in both sets, one end lies in each, so
// both ends lie among all the values; where one is, that end satisfies both and says nothing of the other.
bool BoxAlgebra::constrain_either(Box& box, const std::string& key, const KeySet& set) {
  const KeyTraits facts = traits(key);
  const KeySet own = box.at(key);
  widened_ = true;
  if (!facts.source_key.empty() && !own.negated && !set.negated && both(own.values, set.values).empty()) {
    const KeySet ends{either(own.values, set.values), false};
    box.erase(key);
    return constrain(box, facts.source_key, ends) && constrain(box, facts.destination_key, ends);
  }
  const bool keep_own = own.negated == set.negated ? own.values.size() <= set.values.size() : !own.negated;
  if (!keep_own) box[key] = set;
  note("of two sets for " + key + " under `and` the tool takes one");
  return true;
}

// ANDs one key to a box. False: no frame is left.
bool BoxAlgebra::constrain(Box& box, const std::string& key, const KeySet& set) {
  const auto found = box.find(key);
  if (found == box.end()) {
    if (!is_everything(set)) box.emplace(key, set);
    return true;
  }
  const KeyTraits& facts = traits(key);
  if (facts.either_end || !facts.single_valued) {
    if (is_subset(found->second, set)) return true;
    if (is_subset(set, found->second)) {
      found->second = set;
      return true;
    }
    return constrain_either(box, key, set);
  }
  KeySet left = intersection(found->second, set);
  if (is_nothing(left)) {
    box.erase(found);
    return key != dialect_.frame_key() && restrict_to_other_frames(box, facts);
  }
  found->second = std::move(left);
  return true;
}

std::optional<Box> BoxAlgebra::meet(const Box& left, const Box& right) {
  Box result = left;
  const std::string frame_key = dialect_.frame_key();
  if (const KeySet* types = find(right, frame_key)) {
    if (!constrain(result, frame_key, *types)) return std::nullopt;
  }
  for (const auto& [key, set] : right) {
    if (key != frame_key && !constrain(result, key, set)) return std::nullopt;
  }
  tidy(result);
  return result;
}

void BoxAlgebra::tidy(Box& box) {
  for (auto entry = box.begin(); entry != box.end();) {
    const bool too_large = entry->second.values.size() > early_value_limit;
    const bool says_nothing =
        is_everything(entry->second) || header(box, traits(entry->first)) == Header::never;
    if (too_large && !says_nothing) {
      widened_ = true;
      note(entry->first + " is left out: more values than the tool takes");
    }
    entry = too_large || says_nothing ? box.erase(entry) : std::next(entry);
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

void BoxAlgebra::add(Boxes& boxes, Box box) {
  tidy(box);
  for (std::size_t i = 0; i < boxes.size();) {
    ++work_;
    if (covers(boxes[i], box)) return;
    const auto difference = single_difference(boxes[i], box);
    const bool covered = !difference && covers(box, boxes[i]);
    if (!difference && !covered) {
      ++i;
      continue;
    }
    if (difference) {
      KeySet united = unite(boxes[i].at(*difference), box.at(*difference));
      box.at(*difference) = std::move(united);
      tidy(box);
    }
    boxes.erase(boxes.begin() + static_cast<std::ptrdiff_t>(i));
    i = 0;  // what it has become may merge with those already passed
  }
  boxes.push_back(std::move(box));
  if (work_ > max_work) {
    reduce(boxes, 1);
  } else if (boxes.size() > 2 * max_boxes) {
    reduce(boxes, max_boxes);
  }
}

Boxes BoxAlgebra::multiply(const Boxes& left, const Boxes& right) {
  Boxes result;
  for (const Box& a : left) {
    for (const Box& b : right) {
      ++work_;
      if (auto box = meet(a, b)) add(result, std::move(*box));
    }
  }
  if (result.size() > max_boxes) reduce(result, max_boxes);
  return result;
}

std::size_t BoxAlgebra::join_cost(const Box& left, const Box& right) {
  constexpr std::size_t lost_key = 1000;
  const Box joined = join({&left, &right}, false);
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
void BoxAlgebra::reduce(Boxes& boxes, std::size_t limit) {
  if (boxes.size() <= limit) return;
  widened_ = true;
  note("the filter has too many alternatives: the most alike are joined");
  const auto less = [](const Box& a, const Box& b) {
    return std::ranges::lexicographical_compare(a, b, [](const auto& x, const auto& y) {
      if (x.first != y.first) return x.first < y.first;
      if (x.second.negated != y.second.negated) return y.second.negated;
      return x.second.values < y.second.values;
    });
  };
  std::ranges::sort(boxes, less);
  while (boxes.size() > limit) {
    std::vector<std::pair<std::size_t, std::size_t>> costs;  // cost, index of the left one
    for (std::size_t i = 0; i + 1 < boxes.size(); ++i)
      costs.emplace_back(join_cost(boxes[i], boxes[i + 1]), i);
    std::ranges::sort(costs);
    std::vector<bool> gone(boxes.size(), false);
    std::vector<bool> used(boxes.size(), false);
    std::size_t left = boxes.size();
    for (const auto& [cost, i] : costs) {
      if (left <= limit) break;
      if (used[i] || used[i + 1]) continue;
      boxes[i] = join({&boxes[i], &boxes[i + 1]}, false);
      used[i] = used[i + 1] = gone[i + 1] = true;
      --left;
    }
    Boxes kept;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      if (!gone[i]) kept.push_back(std::move(boxes[i]));
    }
    boxes = std::move(kept);
  }
}

// What one key may say over several boxes; nothing: it must stay open.
std::optional<KeySet> BoxAlgebra::join_key(const std::string& key, const std::vector<const Box*>& boxes,
                                           bool with_notes) {
  const KeyTraits& facts = traits(key);
  KeySet joined;
  bool meets_other_frames = false;
  for (const Box* box : boxes) {
    const Header has_header = header(*box, facts);
    meets_other_frames = meets_other_frames || has_header != Header::always;
    if (has_header == Header::never) continue;
    const auto set = constraint(*box, key);
    if (!set) {
      if (with_notes && key != dialect_.frame_key()) {
        note(key +
             " is left open: a part of the filter does not limit it, and the tool has one set for each key");
      }
      return std::nullopt;
    }
    joined = unite(joined, *set);
  }
  if (is_everything(joined) || is_nothing(joined)) return std::nullopt;
  const bool passes = joined.negated ? facts.passes_when_negated : facts.passes_other_frames;
  if (meets_other_frames && !passes) {
    if (with_notes) {
      note(key +
               " is left open: the filter also wants frames without that header, and the tool may not pass "
               "them",
           facts.passing_fact);
    }
    return std::nullopt;
  }
  return joined;
}

Box BoxAlgebra::join(const std::vector<const Box*>& boxes, bool with_notes) {
  std::set<std::string> keys;
  for (const Box* box : boxes) {
    for (const auto& [key, set] : *box) {
      keys.insert(key);
      if (const std::string& parent = traits(key).either_key; !parent.empty()) keys.insert(parent);
    }
  }
  Box result;
  for (const std::string& key : keys) {
    if (auto set = join_key(key, boxes, with_notes)) result.emplace(key, std::move(*set));
  }
  for (const std::string& key :
       keys) {  // an end in a set is said already where the source or destination is in it
    const KeyTraits& facts = traits(key);
    const KeySet* own = find(result, key);
    if (own == nullptr || !facts.either_end) continue;
    const auto says_it = [&](const KeySet* narrower) {
      return narrower != nullptr && !narrower->negated && is_subset(*narrower, *own);
    };
    if (says_it(find(result, facts.source_key)) || says_it(find(result, facts.destination_key)))
      result.erase(key);
  }
  return result;
}

Box BoxAlgebra::enclose(const Boxes& boxes) {
  std::vector<const Box*> all;
  for (const Box& box : boxes) all.push_back(&box);
  Box result = join(all, true);
  for (auto entry = result.begin(); entry != result.end();) {
    const auto& [key, set] = *entry;
    const KeyTraits& facts = traits(key);
    const bool too_large = set.values.size() > facts.max_values;
    const bool unsayable = set.negated && !facts.negatable;
    if (too_large) {
      note(key + " is left out: " + std::to_string(set.values.size()) + " values, the tool takes " +
           std::to_string(facts.max_values));
    } else if (unsayable) {
      note(key + " is left out: what \"everything but\" means there is not certain", facts.negating_fact);
    }
    entry = too_large || unsayable ? result.erase(entry) : std::next(entry);
  }
  return result;
}

bool BoxAlgebra::is_union(const Box& box, const Boxes& boxes) {
  if (std::ranges::any_of(boxes, [&](const Box& part) { return covers(part, box); })) return true;
  const KeySet* types = find(box, dialect_.frame_key());
  if (types == nullptr || types->negated) return false;
  // Ethertype by ethertype: each must lie in one of the boxes.
  return std::ranges::all_of(types->values, [&](const std::string& type) {
    Box part = box;
    part[dialect_.frame_key()] = KeySet{{type}, false};
    return std::ranges::any_of(boxes, [&](const Box& other) { return covers(other, part); });
  });
}

void BoxAlgebra::note(const std::string& reason, const std::string& fact) {
  const auto same = [&](const LoweringNote& other) { return other.reason == reason && other.assume == fact; };
  if (std::ranges::none_of(notes_, same)) notes_.push_back({{}, reason, fact});
}

}  // namespace anchoko::plan
