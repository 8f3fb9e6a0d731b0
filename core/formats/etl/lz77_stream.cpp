#include "core/formats/etl/lz77_stream.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/formats/etl/layout.h"

namespace anchoko::formats::etl {
namespace {

// The flags, 32 literals or the longest match fit.
constexpr std::ptrdiff_t sure_input = 48;
constexpr std::ptrdiff_t literals_at_once = 32;
// Short matches are copied in two pieces of this size, which may write more than the match.
constexpr std::size_t piece = 16;

}  // namespace

// False: there was no room for all of it.
bool Lz77Stream::copy_match(Output& output) {
  const auto room = static_cast<std::uint64_t>(output.limit - output.at);
  const auto count = static_cast<std::size_t>(std::min(match_left_, room));
  const std::byte* from = output.at - distance_;
  std::byte* to = output.at;
  output.at += count;
  match_left_ -= count;
  if (distance_ >= count) {
    std::memcpy(to, from, count);
  } else if (distance_ == 1) {
    std::memset(to, static_cast<int>(*from), count);
  } else {
    // Repeats itself: each copy doubles what can be copied next.
    std::size_t left = count;
    std::size_t step = distance_;
    while (left > 0) {
      const std::size_t part = std::min(step, left);
      std::memcpy(to, from, part);
      to += part;
      left -= part;
      step += part;
    }
  }
  return match_left_ == 0;
}

// False: the input ends within it.
inline bool Lz77Stream::read_match(Input& input) {
  const auto has = [&](std::ptrdiff_t count) { return input.end - input.at >= count; };
  if (!has(2)) return false;
  const auto word = load<std::uint16_t>(input.at, little);
  input.at += 2;
  distance_ = (word >> 3) + 1u;
  std::uint64_t length = word & 7;
  if (length == 7) {
    // Two matches share the byte of the first.
    if (has_nibble_) {
      length = nibble_;
      has_nibble_ = false;
    } else {
      if (!has(1)) return false;
      const auto both = static_cast<std::uint8_t>(*input.at++);
      length = both & 15;
      nibble_ = both >> 4;
      has_nibble_ = true;
    }
    if (length == 15) {
      if (!has(1)) return false;
      length = static_cast<std::uint8_t>(*input.at++);
      if (length == 255) {
        if (!has(2)) return false;
        length = load<std::uint16_t>(input.at, little);
        input.at += 2;
        if (length == 0) {
          if (!has(4)) return false;
          length = load<std::uint32_t>(input.at, little);
          input.at += 4;
        }
        if (length < 15 + 7) return false;
        length -= 15 + 7;
      }
      length += 15;
    }
    length += 7;
  }
  match_left_ = length + 3;
  return true;
}

// Most of a buffer: literals and short matches, as long as both ends are far. Stops behind what it has done,
// or behind the head of a match that is left for copy_match(). False: damaged.
bool Lz77Stream::run_wide(Input& input, Output& output) {
  const std::byte* at = input.at;
  std::byte* to = output.at;
  std::uint32_t flags = flags_;
  int left = flags_left_;
  bool sound = true;
  while (input.end - at >= sure_input &&
         output.limit - to >= literals_at_once + static_cast<std::ptrdiff_t>(2 * piece)) {
    if (left == 0) {
      flags = load<std::uint32_t>(at, little);
      at += 4;
      left = 32;
    }
    const int literals = std::min(std::countl_zero(flags), left);
    std::memcpy(to, at, literals_at_once);
    at += literals;
    to += literals;
    left -= literals;
    if (left == 0) continue;
    flags = (flags << literals) << 1;
    --left;
    Input head{at, input.end, input.last};
    sound = read_match(head) && distance_ <= static_cast<std::size_t>(to - output.start);
    at = head.at;
    if (!sound || match_left_ > 2 * piece || distance_ < piece) break;
    std::memcpy(to, to - distance_, piece);
    std::memcpy(to + piece, to - distance_ + piece, piece);
    to += match_left_;
    match_left_ = 0;
  }
  input.at = at;
  output.at = to;
  flags_ = flags;
  flags_left_ = left;
  return sound;
}

Lz77Stream::Stop Lz77Stream::run(Input& input, Output& output) {
  while (true) {
    if (match_left_ > 0 && !copy_match(output)) return Stop::needs_room;
    if (output.at == output.limit) return Stop::needs_room;
    if (!run_wide(input, output)) return Stop::damaged;
    if (match_left_ > 0) continue;
    const bool sure = input.end - input.at >= sure_input;
    if (!sure && !input.last) return Stop::needs_input;
    if (flags_left_ == 0) {
      if (!sure && input.end - input.at < 4) return Stop::damaged;
      flags_ = load<std::uint32_t>(input.at, little);
      input.at += 4;
      flags_left_ = 32;
    }
    const int literals = std::min(std::countl_zero(flags_), flags_left_);
    if (literals > 0) {
      std::ptrdiff_t count = literals;
      if (sure && output.limit - output.at >= literals_at_once) {
        std::memcpy(output.at, input.at, literals_at_once);  // more than needed: of a fixed size it is quick
      } else {
        count = std::min({count, output.limit - output.at, input.end - input.at});
        if (count == 0) return Stop::damaged;
        std::memcpy(output.at, input.at, static_cast<std::size_t>(count));
      }
      input.at += count;
      output.at += count;
      flags_left_ -= static_cast<int>(count);
      flags_ = count == 32 ? 0 : flags_ << count;
      continue;
    }
    flags_ <<= 1;
    --flags_left_;
    if (!read_match(input) || distance_ > static_cast<std::size_t>(output.at - output.start))
      return Stop::damaged;
  }
}

}  // namespace anchoko::formats::etl
