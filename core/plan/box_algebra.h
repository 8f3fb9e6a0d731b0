// AND and OR over boxes of a keyed filter (core/backend/dialect.h). Every operation gives a superset of the
// exact result and remembers when it is a proper one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/backend/dialect.h"

namespace anchoko::plan {

using Boxes = std::vector<Box>;  // their union

class BoxAlgebra {
 public:
  static constexpr std::size_t max_boxes = 256;

  BoxAlgebra(const Dialect& dialect, const DialectContext& context) : dialect_(dialect), context_(context) {}

  // Adds a box to a union; boxes that it covers vanish, one that differs in a single key is merged with it.
  void add(Boxes& boxes, Box box);
  // Intersects two unions; contradictory pairs vanish.
  Boxes multiply(const Boxes& left, const Boxes& right);
  // The tightest single box over a union (not empty), in what the tool can say; notes tell what was left out.
  Box enclose(const Boxes& boxes);
  // True when the box holds no frame beyond the union.
  bool is_union(const Box& box, const Boxes& boxes);

  bool widened() const { return widened_; }
  const std::vector<LoweringNote>& notes() const { return notes_; }

 private:
  enum class Header { always, never, sometimes };  // whether the frames of a box have the header of a key

  const KeyTraits& traits(const std::string& key);
  Header header(const Box& box, const KeyTraits& traits) const;
  std::optional<KeySet> constraint(const Box& box, const std::string& key);
  bool covers(const Box& outer, const Box& inner);
  std::optional<Box> meet(const Box& left, const Box& right);
  bool constrain(Box& box, const std::string& key, const KeySet& set);
  bool constrain_either(Box& box, const std::string& key, const KeySet& set);
  bool restrict_to_other_frames(Box& box, const KeyTraits& traits) const;
  void tidy(Box& box);
  std::optional<std::string> single_difference(const Box& left, const Box& right) const;
  std::optional<KeySet> join_key(const std::string& key, const std::vector<const Box*>& boxes,
                                 bool with_notes);
  Box join(const std::vector<const Box*>& boxes, bool with_notes);
  std::size_t join_cost(const Box& left, const Box& right);
  void reduce(Boxes& boxes, std::size_t limit);
  void note(const std::string& reason, const std::string& fact = {});

  const Dialect& dialect_;
  const DialectContext& context_;
  std::map<std::string, KeyTraits> traits_;
  std::vector<LoweringNote> notes_;
  bool widened_ = false;
  std::size_t work_ = 0;  // pairs of boxes looked at: bounds what a hostile filter can cost
};

}  // namespace anchoko::plan
