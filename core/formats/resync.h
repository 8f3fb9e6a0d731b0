// Finding the next sound record behind damage, for formats whose records carry no mark of their own.
#pragma once

#include <cstddef>

#include "core/formats/block_buffer.h"

namespace anchoko::formats {

// A record is taken for sound when it is followed by two more, or by the end of the input.
constexpr int sound_chain = 3;

// `sound(head)` looks at `header` bytes and answers how long the record is that begins there, header
// included; 0 where none begins. The answer must not exceed a cap of the format.

// Whether such a chain begins `at` bytes behind the next one.
template <typename Sound>
bool sound_chain_at(BlockBuffer& buffer, std::size_t at, std::size_t header, Sound sound) {
  std::size_t walked = at;
  for (int i = 0; i < sound_chain; ++i) {
    const std::byte* start = buffer.peek(walked + header);
    if (start == nullptr) return i > 0 && buffer.available() == walked;
    const std::size_t size = sound(start + walked);
    if (size < header) return false;
    walked += size;
  }
  return true;
}

// Passes over bytes until a chain of sound records begins, at least one; to the end of the input if none
// does.
template <typename Sound>
void skip_to_sound(BlockBuffer& buffer, std::size_t header, Sound sound) {
  do {
    buffer.consume(1);
    if (buffer.peek(header) == nullptr) {
      buffer.discard_rest();
      return;
    }
  } while (!sound_chain_at(buffer, 0, header, sound));
}

}  // namespace anchoko::formats
