// Plain LZ77 of [MS-XCA], decompressed piece by piece, so that a buffer of 16 MiB needs no 16 MiB.
#pragma once

#include <cstddef>
#include <cstdint>

namespace anchoko::formats::etl {

class Lz77Stream {
 public:
  // A match reaches no further back: its distance has 13 bits.
  static constexpr std::size_t history = 8192;

  enum class Stop { needs_input, needs_room, damaged };

  struct Input {
    const std::byte* at = nullptr;
    const std::byte* end = nullptr;
    bool last = false;  // nothing follows behind `end`
  };
  struct Output {
    // From `start` to `at` lies what was made before: all of it, or at least `history` bytes.
    const std::byte* start = nullptr;
    std::byte* at = nullptr;
    std::byte* limit = nullptr;
  };

  // Goes on until there is no room, or too little input to be sure of the next step. Damaged: the input is
  // the last and ends early, or a match refers before the output's start.
  Stop run(Input& input, Output& output);

  // A match goes on behind the limit: damage when that limit is the end of all.
  bool in_match() const { return match_left_ > 0; }

 private:
  bool copy_match(Output& output);
  bool read_match(Input& input);
  bool run_wide(Input& input, Output& output);

  std::uint32_t flags_ = 0;  // the next one is the highest bit
  int flags_left_ = 0;
  bool has_nibble_ = false;
  std::uint8_t nibble_ = 0;
  std::uint64_t match_left_ = 0;
  std::size_t distance_ = 0;
};

}  // namespace anchoko::formats::etl
