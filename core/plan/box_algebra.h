// AND and OR over boxes of a keyed filter (core/backend/dialect.h). Every operation gives a superset of the
// exact result and remembers when it is a proper one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/backend/dialect.h"

namespace anchoko::plan {

// A box and why it is wider than the part of the filter it stands for: places in BoxAlgebra's notes. None:
// exact.
struct Part {
  Box box;
  std::set<std::size_t> wider;
};
using Parts = std::vector<Part>;  // their union

class BoxAlgebra {
 public:
  static constexpr std::size_t max_boxes = 256;

  BoxAlgebra(const Dialect& dialect, const DialectContext& context) : dialect_(dialect), context_(context) {}

  // A place for a reason; the same for the same reason. Many parts of the filter with one reason share a last
  // place.
  std::size_t place(const LoweringNote& note);

  // Adds to a union; boxes that are covered vanish, two that differ in a single key are merged.
  void add(Parts& parts, Part part);
  // Intersects two unions; contradictory pairs vanish.
  Parts multiply(const Parts& left, const Parts& right);

  // The tightest single box over a union (not empty) that the tool can say. Wider: the reasons of every part,
  // and those of joining them; none when it is exactly the union.
  Part enclose(const Parts& parts);

  // The notes of some places, parts with the same reason named in one.
  std::vector<LoweringNote> notes(const std::set<std::size_t>& places) const;

 private:
  enum class Header { always, never, sometimes };  // whether the frames of a box have the header of a key

  const KeyTraits& traits(const std::string& key);
  Header header(const Box& box, const KeyTraits& traits) const;
  std::optional<KeySet> constraint(const Box& box, const std::string& key);
  bool covers(const Box& outer, const Box& inner);
  std::optional<Part> meet(const Part& left, const Part& right);
  bool constrain(Part& part, const std::string& key, const KeySet& set);
  bool constrain_one_of_many(Part& part, const std::string& key, const KeySet& set);
  bool restrict_to_other_frames(Box& box, const KeyTraits& traits) const;
  void tidy(Part& part);
  std::optional<std::string> single_difference(const Box& left, const Box& right) const;
  std::optional<KeySet> join_key(const std::string& key, const std::vector<const Box*>& boxes,
                                 std::set<std::size_t>& wider);
  Box join(const std::vector<const Box*>& boxes, std::set<std::size_t>& wider);
  std::size_t join_cost(const Box& left, const Box& right);
  void reduce(Parts& parts, std::size_t limit);
  bool is_union(const Box& box, const Parts& parts);
  std::size_t widening(const std::string& reason, const std::string& fact = {}) {
    return place(LoweringNote{{}, reason, fact});
  }

  const Dialect& dialect_;
  const DialectContext& context_;
  std::map<std::string, KeyTraits> traits_;
  std::vector<LoweringNote> notes_;
  std::size_t work_ = 0;  // pairs of boxes looked at: bounds what a hostile filter can cost
};

}  // namespace anchoko::plan
