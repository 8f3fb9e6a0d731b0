// What a native tool's filter can say. A dialect judges primitives and states its shape; core/plan/legalize
// does the algebra. A verdict of "wider" may never be narrower anywhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/filter/ast.h"
#include "core/filter/evaluate.h"
#include "core/model/host_facts.h"
#include "core/model/lowered_filter.h"
#include "core/model/session_spec.h"

namespace anchoko {

enum class Shape { boolean, keyed, alternatives, none };

enum class Legality { exact, inexact, unsupported };

struct Verdict {
  Legality legality = Legality::unsupported;
  filter::FilterExpr
      pushed;          // exact: null means the primitive itself; inexact: a wider filter the tool can say
  std::string reason;  // why it is not exact
  std::string assume;  // the open fact that would make it so
};

// What the dialect must know of the capture it is asked about.
struct DialectContext {
  const SessionSpec& spec;
  const HostFacts& facts;
  bool assumes(const std::string& fact) const;
};

// One key of a keyed filter holds a set of values; the values are the tool's words in canonical spelling.
struct KeySet {
  std::set<std::string> values;
  bool negated = false;  // everything but these
  bool operator==(const KeySet&) const = default;
};
// AND over its keys; frame_key() among them names the ethertypes whose frames the box is about. A frame lies
// in a box when each key whose header it has holds its value.
using Box = std::map<std::string, KeySet>;

// One alternative of a primitive; why it holds more than the primitive does in its frames. No reason: it is
// exact.
struct KeyedBox {
  Box box;
  std::vector<LoweringNote> wider;  // `part` is filled in by the legalizer
};
struct KeyedVerdict {
  std::vector<KeyedBox>
      boxes;  // their union is a superset of the primitive; empty: the primitive matches nothing
};

// Facts about a key that the algebra needs. A header belongs to frames of some ethertypes; a source and a
// destination key have the frame_types of their either_end key. Values are disjoint: no value of a key covers
// another.
struct KeyTraits {
  bool either_end = false;  // matches source or destination: two of them are never intersected
  std::string source_key;   // either_end: the pair of keys it splits into under AND; empty: none
  std::string destination_key;
  std::string either_key;  // of a source or destination key: the key that matches either end; empty: none
  bool passes_other_frames = false;   // frames without that header pass (netsh, documented)
  bool passes_when_negated = false;   // the same where the set is negated
  std::string passing_fact;           // the open fact that would make both true
  std::set<std::string> frame_types;  // the values of frame_key() whose frames have the header; empty: all
  std::size_t max_values = 64;        // more: the key is dropped
  bool single_valued = true;          // one frame has one value of it: an empty meet is a contradiction
  bool negatable = true;              // the tool can say "everything but these"
  std::string negating_fact;          // the open fact that would make it so
};

// What the manuals leave open, and a user may vouch for.
struct OpenFact {
  std::string name;     // "netsh-protocol-ipv6"
  std::string meaning;  // one sentence, true once it is assumed
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual Shape shape() const = 0;
  virtual std::vector<OpenFact> open_facts() const { return {}; }

  // boolean
  virtual Verdict judge(const filter::Primitive&, const DialectContext&) const { return {}; }
  // boolean: a last word on the whole pushed expression: wraps it, widens it, or gives it up (match_all).
  // `exact` is cleared when the result is wider than `pushed`.
  struct Fitted {
    filter::FilterExpr pushed;
    bool exact = true;
    std::vector<LoweringNote> notes;
    std::vector<std::string> words = {};  // of the whole, where the dialect does not leave them to words()
  };
  virtual Fitted fit(filter::FilterExpr pushed, const DialectContext&) const {
    return {std::move(pushed), true, {}};
  }
  // boolean: the native words of the pushed part; never called for match_all.
  virtual std::vector<std::string> words(const filter::FilterExpr&, const DialectContext&) const {
    return {};
  }

  // keyed
  virtual KeyedVerdict boxes(const filter::Primitive&, bool negated, const DialectContext&) const {
    (void)negated;
    return {{KeyedBox{{}, {{{}, "the tool cannot say it", {}}}}}};
  }
  virtual std::string frame_key() const { return {}; }  // the key that holds the ethertype
  virtual KeyTraits traits(const std::string& key, const DialectContext&) const {
    (void)key;
    return {};
  }
  // keyed: what is taken as given whenever something is pushed; noted with the result.
  virtual std::vector<LoweringNote> axioms() const { return {}; }
  // keyed: native words of the final box, and the same as a filter (a superset of what the tool lets pass).
  virtual std::vector<std::string> box_words(const Box&, const DialectContext&) const { return {}; }
  virtual filter::FilterExpr as_filter(const Box&) const { return filter::match_all(); }
};

}  // namespace anchoko
