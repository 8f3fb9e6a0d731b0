// A filter as a table: what is asked of the fields of one record makes an index, and the table knows the
// verdict. No branch depends on the record but the kind of its network layer, so that nothing is
// mispredicted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "core/filter/program.h"

namespace anchoko::filter {

class DecisionTable {
 public:
  // `unsure`: the record is too short, its IPv4 header has options, or the filter asks what no table holds;
  // the program itself must be run.
  enum class Verdict : std::uint8_t { reject, accept, unsure };

  // Empty for a program that has too many tests, or tests of another kind.
  static DecisionTable build(const Code& code);

  // Inline, with what it calls: this is run for every record.
  Verdict judge(std::span<const std::byte> data) const {
    if (data.size() < shortest_) return Verdict::unsure;
    std::uint16_t value = 0;
    std::memcpy(&value, data.data() + kind_offset_, sizeof value);
    // Branches: a kind guessed right saves waiting for the record's bytes.
    if (value == kind_values_[0]) [[likely]]
      return judge(data, kinds_[0]);
    if (value == kind_values_[1]) return judge(data, kinds_[1]);
    return judge(data, kinds_[2]);
  }

 private:
  friend class TableBuilder;
  static constexpr std::size_t lanes = 8;
  static constexpr std::size_t lane_size = 2;
  static constexpr std::size_t most_groups = 8;
  static constexpr std::size_t most_questions = 12;  // for one kind of network layer: 4 KiB of verdicts
  static constexpr std::size_t most_kinds = 3;
  using Lanes [[gnu::vector_size(lanes * lane_size)]] = std::uint16_t;

  // Eight questions at once: is (two bytes, masked) == value? A yes sets the question's bit of the index.
  struct Group {
    Lanes mask{};
    Lanes value{};
    Lanes bit{};
    std::size_t offset = 0;
  };
  // Is the big-endian number of 8 bytes, masked, between low and low + span?
  struct Range {
    std::uint64_t mask = 0;
    std::uint64_t low = 0;
    std::uint64_t span = 0;
    std::size_t offset = 0;
  };
  // The records with one value of the two bytes that tell the network layer. Groups and ranges that it does
  // not need are asked all the same, at offset 0: groups answer no, and the verdicts do not depend on the
  // ranges.
  struct Kind {
    std::size_t extent = 0;       // bytes that a record needs to be judged
    std::size_t first = 0;        // of its verdicts
    std::size_t first_range = 0;  // the bit of the index that the first range answers
    std::array<Group, most_groups> groups{};
    std::array<Range, most_questions> ranges{};
  };

  Verdict judge(std::span<const std::byte> data, const Kind& kind) const {
    if (data.size() < kind.extent) return Verdict::unsure;
    std::size_t index = kind.first + ask_groups(data.data(), kind);
    if (range_count_ != 0) index += ask_ranges(data.data(), kind);
    return verdicts_[index];
  }
  std::size_t ask_groups(const std::byte* data, const Kind& kind) const {
    Lanes yes{};
    for (std::size_t i = 0; i < group_count_; ++i) {
      const Group& g = kind.groups[i];
      Lanes bytes;
      std::memcpy(&bytes, data + g.offset, sizeof bytes);
      yes |= ((bytes & g.mask) == g.value) & g.bit;
    }
    std::array<std::uint64_t, 2> halves;
    std::memcpy(halves.data(), &yes, sizeof yes);
    // Each bit is in one of the lanes: adding the lanes up in the highest one collects them.
    return (halves[0] | halves[1]) * 0x0001000100010001 >> 48;
  }
  std::size_t ask_ranges(const std::byte* data, const Kind& kind) const;

  std::size_t shortest_ = std::numeric_limits<std::size_t>::max();  // no table: no record is long enough
  std::size_t kind_offset_ = 0;
  std::array<std::uint16_t, most_kinds - 1> kind_values_{};  // as in memory; all others are of the last kind
  std::size_t group_count_ = 0;                              // of each kind, like
  std::size_t range_count_ = 0;
  std::array<Kind, most_kinds> kinds_{};
  std::vector<Verdict> verdicts_;
};

}  // namespace anchoko::filter
