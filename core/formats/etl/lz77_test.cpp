#include "core/formats/etl/lz77.h"

#include <cstdint>
#include <memory>
#include <random>

#include <doctest/doctest.h>

#include "core/formats/etl/test_lz77.h"
#include "core/formats/test_bytes.h"

namespace anchoko::formats::etl {
namespace {

using formats::test::Builder;
using formats::test::Bytes;
using formats::test::sequence;

// Both spans end where their memory does, so that sanitizers see a step beyond.
struct Decoded {
  bool sound = false;
  Bytes bytes;
};
Decoded decode(const Bytes& in, std::size_t size) {
  const auto input = std::make_unique<std::byte[]>(in.size());
  std::copy(in.begin(), in.end(), input.get());
  const auto output = std::make_unique<std::byte[]>(size);
  const bool sound = test::unpack_lz77({input.get(), in.size()}, {output.get(), size});
  return {sound, Bytes(output.get(), output.get() + size)};
}

// std::mt19937 answers what is wider than 32 bits here and there.
struct Engine : std::mt19937 {
  using std::mt19937::mt19937;
  std::uint32_t operator()() { return static_cast<std::uint32_t>(std::mt19937::operator()()); }
};

Builder little() {
  return Builder(ByteOrder::little);
}
Bytes text(std::string_view text) {
  return little().text(text).bytes();
}
std::uint16_t match(unsigned distance, unsigned bits) {
  return static_cast<std::uint16_t>((distance - 1) << 3 | bits);
}

TEST_CASE("lz77: literals, and a match of each form of length, by hand") {
  // Flags are read from the most significant bit of a little-endian word.
  CHECK(decode(little().u32(0x0000'0000).text("abc").bytes(), 3).bytes == text("abc"));
  struct Form {
    Bytes length;  // what follows the 16 bits
    unsigned bits;
    std::size_t size;
  };
  const std::vector<Form> forms{
      {{}, 0, 3},
      {{}, 6, 9},
      {little().u8(0).bytes(), 7, 10},
      {little().u8(14).bytes(), 7, 24},
      {little().u8(15).u8(0).bytes(), 7, 25},
      {little().u8(15).u8(254).bytes(), 7, 279},
      {little().u8(15).u8(255).u16(277).bytes(), 7, 280},
      {little().u8(15).u8(255).u16(0xffff).bytes(), 7, 65538},
      {little().u8(15).u8(255).u16(0).u32(65536).bytes(), 7, 65539},
      {little().u8(15).u8(255).u16(0).u32(22).bytes(), 7, 25},
      {little().u8(15).u8(255).u16(22).bytes(), 7, 25},
  };
  for (const Form& form : forms) {
    CAPTURE(form.size);
    // One literal, then a match of distance 1: the same byte again.
    const Bytes in = little().u32(0x4000'0000).u8('z').u16(match(1, form.bits)).raw(form.length).bytes();
    const Decoded decoded = decode(in, 1 + form.size);
    CHECK(decoded.sound);
    CHECK(decoded.bytes == Bytes(1 + form.size, std::byte{'z'}));
    // A match ends where it says: a byte less of room is an error, and one more misses a token.
    CHECK_FALSE(decode(in, form.size).sound);
    CHECK_FALSE(decode(in, 2 + form.size).sound);
    for (std::size_t cut = 0; cut < in.size(); ++cut) {
      CHECK_FALSE(
          decode(Bytes(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(cut)), 1 + form.size).sound);
    }
  }
}

TEST_CASE("lz77: the second nibble of a byte belongs to the next long match") {
  // a, match of 10 (nibble 0 of 0x50), b, match of 10 + 5 (nibble 5 of the same byte), match of 10 + 2.
  const Bytes in = little()
                       .u32(0x5800'0000)
                       .text("a")
                       .u16(match(1, 7))
                       .u8(0x50)
                       .text("b")
                       .u16(match(1, 7))
                       .u16(match(2, 7))
                       .u8(0x02)
                       .bytes();
  const Decoded decoded = decode(in, 1 + 10 + 1 + 15 + 12);
  CHECK(decoded.sound);
  CHECK(decoded.bytes == text("aaaaaaaaaaa"
                              "bbbbbbbbbbbbbbbb"
                              "bbbbbbbbbbbb"));
}

TEST_CASE("lz77: the flag word is read when it is needed, not before") {
  // 32 literals spend the first word; the output is full, so there need not be another one.
  const Bytes literals = sequence(33);
  const Bytes first(literals.begin(), literals.begin() + 32);
  const Bytes in = little().u32(0).raw(first).bytes();
  CHECK(decode(in, 32).bytes == first);
  CHECK(decode(in, 32).sound);
  CHECK_FALSE(decode(in, 33).sound);
  CHECK(decode(little().raw(in).u32(0).u8(33).bytes(), 33).bytes == literals);
  CHECK(decode({}, 0).sound);
  CHECK_FALSE(decode({}, 1).sound);
}

TEST_CASE("lz77: distances from 1 to 8192, near either end of the output and far from it") {
  for (const unsigned distance :
       {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 15U, 16U, 17U, 31U, 33U, 8191U, 8192U}) {
    for (const std::size_t length : {3U, 9U, 10U, 24U, 25U, 47U, 48U, 300U, 20000U}) {
      for (const std::size_t behind : {0U, 1U, 15U, 16U, 17U, 100U}) {
        CAPTURE(distance);
        CAPTURE(length);
        CAPTURE(behind);
        Bytes wanted;
        Engine engine(distance);
        for (unsigned i = 0; i < distance; ++i) wanted.push_back(static_cast<std::byte>(engine()));
        Builder in = little();
        for (unsigned i = 0; i < distance; ++i) {
          if (i % 32 == 0) in.u32(distance - i < 32 ? 1U << (31 - (distance - i)) : 0);
          in.raw({wanted[i]});
        }
        if (distance % 32 == 0) in.u32(0x8000'0000);
        const std::size_t more = length - 3;
        in.u16(match(distance, static_cast<unsigned>(std::min<std::size_t>(more, 7))));
        if (more >= 22) {
          in.u8(15).u8(255).u16(static_cast<std::uint16_t>(more));
        } else if (more >= 7) {
          in.u8(static_cast<std::uint8_t>(more - 7));
        }
        for (std::size_t i = 0; i < length; ++i) wanted.push_back(wanted[wanted.size() - distance]);
        std::size_t tokens = distance % 32 + 1;
        for (std::size_t i = 0; i < behind; ++i, ++tokens) {
          if (tokens % 32 == 0) in.u32(0);
          in.u8(static_cast<std::uint8_t>(i));
          wanted.push_back(static_cast<std::byte>(i));
        }
        const Decoded decoded = decode(in.bytes(), wanted.size());
        CHECK(decoded.sound);
        CHECK(decoded.bytes == wanted);
      }
    }
  }
}

TEST_CASE("lz77: what is impossible is refused") {
  CHECK_FALSE(decode(little().u32(0x8000'0000).u16(match(1, 0)).bytes(), 3).sound);
  CHECK_FALSE(decode(little().u32(0x4000'0000).u8(1).u16(match(2, 0)).bytes(), 4).sound);
  // The same far from both ends, where more is copied at a time.
  const Bytes rest(200);
  CHECK_FALSE(decode(little().u32(0x4000'0000).u8(1).u16(match(2, 0)).raw(rest).bytes(), 100).sound);
  const auto with_length = [](const Bytes& length) {
    return little()
        .u32(0x4000'0000)
        .u8(1)
        .u16(match(1, 7))
        .u8(15)
        .u8(255)
        .raw(length)
        .raw(Bytes(200))
        .bytes();
  };
  CHECK(decode(with_length(little().u16(22).bytes()), 26).sound);
  CHECK_FALSE(decode(with_length(little().u16(21).bytes()), 26).sound);
  CHECK_FALSE(decode(with_length(little().u16(0).u32(0).bytes()), 26).sound);
  CHECK_FALSE(decode(with_length(little().u16(0).u32(UINT32_MAX).bytes()), 1000).sound);
  CHECK_FALSE(decode(with_length(little().u16(0).u32(UINT32_MAX - 2).bytes()), 1000).sound);
}

// Runs, copies of earlier bytes and noise, in the proportions that `engine` picks.
Bytes random_shape(Engine& engine, std::size_t size) {
  const unsigned noise = engine() % 100;
  const unsigned alphabet = 1 + engine() % 256;
  Bytes bytes;
  while (bytes.size() < size) {
    const std::size_t count = 1 + engine() % (engine() % 8 == 0 ? 2000 : 40);
    const std::size_t distance = bytes.empty() ? 0 : 1 + engine() % std::min<std::size_t>(bytes.size(), 9000);
    const bool copies = !bytes.empty() && engine() % 100 >= noise;
    for (std::size_t i = 0; i < count; ++i) {
      bytes.push_back(copies ? bytes[bytes.size() - distance] : static_cast<std::byte>(engine() % alphabet));
    }
  }
  bytes.resize(size);
  return bytes;
}

TEST_CASE("lz77: what was compressed comes back") {
  Engine engine(77);
  for (int i = 0; i < 1500; ++i) {
    const std::size_t size = engine() % (i % 50 == 0 ? 200'000 : 3000);
    const Bytes bytes =
        i < 100 ? random_shape(engine, static_cast<std::size_t>(i)) : random_shape(engine, size);
    const Bytes packed = compress_lz77(bytes);
    CHECK(packed.size() <= bytes.size() + bytes.size() / 32 * 4 + 4);
    const Decoded decoded = decode(packed, bytes.size());
    REQUIRE(decoded.sound);
    REQUIRE(decoded.bytes == bytes);
    REQUIRE_FALSE(decode(packed, bytes.size() + 1).sound);
  }
  const Bytes zeros(200'000);
  CHECK(compress_lz77(zeros).size() == 4 + 1 + 2 + 1 + 1 + 2 + 4);
}

TEST_CASE("lz77: damage never reads or writes elsewhere") {
  Engine engine(78);
  std::size_t refused = 0;
  for (int i = 0; i < 3000; ++i) {
    const Bytes bytes = random_shape(engine, 1 + engine() % 2000);
    Bytes packed = compress_lz77(bytes);
    for (unsigned damages = 1 + engine() % 4; damages > 0; --damages) {
      packed[engine() % packed.size()] = static_cast<std::byte>(engine());
    }
    packed.resize(packed.size() - engine() % 2 * (engine() % packed.size()));
    if (!decode(packed, bytes.size()).sound) ++refused;
  }
  CHECK(refused > 1000);
}

}  // namespace
}  // namespace anchoko::formats::etl
