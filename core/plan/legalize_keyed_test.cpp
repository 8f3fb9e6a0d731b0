// The algebra of keyed filters, on an invented tool: an ethertype, ports at either end that split into two
// keys, a key that only some frames have, and one of which a frame has several values. Expected words are
// derived by hand.
#include "core/plan/legalize_keyed.h"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "core/filter/parser.h"
#include "core/filter/printer.h"

namespace {

using namespace anchoko;
using filter::Direction;
using filter::PrimitiveKind;
using filter::Proto;

struct Tool {
  bool negatable = true;
  bool passes_other_frames = false;
  std::size_t max_values = 64;
};

class InventedDialect final : public Dialect {
 public:
  explicit InventedDialect(Tool tool) : tool_(tool) {}

  Shape shape() const override { return Shape::keyed; }
  std::string frame_key() const override { return "type"; }

  KeyedVerdict boxes(const filter::Primitive& p, bool negated, const DialectContext&) const override {
    const std::string number = std::to_string(p.kind == PrimitiveKind::port ? p.low : p.number);
    const KeySet set{{number}, negated};
    if (p.kind == PrimitiveKind::port) {
      if (p.direction == Direction::src) return {{{{{"from", set}}, {}}}};
      if (p.direction == Direction::dst) return {{{{{"to", set}}, {}}}};
      if (negated) return {{{{{"from", set}, {"to", set}}, {}}}};
      return {{{{{"end", set}}, {}}}};
    }
    if (p.kind == PrimitiveKind::proto && p.proto == Proto::ether) return {{{{{"type", set}}, {}}}};
    // Frames of types 2000 and 3000, of which only 2000 has the header.
    if (p.kind == PrimitiveKind::proto && p.proto == Proto::ip && !negated) {
      return {{{{{"type", {{"2000", "3000"}, false}}, {"some", set}}, {}}}};
    }
    if (p.kind == PrimitiveKind::proto && p.proto == Proto::none && !negated)
      return {{{{{"many", set}}, {}}}};
    return {{{{}, {{{}, "not in this tool", "invented-fact"}}}}};
  }

  KeyTraits traits(const std::string& key, const DialectContext&) const override {
    KeyTraits result;
    result.negatable = tool_.negatable;
    result.max_values = tool_.max_values;
    result.passes_other_frames = result.passes_when_negated = tool_.passes_other_frames;
    if (key == "end") {
      result.either_end = true;
      result.source_key = "from";
      result.destination_key = "to";
    }
    if (key == "from" || key == "to") result.either_key = "end";
    if (key == "some") result.frame_types = {"2000"};
    if (key == "many") result.single_valued = false;
    return result;
  }

  std::vector<std::string> box_words(const Box& box, const DialectContext&) const override {
    std::vector<std::string> result;
    for (const auto& [key, set] : box) {
      std::string word = key + (set.negated ? "!=" : "=");
      for (const auto& value : set.values) word += (value == *set.values.begin() ? "" : ",") + value;
      result.push_back(word);
    }
    return result;
  }

  filter::FilterExpr as_filter(const Box&) const override { return *filter::parse("ip"); }

 private:
  Tool tool_;
};

LoweredFilter lower(const std::string& text, Tool tool = {}, Push push = Push::safe) {
  SessionSpec spec;
  spec.push = push;
  auto parsed = filter::parse(text);
  REQUIRE_MESSAGE(parsed.has_value(), text);
  spec.filter = *parsed;
  const HostFacts facts;
  return plan::legalize_keyed(spec.filter, InventedDialect(tool), DialectContext{spec, facts});
}

std::string words(const LoweredFilter& lowered) {
  std::string result;
  for (const auto& word : lowered.native_words) result += (result.empty() ? "" : " ") + word;
  return result;
}

}  // namespace

TEST_CASE("keyed lowering: alternatives that differ in one key are one box, exactly") {
  const auto lowered = lower("src port 1 or src port 2");
  CHECK(words(lowered) == "from=1,2");
  CHECK(lowered.exact());
  CHECK(words(lower("(src port 1 and dst port 9) or (src port 2 and dst port 9)")) == "from=1,2 to=9");
  CHECK(lower("(src port 1 and dst port 9) or (src port 2 and dst port 9)").exact());
  CHECK(words(lower("src port 1 or (src port 1 and dst port 9)")) == "from=1");
  CHECK(lower("src port 1 or (src port 1 and dst port 9)").exact());
}

TEST_CASE("keyed lowering: alternatives that differ in more are joined, and stay residual") {
  const auto lowered = lower("(src port 1 and dst port 2) or (src port 3 and dst port 4)");
  CHECK(words(lowered) == "from=1,3 to=2,4");
  CHECK(filter::equal(lowered.residual, lowered.wanted));
  CHECK_FALSE(lowered.notes.empty());
  CHECK(words(lower("(src port 1 and dst port 2) or src port 3")) == "from=1,3");
  CHECK(words(lower("src port 1 or ether proto 4000")).empty());
}

TEST_CASE("keyed lowering: either end") {
  CHECK(words(lower("port 1 or port 2")) == "end=1,2");
  CHECK(lower("port 1 or port 2").exact());
  CHECK(words(lower("port 1 and port 2")) == "from=1,2 to=1,2");
  CHECK_FALSE(lower("port 1 and port 2").exact());
  // 2 may be one end and satisfy both sets: the other end is open.
  CHECK(words(lower("(port 1 or port 2) and (port 2 or port 3)")) == "end=1,2");
  CHECK(words(lower("port 1 and (port 1 or port 3)")) == "end=1");
  CHECK(lower("port 1 and (port 1 or port 3)").exact());
  CHECK(words(lower("src port 1 or dst port 2")) == "end=1,2");
  CHECK_FALSE(lower("src port 1 or dst port 2").exact());
  CHECK(words(lower("src port 1 or port 2")) == "end=1,2");
  CHECK(words(lower("port 1 and src port 1")) == "from=1");
  CHECK(lower("port 1 and src port 1").exact());
}

TEST_CASE("keyed lowering: contradictions vanish, where a frame has one value of the key") {
  CHECK(words(lower("(src port 1 and src port 2) or dst port 3")) == "to=3");
  CHECK(words(lower("proto 1 and proto 2")) == "many=1");
  const auto impossible = lower("src port 1 and src port 2");
  CHECK(words(impossible).empty());
  CHECK(filter::is_match_all(impossible.pushed));
  CHECK_FALSE(impossible.exact());
  REQUIRE(impossible.notes.size() == 1);
  CHECK(impossible.notes[0].reason.find("contradict") != std::string::npos);
}

TEST_CASE("keyed lowering: frames without the header have no value that could contradict") {
  // Of type 3000 nothing is said by the key: those frames are wanted by both.
  CHECK(words(lower("ip proto 1 and ip proto 2")) == "type=3000");
  CHECK(words(lower("ether proto 3000 and ip proto 1")) == "type=3000");
  CHECK(words(lower("ether proto 2000 and ip proto 1")) == "some=1 type=2000");
  CHECK(words(lower("ether proto 2000 and ip proto 1 and ip proto 2")).empty());
}

TEST_CASE("keyed lowering: a key is dropped where it might reject frames that lack the header") {
  CHECK(words(lower("ip proto 1")) == "type=2000,3000");
  CHECK(words(lower("ip proto 1", {.passes_other_frames = true})) == "some=1 type=2000,3000");
  CHECK(words(lower("ether proto 4000 or (ether proto 2000 and ip proto 1)")) == "type=2000,4000");
  const auto passes =
      lower("ether proto 4000 or (ether proto 2000 and ip proto 1)", {.passes_other_frames = true});
  CHECK(words(passes) == "some=1 type=2000,4000");
  CHECK(passes.exact());
}

TEST_CASE("keyed lowering: not") {
  CHECK(words(lower("not src port 1")) == "from!=1");
  CHECK(lower("not src port 1").exact());
  CHECK(words(lower("not (src port 1 or src port 2)")) == "from!=1,2");
  CHECK(words(lower("not port 1")) == "from!=1 to!=1");
  CHECK(words(lower("not (src port 1 and dst port 2)")).empty());
  CHECK(words(lower("(src port 1 or src port 2) and not src port 1")) == "from=2");
  CHECK(words(lower("not src port 1 or src port 1")).empty());
  CHECK(words(lower("not (not src port 1)")) == "from=1");
  const Tool without_not{.negatable = false};
  CHECK(words(lower("not src port 1", without_not)).empty());
  CHECK(filter::equal(lower("not src port 1", without_not).residual, lower("not src port 1").wanted));
  // What is left of a finite set needs no NOT.
  CHECK(words(lower("(src port 1 or src port 2) and not src port 1", without_not)) == "from=2");
  CHECK(words(lower("dst port 5 and not src port 1", without_not)) == "to=5");
}

TEST_CASE("keyed lowering: a set too large for the tool drops its key") {
  const Tool small{.max_values = 2};
  CHECK(words(lower("dst port 9 and (src port 1 or src port 2)", small)) == "from=1,2 to=9");
  CHECK(words(lower("dst port 9 and (src port 1 or src port 2 or src port 3)", small)) == "to=9");
  CHECK_FALSE(lower("dst port 9 and (src port 1 or src port 2 or src port 3)", small).exact());
}

TEST_CASE("keyed lowering: many alternatives are joined, in bounded time") {
  std::string text;
  std::string both_ends;
  for (int i = 1; i <= 900; ++i) {
    const std::string pair = "(src port " + std::to_string(i) + " and dst port " +
                             std::to_string(10000 + i % 40) + " and proto " + std::to_string(i % 7) + ")";
    text += (i == 1 ? "" : " or ") + pair;
    both_ends += (i == 1 ? "" : " and ") + std::string("not ") + pair;
  }
  const auto start = std::chrono::steady_clock::now();
  // Never narrower: every source that goes with this port stays.
  const std::string narrowed = words(lower("dst port 10007 and (" + text + ")", {.max_values = 1000}));
  CHECK(narrowed.find("to=10007") != std::string::npos);
  const bool has_sources = narrowed.find("from=") != std::string::npos;
  for (int i = 7; i <= 900; i += 40) {
    const std::string source = std::to_string(i);
    const bool listed = narrowed.find("=" + source + ",") != std::string::npos ||
                        narrowed.find("," + source + ",") != std::string::npos ||
                        narrowed.find("," + source + " ") != std::string::npos;
    CHECK(listed == has_sources);
  }
  const auto wide = lower(text, {.max_values = 1000});
  CHECK(words(wide).find("many=0,1,2,3,4,5,6") != std::string::npos);
  CHECK(words(wide).find("10039") != std::string::npos);
  CHECK_FALSE(wide.exact());
  lower(both_ends);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
}

TEST_CASE("keyed lowering: nothing to push") {
  CHECK(lower("").exact());
  CHECK(lower("").notes.empty());
  const auto asked = lower("src port 1", {}, Push::none);
  CHECK(asked.native_words.empty());
  CHECK(filter::equal(asked.residual, asked.wanted));
  const auto unsupported = lower("icmp");
  CHECK(unsupported.native_words.empty());
  REQUIRE_FALSE(unsupported.notes.empty());
  CHECK(unsupported.notes[0].reason !=
        "not in this tool");  // assuming its fact changes nothing: it is not offered
}
