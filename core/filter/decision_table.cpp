#include "core/filter/decision_table.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "core/base/byte_cursor.h"
#include "core/filter/mutant.h"

namespace anchoko::filter {
namespace {

constexpr std::uint32_t unsure = 0xfffffffd;  // an end like verdict_accept and verdict_reject
constexpr std::size_t most_nodes = 100;
constexpr std::size_t farthest = 65536;

bool is_end(std::uint32_t at) {
  return at >= unsure;
}

// Is the big-endian number of `width` bytes, masked, within [low, high]? Or, with `width` 2 and low == high,
// the question of one lane.
struct Question {
  std::size_t offset = 0;
  std::uint32_t width = 2;
  std::uint32_t mask = 0;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  bool is_range() const { return low != high; }
  auto operator<=>(const Question&) const = default;
};

struct Node {
  Question question;
  std::uint32_t on_true = 0;
  std::uint32_t on_false = 0;
};

// What the program asks of records of one kind: a graph of questions.
class Graph {
 public:
  Graph() = default;
  // `kind`: the value of the two bytes at `kind_offset`; nothing: another one than those in `others`.
  Graph(const Code& code, std::size_t kind_offset, std::optional<std::uint32_t> kind,
        std::span<const std::uint32_t> others)
      : tests_(code.tests), kind_offset_(kind_offset), kind_(kind), others_(others) {
    root_ = add(code.entry);
    if (ipv4_header_ && !mutant(43)) root_ = equality(*ipv4_header_, 1, 15, 5, root_, unsure);
    join_ranges();
    list_questions(root_);
  }

  const std::vector<Question>& questions() const { return questions_; }
  std::size_t range_count() const {
    return static_cast<std::size_t>(
        std::count_if(questions_.begin(), questions_.end(), [](const Question& q) { return q.is_range(); }));
  }
  // Bytes within which all loads are, those too whose value does not matter.
  std::size_t extent() const { return extent_; }

  // For each combination of answers the end it leads to; bit_of[i]: the bit of questions()[i].
  std::vector<std::uint32_t> ends(std::size_t bits, const std::vector<std::size_t>& bit_of) const {
    std::vector<std::uint32_t> out(std::size_t{1} << bits);
    for (std::size_t answers = 0; answers < out.size(); ++answers) {
      std::uint32_t at = root_;
      while (!is_end(at)) {
        const bool yes = (answers >> bit_of[question_of_[at]] & 1) != 0;
        at = yes ? nodes_[at].on_true : nodes_[at].on_false;
      }
      out[answers] = at;
    }
    return out;
  }

 private:
  // The outcome, as far as the kind tells.
  std::optional<bool> known(const Test& t) const {
    if (t.source != Test::Source::bytes || t.base != Base::record || t.offset != kind_offset_ ||
        t.width != 2 || t.compare != Test::Compare::equal)
      return std::nullopt;
    if (kind_) return (*kind_ & t.mask) == t.value;
    const bool whole_field = (t.mask & 0xffff) == 0xffff;
    if (whole_field && std::find(others_.begin(), others_.end(), t.value) != others_.end()) return false;
    return std::nullopt;
  }

  std::uint32_t new_node(const Node& node) {
    if (nodes_.size() >= most_nodes) return unsure;
    nodes_.push_back(node);
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  // (width bytes at offset, masked) == value, asked lane by lane; lanes begin at even offsets.
  std::uint32_t equality(std::size_t offset, std::uint32_t width, std::uint32_t mask, std::uint32_t value,
                         std::uint32_t on_true, std::uint32_t on_false) {
    const std::size_t begin = offset & ~std::size_t{1};
    const std::size_t end = (offset + width + 1) & ~std::size_t{1};
    const std::size_t shift = 8 * (end - offset - width);
    std::uint32_t next = on_true;
    for (std::size_t lane = end; lane > begin; lane -= 2) {
      if (mutant(46) && lane != end) break;
      const std::size_t down = 8 * (end - lane);
      const auto lane_mask = static_cast<std::uint32_t>(std::uint64_t{mask} << shift >> down & 0xffff);
      const auto lane_value = static_cast<std::uint32_t>(std::uint64_t{value} << shift >> down & 0xffff);
      if (lane_mask != 0) next = new_node({{lane - 2, 2, lane_mask, lane_value, lane_value}, next, on_false});
    }
    return next;
  }

  std::uint32_t translate(const Test& t) {
    const bool behind_ipv4 = t.source == Test::Source::ipv4_payload;
    if (t.base != Base::record || (!behind_ipv4 && t.source != Test::Source::bytes)) return unsure;
    std::size_t offset = t.offset;
    if (behind_ipv4) {
      if (ipv4_header_ && *ipv4_header_ != t.header) return unsure;
      ipv4_header_ = t.header;
      offset += 20;
    }
    if (offset > farthest) return unsure;
    extent_ = std::max(extent_, offset + t.width);
    const std::uint32_t on_true = add(t.on_true);
    const std::uint32_t on_false = add(t.on_false);
    const std::uint32_t whole = width_mask(t.width);
    const std::uint32_t mask = t.mask & whole;
    switch (t.compare) {
      case Test::Compare::equal:
        if ((t.value & ~mask) != 0) return on_false;
        return equality(offset, t.width, mask, t.value, on_true, on_false);
      case Test::Compare::any_bit:
        return equality(offset, t.width, mask & t.value, 0, on_false, on_true);
      case Test::Compare::greater:
      case Test::Compare::greater_equal:
        break;
    }
    const std::uint64_t low = std::uint64_t{t.value} + (t.compare == Test::Compare::greater ? 1 : 0);
    if (mask != whole || low >= whole) return unsure;
    if (low == 0) return on_true;
    return new_node({{offset, t.width, whole, static_cast<std::uint32_t>(low), whole}, on_true, on_false});
  }

  std::uint32_t add(std::uint32_t at) {
    while (at < verdict_reject) {
      const auto outcome = known(tests_[at]);
      if (!outcome) break;
      at = *outcome ? tests_[at].on_true : tests_[at].on_false;
    }
    if (at >= verdict_reject) return at;
    if (const auto found = done_.find(at); found != done_.end()) return found->second;
    if (done_.size() >= most_nodes) return unsure;
    done_.emplace(at, unsure);  // programs have no loops: never seen
    const std::uint32_t result = translate(tests_[at]);
    done_[at] = result;
    return result;
  }

  // "at least a" and then "not at least b" of the same field are one question.
  void join_ranges() {
    for (Node& n : nodes_) {
      if (!n.question.is_range() || is_end(n.on_true)) continue;
      const Node& next = nodes_[n.on_true];
      Question joined = n.question;
      joined.high = next.question.low - 1;
      Question upper = n.question;
      upper.low = next.question.low;
      const bool fits = next.question.is_range() && next.question == upper && joined.low < joined.high;
      if (fits && next.on_true == n.on_false) n = {joined, next.on_false, n.on_false};
    }
  }

  void list_questions(std::uint32_t at) {
    question_of_.resize(nodes_.size(), nodes_.size());
    if (is_end(at) || question_of_[at] != nodes_.size()) return;
    const auto found = std::find(questions_.begin(), questions_.end(), nodes_[at].question);
    question_of_[at] = static_cast<std::size_t>(found - questions_.begin());
    if (found == questions_.end()) questions_.push_back(nodes_[at].question);
    list_questions(nodes_[at].on_true);
    list_questions(nodes_[at].on_false);
  }

  std::span<const Test> tests_;
  std::size_t kind_offset_ = 0;
  std::optional<std::uint32_t> kind_;
  std::span<const std::uint32_t> others_;
  std::optional<std::size_t> ipv4_header_;  // what lies behind it is looked for behind 20 bytes
  std::map<std::uint32_t, std::uint32_t> done_;
  std::vector<Node> nodes_;
  std::size_t extent_ = 0;
  std::uint32_t root_ = unsure;
  std::vector<std::size_t> question_of_;
  std::vector<Question> questions_;
};

std::uint16_t to_native(std::uint32_t value) {
  const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(value >> 8),
                                          static_cast<std::uint8_t>(value)};
  std::uint16_t out = 0;
  std::memcpy(&out, bytes.data(), sizeof out);
  return out;
}

}  // namespace

// Fills a table in; a friend of DecisionTable.
class TableBuilder {
 public:
  static DecisionTable build(const Code& code) {
    DecisionTable table;
    if (code.prelude != Prelude::none || code.entry >= verdict_reject) return table;
    const std::vector<std::uint32_t> values = kinds_of(code, table.kind_offset_);
    std::array<Graph, DecisionTable::most_kinds> graphs;
    graphs.fill(Graph(code, table.kind_offset_, std::nullopt, values));
    for (std::size_t i = 0; i < values.size(); ++i) {
      graphs[i] = Graph(code, table.kind_offset_, values[i], values);
      table.kind_values_[i] = to_native(values[mutant(44) ? values.size() - 1 - i : i]);
    }
    if (values.size() == 1) table.kind_values_[1] = table.kind_values_[0];  // never reached
    for (Graph& graph : graphs) {
      if (graph.questions().size() > DecisionTable::most_questions) graph = Graph();  // all is unsure
      table.range_count_ = std::max(table.range_count_, graph.range_count());
    }
    for (Graph& graph : graphs) {
      const std::size_t equalities = graph.questions().size() - graph.range_count();
      if (equalities + table.range_count_ > DecisionTable::most_questions) graph = Graph();
    }
    for (std::size_t i = 0; i < graphs.size(); ++i) {
      if (!fill_in(table, table.kinds_[i], graphs[i])) return {};
    }
    const auto is_unsure = [](DecisionTable::Verdict v) { return v == DecisionTable::Verdict::unsure; };
    if (std::all_of(table.verdicts_.begin(), table.verdicts_.end(), is_unsure)) return {};
    table.shortest_ = shortest(table.kind_offset_);
    return table;
  }

 private:
  static constexpr std::size_t group_size = DecisionTable::lanes * DecisionTable::lane_size;

  // The values that the field of the first test is compared with, where that has two bytes.
  static std::vector<std::uint32_t> kinds_of(const Code& code, std::size_t& offset) {
    std::vector<std::uint32_t> values;
    const Test& first = code.tests[code.entry];
    if (first.source != Test::Source::bytes || first.base != Base::record || first.width != 2 ||
        first.offset > farthest)
      return values;
    offset = first.offset;
    for (const Test& t : code.tests) {
      if (values.size() == most_nodes) break;
      const bool asks = t.same_field(first) && t.compare == Test::Compare::equal &&
                        (t.mask & 0xffff) == 0xffff && t.value <= 0xffff;
      if (asks && std::find(values.begin(), values.end(), t.value) == values.end()) values.push_back(t.value);
    }
    // IPv4 and IPv6 first: what is asked of their headers is most of the work.
    std::stable_partition(values.begin(), values.end(), [](auto v) { return v == 0x0800 || v == 0x86dd; });
    if (values.size() >= DecisionTable::most_kinds) values.resize(DecisionTable::most_kinds - 1);
    return values;
  }

  static std::size_t shortest(std::size_t kind_offset) { return std::max(group_size, kind_offset + 2); }

  // False: the questions do not fit.
  static bool fill_in(DecisionTable& table, DecisionTable::Kind& kind, const Graph& graph) {
    using Verdict = DecisionTable::Verdict;
    const auto& questions = graph.questions();
    kind.extent = std::max(shortest(table.kind_offset_), graph.extent());
    for (const Question& q : questions) kind.extent = std::max(kind.extent, q.offset + q.width);
    std::vector<std::size_t> bit_of(questions.size());
    kind.first_range = questions.size() - graph.range_count();
    std::size_t equalities = 0;
    std::size_t ranges = 0;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (questions[i].is_range()) {
        bit_of[i] = kind.first_range + ranges;
        kind.ranges[ranges++] = range(questions[i]);
      } else {
        bit_of[i] = equalities++;
      }
    }
    if (!group(table, kind, questions, bit_of)) return false;
    kind.first = table.verdicts_.size();
    for (const std::uint32_t end : graph.ends(kind.first_range + table.range_count_, bit_of)) {
      table.verdicts_.push_back(end == verdict_accept   ? Verdict::accept
                                : end == verdict_reject ? Verdict::reject
                                                        : Verdict::unsure);
    }
    return true;
  }

  // Lays the questions of single lanes out in groups, each within the extent.
  static bool group(DecisionTable& table, DecisionTable::Kind& kind, const std::vector<Question>& questions,
                    const std::vector<std::size_t>& bit_of) {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (!questions[i].is_range()) left.push_back(i);
    }
    std::sort(left.begin(), left.end(), [&](auto a, auto b) { return questions[a] < questions[b]; });
    const std::size_t last_offset = (kind.extent - group_size) & ~std::size_t{1};
    std::size_t count = 0;
    for (; !left.empty(); ++count) {
      if (count == DecisionTable::most_groups) return false;
      DecisionTable::Group& g = kind.groups[count];
      g.offset = std::min(questions[left.front()].offset, last_offset);
      std::array<bool, DecisionTable::lanes> taken{};
      std::erase_if(left, [&](std::size_t i) {
        const std::size_t lane = (questions[i].offset - g.offset) / DecisionTable::lane_size;
        if (lane >= DecisionTable::lanes || taken[lane]) return false;
        taken[lane] = true;
        g.mask[lane] = to_native(questions[i].mask);
        g.value[lane] = to_native(questions[i].low);
        g.bit[lane] = static_cast<std::uint16_t>(1U << bit_of[i]);
        return true;
      });
    }
    table.group_count_ = std::max(table.group_count_, count);
    return true;
  }

  static DecisionTable::Range range(const Question& q) {
    constexpr std::size_t window = 8;
    const std::size_t end = q.offset + q.width;
    const std::size_t shift = end < window ? 8 * (window - end) : 0;
    DecisionTable::Range out;
    out.offset = end < window ? 0 : end - window;
    out.mask = std::uint64_t{q.mask} << shift;
    out.low = std::uint64_t{q.low} << shift;
    out.span = std::uint64_t{q.high - q.low - (mutant(45) ? 1 : 0)} << shift;
    return out;
  }
};

DecisionTable DecisionTable::build(const Code& code) {
  return TableBuilder::build(code);
}

std::size_t DecisionTable::ask_ranges(const std::byte* data, const Kind& kind) const {
  std::size_t answers = 0;
  for (std::size_t i = 0; i < range_count_; ++i) {
    const Range& r = kind.ranges[i];
    const bool within = (load<std::uint64_t>(data + r.offset, ByteOrder::big) & r.mask) - r.low <= r.span;
    answers |= std::size_t{within} << (kind.first_range + i);
  }
  return answers;
}

}  // namespace anchoko::filter
