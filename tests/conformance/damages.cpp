#include "tests/conformance/damages.h"

#include <algorithm>
#include <array>

#include "core/base/byte_cursor.h"

namespace anchoko::damages {
namespace {

std::size_t below(std::mt19937& random, std::size_t limit) {
  return limit == 0 ? 0 : random() % limit;
}

Bytes stretch(const Bytes& original, std::size_t begin, std::size_t length) {
  const auto first = original.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, first + static_cast<std::ptrdiff_t>(length)};
}

Bytes random_bytes(std::mt19937& random, std::size_t length) {
  Bytes bytes(length);
  std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
  return bytes;
}

Damaged flipped(const Bytes& original, std::mt19937& random) {
  const std::size_t at = below(random, original.size());
  return replace(original, at, 1, {original[at] ^ std::byte(1u << random() % 8)}, "a bit flipped");
}

Damaged overwritten(const Bytes& original, std::mt19937& random) {
  const std::size_t at = below(random, original.size());
  return replace(original, at, 1, {random() % 2 == 0 ? std::byte{0} : std::byte{0xff}}, "a byte overwritten");
}

Damaged zeroed(const Bytes& original, std::mt19937& random) {
  const std::size_t at = below(random, original.size());
  const std::size_t length = std::min(1 + below(random, 64), original.size() - at);
  return replace(original, at, length, Bytes(length), "a stretch of zeros");
}

Damaged inserted(const Bytes& original, std::mt19937& random) {
  const std::size_t at = below(random, original.size() + 1);
  return replace(original, at, 0, random_bytes(random, 1 + below(random, 40)), "bytes inserted");
}

Damaged removed(const Bytes& original, std::mt19937& random) {
  const std::size_t at = below(random, original.size());
  const std::size_t length = std::min(1 + below(random, 40), original.size() - at);
  return replace(original, at, length, {}, "bytes removed");
}

Damaged number_set(const Bytes& original, const std::vector<walk::Part>& parts, std::mt19937& random) {
  constexpr std::array values{0u, 0x80000000u, 0xffffffffu};
  // Mostly fields of a record's header: it is within the first 64 bytes.
  const walk::Part& part = parts[below(random, parts.size())];
  std::size_t at = random() % 4 == 0 ? below(random, original.size()) : part.offset + 4 * below(random, 16);
  at = std::min(at, original.size() - 4);
  Bytes number(4);
  store<std::uint32_t>(number.data(), values[below(random, values.size())], ByteOrder::big);
  return replace(original, at, 4, number, "a number set to an extreme");
}

Damaged swapped(const Bytes& original, std::mt19937& random) {
  const std::size_t first = 1 + below(random, std::min<std::size_t>(200, original.size() / 3));
  const std::size_t second = 1 + below(random, std::min<std::size_t>(200, original.size() / 3));
  const std::size_t at = below(random, original.size() - first - second + 1);
  Bytes both = stretch(original, at + first, second);
  const Bytes front = stretch(original, at, first);
  both.insert(both.end(), front.begin(), front.end());
  return replace(original, at, first + second, both, "two stretches swapped");
}

// Whole parts, so that every length still agrees.
Damaged parts_swapped(const Bytes& original, const std::vector<walk::Part>& parts, std::mt19937& random) {
  if (parts.size() < 3) return flipped(original, random);
  const walk::Part& one = parts[1 + below(random, parts.size() - 2)];
  const walk::Part& other = *(&one + 1);
  Bytes both = stretch(original, other.offset, other.size);
  const Bytes front = stretch(original, one.offset, one.size);
  both.insert(both.end(), front.begin(), front.end());
  return replace(original, one.offset, both.size(), both, "two records swapped");
}

}  // namespace

Damaged replace(const Bytes& original, std::size_t begin, std::size_t length, const Bytes& by,
                std::string what) {
  Damaged out;
  out.what = std::move(what) + " at " + std::to_string(begin) + ", " + std::to_string(length) +
             " bytes replaced by " + std::to_string(by.size());
  out.bytes = stretch(original, 0, begin);
  out.bytes.insert(out.bytes.end(), by.begin(), by.end());
  const Bytes rest = stretch(original, begin + length, original.size() - begin - length);
  out.bytes.insert(out.bytes.end(), rest.begin(), rest.end());
  out.begin = begin;
  out.end = begin + length;
  out.shift = static_cast<std::ptrdiff_t>(by.size()) - static_cast<std::ptrdiff_t>(length);
  // Only what really differs counts as touched.
  while (out.shift == 0 && out.begin < out.end && out.bytes[out.begin] == original[out.begin]) ++out.begin;
  while (out.shift == 0 && out.begin < out.end && out.bytes[out.end - 1] == original[out.end - 1]) --out.end;
  return out;
}

Damaged random_damage(const Bytes& original, const std::vector<walk::Part>& parts, std::mt19937& random) {
  while (true) {
    Damaged out;
    switch (random() % 8) {
      case 0:
        out = flipped(original, random);
        break;
      case 1:
        out = overwritten(original, random);
        break;
      case 2:
        out = zeroed(original, random);
        break;
      case 3:
        out = inserted(original, random);
        break;
      case 4:
        out = removed(original, random);
        break;
      case 5:
        out = number_set(original, parts, random);
        break;
      case 6:
        out = swapped(original, random);
        break;
      default:
        out = parts_swapped(original, parts, random);
        break;
    }
    if (out.bytes != original) return out;
  }
}

}  // namespace anchoko::damages
