#include "core/formats/block_buffer.h"

#include <random>

#include <doctest/doctest.h>

#include "core/formats/test_bytes.h"

namespace anchoko::formats {
namespace {

using test::Bytes;

// A file of `size` bytes whose content tells its offset, read in pieces of changing length; fails at
// `fail_at`.
class PatternInput final : public InputFile {
 public:
  PatternInput(std::uint64_t size, bool regular, std::uint64_t fail_at = UINT64_MAX)
      : size_(size), fail_at_(fail_at), regular_(regular) {}
  static std::byte at(std::uint64_t offset) { return static_cast<std::byte>(offset * 2654435761u >> 13); }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (position_ >= fail_at_) return fail(ErrorKind::failed, "broken");
    const std::uint64_t wanted = step_++ % 3 == 1 ? 1000 : buffer.size();
    const auto count =
        static_cast<std::size_t>(std::min({wanted, std::uint64_t{buffer.size()}, size_ - position_}));
    for (std::size_t i = 0; i < count; ++i) buffer[i] = at(position_ + i);
    position_ += count;
    return count;
  }
  const std::string& name() const override { return name_; }
  bool is_regular() const override { return regular_; }

 private:
  std::uint64_t size_;
  std::uint64_t fail_at_;
  bool regular_;
  std::uint64_t position_ = 0;
  unsigned step_ = 0;
  std::string name_ = "pattern";
};

TEST_CASE("block buffer: every byte once and in order, whatever is asked for, with and without the thread") {
  for (const bool regular : {false, true}) {
    constexpr std::uint64_t size = 20'000'000;
    BlockBuffer buffer(std::make_unique<PatternInput>(size, regular));
    std::mt19937 random(7);
    std::uint64_t offset = 0;
    bool same = true;
    while (true) {
      // Mostly records, now and then one larger than the room before a block, or than a block.
      const auto kind = random() % 100;
      std::size_t count = 1 + random() % 3000;
      if (kind == 0) count = 100'000 + random() % 300'000;
      if (kind == 1) count = 1'000'000;
      const std::byte* view = buffer.peek(count);
      if (view == nullptr) break;
      for (std::size_t i = 0; i < count; ++i) same = same && view[i] == PatternInput::at(offset + i);
      REQUIRE(buffer.offset() == offset);
      const std::size_t used = kind == 1 ? 5 : count;
      buffer.consume(used);
      offset += used;
      if (kind == 2) offset += buffer.discard(400'000);
    }
    CHECK(same);
    CHECK_FALSE(buffer.failed());
    CHECK(buffer.offset() + buffer.available() == size);
    CHECK(buffer.peek(buffer.available() + 1) == nullptr);
    CHECK(buffer.discard_rest() == size - offset);
    CHECK(buffer.offset() == size);
  }
}

TEST_CASE("block buffer: a failing read is told once its bytes are used up, not before") {
  for (const bool regular : {false, true}) {
    BlockBuffer buffer(std::make_unique<PatternInput>(20'000'000, regular, 5'000'000));
    std::uint64_t got = 0;
    while (buffer.peek(1000) != nullptr) {
      buffer.consume(1000);
      got += 1000;
    }
    CHECK(buffer.failed());
    CHECK(buffer.error().message == "broken");
    CHECK(got > 4'990'000);
  }
}

TEST_CASE("block buffer: left in the middle, the thread ends") {
  BlockBuffer buffer(std::make_unique<PatternInput>(UINT64_MAX, true));
  for (int i = 0; i < 3000; ++i) {
    REQUIRE(buffer.peek(1000) != nullptr);
    buffer.consume(1000);
  }
}

}  // namespace
}  // namespace anchoko::formats
