#include "core/formats/etl/lz77_stream.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include <doctest/doctest.h>

namespace anchoko::formats::etl {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

struct Result {
  Bytes out;
  bool damaged = false;
  bool in_match = false;
};

// Input comes in pieces of `step`, the output has room for `room` behind the history.
Result decompress(const Bytes& in, std::size_t size, std::size_t step, std::size_t room) {
  Lz77Stream stream;
  Result result;
  Bytes window(Lz77Stream::history + room);
  std::size_t held = 0;
  std::size_t given = std::min(step, in.size());
  std::size_t taken = 0;
  while (result.out.size() < size) {
    if (held > Lz77Stream::history) {
      std::copy(window.begin() + static_cast<std::ptrdiff_t>(held - Lz77Stream::history),
                window.begin() + static_cast<std::ptrdiff_t>(held), window.begin());
      held = Lz77Stream::history;
    }
    const std::size_t more = std::min(room, size - result.out.size());
    Lz77Stream::Input input{in.data() + taken, in.data() + given, given == in.size()};
    Lz77Stream::Output output{window.data(), window.data() + held, window.data() + held + more};
    const auto stop = stream.run(input, output);
    taken = static_cast<std::size_t>(input.at - in.data());
    const auto end = static_cast<std::size_t>(output.at - window.data());
    result.out.insert(result.out.end(), window.begin() + static_cast<std::ptrdiff_t>(held),
                      window.begin() + static_cast<std::ptrdiff_t>(end));
    held = end;
    if (stop == Lz77Stream::Stop::damaged) {
      result.damaged = true;
      return result;
    }
    if (stop == Lz77Stream::Stop::needs_input) given = std::min(given + step, in.size());
  }
  result.in_match = stream.in_match();
  return result;
}

// The two examples of [MS-XCA] 3.1.
const Bytes alphabet =
    bytes_of({0x3f, 0x00, 0x00, 0x00, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b,
              0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a});
const Bytes abc = bytes_of({0xff, 0xff, 0xff, 0x1f, 0x61, 0x62, 0x63, 0x17, 0x00, 0x0f, 0xff, 0x26, 0x01});

TEST_CASE("etl: the examples of the compression's specification, in pieces of any size") {
  for (const std::size_t step : {1ul, 7ul, 48ul, 1000ul}) {
    for (const std::size_t room : {1ul, 3ul, 31ul, 32ul, 1000ul}) {
      CAPTURE(step);
      CAPTURE(room);
      const auto letters = decompress(alphabet, 26, step, room);
      CHECK_FALSE(letters.damaged);
      REQUIRE(letters.out.size() == 26);
      for (std::size_t i = 0; i < 26; ++i) CHECK(letters.out[i] == static_cast<std::byte>('a' + i));
      const auto repeated = decompress(abc, 300, step, room);
      CHECK_FALSE(repeated.damaged);
      CHECK_FALSE(repeated.in_match);
      REQUIRE(repeated.out.size() == 300);
      for (std::size_t i = 0; i < 300; ++i) CHECK(repeated.out[i] == static_cast<std::byte>('a' + i % 3));
    }
  }
}

TEST_CASE("etl: two long matches share a byte of lengths") {
  // Literal x; match of distance 1 and length 10 + 2; another of length 10 + 5; literal y.
  const auto in = bytes_of({0x00, 0x00, 0x00, 0x60, 'x', 0x07, 0x00, 0x52, 0x07, 0x00, 'y'});
  const auto out = decompress(in, 1 + 12 + 15 + 1, 1000, 1000);
  CHECK_FALSE(out.damaged);
  REQUIRE(out.out.size() == 29);
  CHECK(std::count(out.out.begin(), out.out.end(), std::byte{'x'}) == 28);
  CHECK(out.out.back() == std::byte{'y'});
}

TEST_CASE("etl: lengths of two and of four bytes") {
  // 255, then 0x0200 - 22 + 15 + 7 + 3.
  const auto two = bytes_of({0, 0, 0, 0x40, 'x', 0x07, 0x00, 0x0f, 0xff, 0x00, 0x02});
  CHECK(decompress(two, 1 + 0x203, 1000, 64).out.size() == 1 + 0x203);
  CHECK_FALSE(decompress(two, 1 + 0x203, 1000, 64).in_match);
  CHECK(decompress(two, 0x203, 1000, 64).in_match);
  const auto four =
      bytes_of({0, 0, 0, 0x40, 'x', 0x07, 0x00, 0x0f, 0xff, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00});
  CHECK(decompress(four, 1 + 0x20003, 1000, 4096).out.size() == 1 + 0x20003);
}

TEST_CASE("etl: a match before the start, a length that cannot be and a short input are damage") {
  CHECK(decompress(bytes_of({0, 0, 0, 0x40, 'x', 0x08, 0x00, 'y'}), 10, 1000, 64).damaged);
  CHECK(decompress(bytes_of({0, 0, 0, 0x40, 'x', 0x07, 0x00, 0x0f, 0xff, 0x15, 0x00}), 40, 1000, 64).damaged);
  const auto cut = decompress(Bytes(alphabet.begin(), alphabet.end() - 3), 26, 1000, 64);
  CHECK(cut.damaged);
  CHECK(cut.out.size() == 23);
  CHECK(decompress(Bytes(3), 26, 1000, 64).damaged);
  CHECK(decompress({}, 26, 1000, 64).damaged);
}

}  // namespace
}  // namespace anchoko::formats::etl
