// A tournament of sorted inputs: which one has the smallest key, found again with log2(inputs) comparisons.
// Knuth, The Art of Computer Programming 5.4.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace anchoko::convert {

// Among equal keys the input with the lower number wins: merging is stable.
class LoserTree {
 public:
  static constexpr std::int64_t exhausted = INT64_MAX;

  explicit LoserTree(std::vector<std::int64_t> keys) : keys_(std::move(keys)), losers_(keys_.size()) {
    if (!keys_.empty()) winner_ = play(1);
  }

  // The input with the smallest key; that key may be `exhausted`.
  std::size_t winner() const { return winner_; }
  // Who wins when the winner is out; the winner itself when it is alone.
  std::size_t runner_up() const {
    std::size_t best = winner_;
    for (std::size_t node = (winner_ + keys_.size()) / 2; node > 0; node /= 2) {
      if (best == winner_ || before(losers_[node], best)) best = losers_[node];
    }
    return best;
  }
  std::int64_t key(std::size_t input) const { return keys_[input]; }

  // The winner's next key.
  void replace(std::int64_t key) {
    keys_[winner_] = key;
    std::size_t at = winner_;
    for (std::size_t node = (winner_ + keys_.size()) / 2; node > 0; node /= 2) {
      if (before(losers_[node], at)) std::swap(losers_[node], at);
    }
    winner_ = at;
  }

 private:
  bool before(std::size_t left, std::size_t right) const {
    return keys_[left] != keys_[right] ? keys_[left] < keys_[right] : left < right;
  }
  // Nodes 1 … n-1 hold losers, n … 2n-1 stand for the inputs. The depth is log2 of their number.
  std::size_t play(std::size_t node) {
    if (node >= keys_.size()) return node - keys_.size();
    const std::size_t left = play(2 * node);
    const std::size_t right = play(2 * node + 1);
    losers_[node] = before(left, right) ? right : left;
    return before(left, right) ? left : right;
  }

  std::vector<std::int64_t> keys_;
  std::vector<std::size_t> losers_;
  std::size_t winner_ = 0;
};

}  // namespace anchoko::convert
