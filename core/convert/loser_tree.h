// A tournament of sorted inputs: which one has the smallest key, found again with log2(inputs) comparisons.
// Knuth, The Art of Computer Programming 5.4.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace anchoko::convert {

// Among equal keys the input with the lower number wins: merging is stable. Who wins cannot be foretold, so
// that branches would be guessed wrongly half of the time: there are none but those of the loops.
class LoserTree {
 public:
  static constexpr std::int64_t exhausted = INT64_MAX;

  explicit LoserTree(const std::vector<std::int64_t>& keys) : losers_(keys.size()) {
    if (!keys.empty()) winner_ = play(keys, 1);
  }

  // The input with the smallest key, and that key, which may be `exhausted`.
  std::size_t winner() const { return winner_.input; }
  std::int64_t key() const { return winner_.key; }
  // Who wins when the winner is out; the winner itself when it is alone.
  std::size_t runner_up() const {
    Entry best{INT64_MAX, SIZE_MAX};
    for (std::size_t node = leaf() / 2; node > 0; node /= 2) best = smaller(losers_[node], best);
    return best.input == SIZE_MAX ? winner_.input : best.input;
  }

  // The winner's next key.
  void replace(std::int64_t key) {
    const std::size_t start = leaf();
    winner_.key = key;
    for (std::size_t node = start / 2; node > 0; node /= 2) {
      const Entry loser = losers_[node];
      const bool wins = before(loser, winner_);
      losers_[node] = wins ? winner_ : loser;
      winner_ = wins ? loser : winner_;
    }
  }

 private:
  struct Entry {
    std::int64_t key = 0;
    std::size_t input = 0;
  };
  static bool before(const Entry& left, const Entry& right) {
    const bool less = left.key < right.key;
    const bool same = left.key == right.key;
    const bool first = left.input < right.input;
    return static_cast<unsigned>(less) | (static_cast<unsigned>(same) & static_cast<unsigned>(first));
  }
  static Entry smaller(const Entry& left, const Entry& right) { return before(left, right) ? left : right; }
  std::size_t leaf() const { return winner_.input + losers_.size(); }

  // Nodes 1 … n-1 hold losers, n … 2n-1 stand for the inputs. The depth is log2 of their number.
  Entry play(const std::vector<std::int64_t>& keys, std::size_t node) {
    if (node >= keys.size()) return {keys[node - keys.size()], node - keys.size()};
    const Entry left = play(keys, 2 * node);
    const Entry right = play(keys, 2 * node + 1);
    const bool wins = before(left, right);
    losers_[node] = wins ? right : left;
    return wins ? left : right;
  }

  std::vector<Entry> losers_;
  Entry winner_;
};

}  // namespace anchoko::convert
