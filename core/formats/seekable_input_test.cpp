#include "core/formats/seekable_input.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "core/formats/test_bytes.h"

namespace anchoko::formats {
namespace {

using test::Bytes;
using test::MemoryInput;

// Counts how often it is read.
class CountingInput final : public InputFile {
 public:
  CountingInput(Bytes bytes, std::optional<std::uint64_t> told, int& reads)
      : bytes_(std::move(bytes)), told_(told), reads_(reads) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    ++reads_;
    const std::size_t at = std::min(position_, bytes_.size());
    const std::size_t count = std::min(buffer.size(), bytes_.size() - at);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), count, buffer.begin());
    position_ = at + count;
    return count;
  }
  const std::string& name() const override { return name_; }
  std::optional<std::uint64_t> size() const override { return told_; }
  Result<void> seek(std::uint64_t offset) override {
    position_ = static_cast<std::size_t>(offset);
    return {};
  }

 private:
  Bytes bytes_;
  std::optional<std::uint64_t> told_;
  int& reads_;
  std::size_t position_ = 0;
  std::string name_ = "counting";
};

TEST_CASE("seekable input: the size is the one that is told; where none is, it is looked for") {
  const Bytes bytes = test::sequence(777);
  for (const auto& told :
       {std::optional<std::uint64_t>(777), std::optional<std::uint64_t>(0), std::optional<std::uint64_t>()}) {
    int reads = 0;
    auto input = SeekableInput::open(std::make_unique<CountingInput>(bytes, told, reads));
    REQUIRE(input);
    CHECK((*input)->size() == 777);
    CHECK((reads == 0) == (told == 777));
    std::array<std::byte, 10> last{};
    CHECK((*input)->read(0, std::span(last).first(3)) == 3);
    CHECK(std::equal(last.begin(), last.begin() + 3, bytes.begin()));
    CHECK((*input)->read(770, last) == 7);
    CHECK(std::equal(last.begin(), last.begin() + 7, bytes.begin() + 770));
    CHECK((*input)->read(777, last) == 0);
  }
}

TEST_CASE("seekable input: an interrupt ends the wait for what can be read only once") {
  int asked = 0;
  auto input = SeekableInput::open(std::make_unique<MemoryInput>(Bytes(100'000), 100),
                                   [&asked] { return asked++ < 2; });
  REQUIRE_FALSE(input);
  CHECK(input.error().kind == ErrorKind::interrupted);
  CHECK(asked == 3);
}

}  // namespace
}  // namespace anchoko::formats
