#include "core/formats/etl/lz77.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

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

// Flags are kept in the upper half of 64 bits, with one bit set behind them, so that this is left when all 32
// are spent.
constexpr std::uint64_t spent_flags = std::uint64_t{1} << 63;
constexpr unsigned flags_per_word = 32;

std::uint64_t load_flags(const std::byte* at) {
  return std::uint64_t{load_le32(at)} << 32 | std::uint64_t{1} << 31;
}

struct Input {
  const std::byte* at;
  const std::byte* end;
  // A byte of which the next nibble is the upper half; null: the next one begins a byte.
  const std::byte* half_read = nullptr;

  std::size_t left() const { return static_cast<std::size_t>(end - at); }
  template <typename T>
  bool take(T& value) {
    if (left() < sizeof value) return false;
    value = load<T>(at, ByteOrder::little);
    at += sizeof value;
    return true;
  }
  bool take_nibble(std::uint32_t& value) {
    if (half_read != nullptr) {
      value = std::to_integer<std::uint32_t>(*half_read) >> 4;
      half_read = nullptr;
      return true;
    }
    if (at == end) return false;
    half_read = at++;
    value = std::to_integer<std::uint32_t>(*half_read) & 0xF;
    return true;
  }
};

// The length of a match whose three bits are full. Zero: the input ends, or the length is below what needs
// its form.
std::uint64_t take_long_length(Input& in) {
  std::uint32_t nibble = 0;
  if (!in.take_nibble(nibble)) return 0;
  if (nibble != full_nibble) return nibble + full_bits + min_match;
  std::uint8_t byte = 0;
  if (!in.take(byte)) return 0;
  if (byte != full_byte) return byte + full_nibble + full_bits + min_match;
  std::uint16_t word = 0;
  if (!in.take(word)) return 0;
  std::uint32_t length = word;
  if (length == 0 && !in.take(length)) return 0;
  return length < full_nibble + full_bits ? 0 : std::uint64_t{length} + min_match;
}

// Where matches of a short distance are copied by eight bytes, these come from a multiple of the distance.
constexpr std::array<std::uint8_t, 8> step_of_distance{0, 8, 8, 9, 8, 10, 12, 14};

// How many bytes behind a match may be written, and one more.
constexpr std::size_t wide_excess = 16;

void copy_match_wide(std::byte* to, std::size_t distance, std::size_t length) {
  if (distance >= 16) {
    for (std::size_t done = 0; done < length; done += 16) std::memcpy(to + done, to + done - distance, 16);
    return;
  }
  std::size_t done = 0;
  std::size_t step = distance;
  if (distance < 8) {
    for (; done < 8; ++done) to[done] = to[done - distance];
    step = step_of_distance[distance];
  }
  for (; done < length; done += 8) std::memcpy(to + done, to + done - step, 8);
}

// What the wide loop reads and writes at most before it looks again at what remains: a flag word and a run of
// literals.
constexpr std::size_t wide_input = 4 + flags_per_word;
constexpr std::size_t wide_output = flags_per_word;

struct Decoder {
  Input in;
  std::byte* to;
  std::byte* const begin;
  std::byte* const end;
  std::uint64_t flags = spent_flags;

  std::size_t room() const { return static_cast<std::size_t>(end - to); }
  // Decodes a match that begins at the input. False: it is impossible.
  bool read_match(std::size_t& distance, std::uint64_t& length);
  bool run_wide();
  bool run_to_end();
};

inline bool Decoder::read_match(std::size_t& distance, std::uint64_t& length) {
  std::uint16_t match = 0;
  if (!in.take(match)) return false;
  distance = (match >> 3) + std::size_t{1};
  length = (match & full_bits) + min_match;
  if (length == full_bits + min_match) length = take_long_length(in);
  return length != 0 && distance <= static_cast<std::size_t>(to - begin) && length <= room();
}

// Away from both ends: literals are copied 32 at a time, however few they are, and matches in whole words.
bool Decoder::run_wide() {
  Decoder at = *this;  // in registers: what is written through `to` could be a member of *this
  while (at.in.left() >= wide_input && at.room() >= wide_output) {
    if (at.flags == spent_flags) {
      at.flags = load_flags(at.in.at);
      at.in.at += 4;
    }
    const auto literals = std::min<unsigned>(static_cast<unsigned>(std::countl_zero(at.flags)), 32);
    std::memcpy(at.to, at.in.at, 16);
    if (literals > 16) std::memcpy(at.to + 16, at.in.at + 16, 16);
    at.to += literals;
    at.in.at += literals;
    at.flags <<= literals;
    if (at.flags == spent_flags) continue;
    at.flags <<= 1;
    std::size_t distance = 0;
    std::uint64_t length = 0;
    if (!at.read_match(distance, length)) return false;
    std::byte* const match_end = at.to + length;
    if (at.room() - length >= wide_excess) {
      copy_match_wide(at.to, distance, static_cast<std::size_t>(length));
      at.to = match_end;
    } else if (length > wide_excess) {
      copy_match_wide(at.to, distance, static_cast<std::size_t>(length) - wide_excess);
      at.to = match_end - wide_excess;
    }
    for (; at.to != match_end; ++at.to) *at.to = *(at.to - distance);
  }
  in = at.in;
  to = at.to;
  flags = at.flags;
  return true;
}

bool Decoder::run_to_end() {
  while (to != end) {
    if (flags == spent_flags) {
      if (in.left() < 4) return false;
      flags = load_flags(in.at);
      in.at += 4;
    }
    const bool is_match = (flags & spent_flags) != 0;
    flags <<= 1;
    if (!is_match) {
      if (in.left() == 0) return false;
      *to++ = *in.at++;
      continue;
    }
    std::size_t distance = 0;
    std::uint64_t length = 0;
    if (!read_match(distance, length)) return false;
    for (; length != 0; --length, ++to) *to = *(to - distance);
  }
  return true;
}

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

bool decompress_lz77(std::span<const std::byte> in, std::span<std::byte> out) {
  Decoder decoder{{in.data(), in.data() + in.size()}, out.data(), out.data(), out.data() + out.size()};
  return decoder.run_wide() && decoder.run_to_end();
}

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
