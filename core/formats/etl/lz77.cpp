#include "core/formats/etl/lz77.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/base/byte_cursor.h"

namespace anchoko::formats::etl {
namespace {

// Matches: length - 3 in three bits beside the distance - 1; the highest value of each step says that the
// next one, a nibble, a byte, 16 or 32 bits, tells more.
constexpr std::size_t min_match = 3;
constexpr std::uint32_t full_bits = 7;
constexpr std::uint32_t full_nibble = 15;
constexpr std::uint32_t full_byte = 255;
constexpr std::size_t window = 8192;

constexpr unsigned flags_per_word = 32;

// Collects tokens: their flags stand in a word in front of 32 of them, nibbles share a byte with the next
// one.
class Encoder {
 public:
  explicit Encoder(std::size_t input_size) {
    out_.reserve(input_size + input_size / 8 + 8);
    begin_flags();
  }
  void literal(std::byte value) {
    out_.push_back(value);
    add_flag(0);
  }
  void match(std::size_t distance, std::size_t length);
  std::vector<std::byte> finish() {
    // Flags without a token are set, as [MS-XCA] has it.
    for (unsigned i = count_; i < flags_per_word; ++i) flags_ = flags_ << 1 | 1;
    store<std::uint32_t>(out_.data() + flags_at_, flags_, ByteOrder::little);
    return std::move(out_);
  }

 private:
  template <typename T>
  void put(std::size_t value) {
    out_.resize(out_.size() + sizeof(T));
    store<T>(out_.data() + out_.size() - sizeof(T), static_cast<T>(value), ByteOrder::little);
  }
  void begin_flags() {
    flags_at_ = out_.size();
    count_ = 0;
    put<std::uint32_t>(0);
  }
  void add_flag(std::uint32_t flag) {
    flags_ = flags_ << 1 | flag;
    if (++count_ < flags_per_word) return;
    store<std::uint32_t>(out_.data() + flags_at_, flags_, ByteOrder::little);
    begin_flags();
  }
  void put_nibble(std::size_t value);

  std::vector<std::byte> out_;
  std::uint32_t flags_ = 0;
  unsigned count_ = 0;
  std::size_t flags_at_ = 0;
  std::size_t half_written_ = 0;  // 0: none; the first bytes are flags
};

void Encoder::put_nibble(std::size_t value) {
  if (half_written_ == 0) {
    half_written_ = out_.size();
    put<std::uint8_t>(value);
    return;
  }
  out_[half_written_] |= static_cast<std::byte>(value << 4);
  half_written_ = 0;
}

void Encoder::match(std::size_t distance, std::size_t length) {
  const std::size_t more = length - min_match;
  put<std::uint16_t>((distance - 1) << 3 | std::min<std::size_t>(more, full_bits));
  if (more >= full_bits) {
    put_nibble(std::min<std::size_t>(more - full_bits, full_nibble));
    if (more >= full_bits + full_nibble) {
      const std::size_t rest = more - full_bits - full_nibble;
      put<std::uint8_t>(std::min<std::size_t>(rest, full_byte));
      if (rest >= full_byte) {
        put<std::uint16_t>(more <= UINT16_MAX ? more : 0);
        if (more > UINT16_MAX) put<std::uint32_t>(more);
      }
    }
  }
  add_flag(1);
}

// Earlier places with the same three bytes, newest first, of the last `window` ones.
class Places {
 public:
  explicit Places(std::span<const std::byte> in) : in_(in), newest_(table_size, none), older_(window, none) {}

  void add(std::size_t at) {
    std::uint64_t& newest = newest_[hash(at)];
    older_[at % window] = newest;
    newest = at;
  }
  // The longest match of a few; length below min_match: none.
  void find(std::size_t at, std::size_t& distance, std::size_t& length) const {
    length = 0;
    std::uint64_t place = newest_[hash(at)];
    for (int tries = 32; tries > 0 && place != none && at - place <= window; --tries) {
      std::size_t same = 0;
      while (at + same < in_.size() && in_[place + same] == in_[at + same]) ++same;
      if (same > length) {
        length = same;
        distance = at - place;
      }
      place = older_[place % window];
    }
    if (length > UINT32_MAX) length = UINT32_MAX;
  }

 private:
  static constexpr std::size_t table_size = std::size_t{1} << 13;
  static constexpr std::uint64_t none = UINT64_MAX;

  std::size_t hash(std::size_t at) const {
    const auto octet = [&](std::size_t i) { return std::to_integer<std::uint32_t>(in_[at + i]); };
    return ((octet(0) | octet(1) << 8 | octet(2) << 16) * 0x9E3779B1U) >> (32 - 13);
  }

  std::span<const std::byte> in_;
  std::vector<std::uint64_t> newest_;
  std::vector<std::uint64_t> older_;
};

}  // namespace

std::vector<std::byte> compress_lz77(std::span<const std::byte> in) {
  Encoder encoder(in.size());
  Places places(in);
  const std::size_t last_place = in.size() < min_match ? 0 : in.size() - min_match + 1;
  for (std::size_t at = 0; at < in.size();) {
    std::size_t distance = 0;
    std::size_t length = 0;
    if (at < last_place) places.find(at, distance, length);
    if (length < min_match) {
      encoder.literal(in[at]);
      length = 1;
    } else {
      encoder.match(distance, length);
    }
    for (const std::size_t next = at + length; at < next; ++at) {
      if (at < last_place) places.add(at);
    }
  }
  return encoder.finish();
}

}  // namespace anchoko::formats::etl
