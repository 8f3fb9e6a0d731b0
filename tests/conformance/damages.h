// Seeded damage to a file: one stretch of it is replaced by another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/conformance/capture_walk.h"

namespace anchoko::damages {

using Bytes = std::vector<std::byte>;

struct Damaged {
  Bytes bytes;
  std::string what;
  // Of the original file: [begin, end) is gone. What was at `end` now stands at `end + shift`.
  std::size_t begin = 0;
  std::size_t end = 0;
  std::ptrdiff_t shift = 0;

  bool touches(const walk::Part& part) const {
    const std::size_t from = part.offset - part.ahead;
    if (begin == end) return begin > from && begin < part.offset + part.size;
    return begin < part.offset + part.size && end > from;
  }
};

// `length` bytes from `begin` on replaced by `by`.
Damaged replace(const Bytes& original, std::size_t begin, std::size_t length, const Bytes& by,
                std::string what);

// Damage of any kind, anywhere; never the original itself.
Damaged random_damage(const Bytes& original, const std::vector<walk::Part>& parts, std::mt19937& random);

}  // namespace anchoko::damages
