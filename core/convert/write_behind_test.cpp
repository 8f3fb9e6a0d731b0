#include "core/convert/write_behind.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace anchoko::convert {
namespace {

struct Written {
  std::vector<std::byte> bytes;
  std::size_t room = SIZE_MAX;
  bool committed = false;
};

class MemoryOutput final : public OutputFile {
 public:
  explicit MemoryOutput(Written& written) : written_(written) {}
  Result<void> write(std::span<const std::byte> bytes) override {
    if (written_.bytes.size() + bytes.size() > written_.room) return fail(ErrorKind::failed, "disk full");
    written_.bytes.insert(written_.bytes.end(), bytes.begin(), bytes.end());
    return {};
  }
  Result<void> rewrite(std::uint64_t offset, std::span<const std::byte> bytes) override {
    if (offset + bytes.size() > written_.bytes.size()) return fail(ErrorKind::failed, "not written yet");
    std::copy(bytes.begin(), bytes.end(), written_.bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    return {};
  }
  Result<void> commit() override {
    written_.committed = true;
    return {};
  }
  std::string pending_path() const override { return "there"; }

 private:
  Written& written_;
};

TEST_CASE("write behind: the bytes in their order, whichever way they come") {
  Written written;
  std::vector<std::byte> expected;
  std::mt19937 random(3);
  {
    const auto output = write_behind(std::make_unique<MemoryOutput>(written));
    std::vector<std::byte> buffer(1000);
    std::size_t used = 0;
    for (int i = 0; i < 2000; ++i) {
      while (used < 800) buffer[used++] = static_cast<std::byte>(random());
      const std::size_t count = 1 + random() % used;
      expected.insert(expected.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
      REQUIRE(output->write_front(buffer, count, used));
      REQUIRE(buffer.size() == 1000);
      used -= count;
      if (i % 100 == 50) {
        const std::byte one[] = {static_cast<std::byte>(i)};
        REQUIRE(output->write(one));
        expected.push_back(one[0]);
        REQUIRE(output->rewrite(expected.size() / 2, one));
        expected[expected.size() / 2] = one[0];
      }
      if (i % 100 == 70) {
        REQUIRE(output->flush());
        CHECK(written.bytes == expected);
      }
    }
    REQUIRE(output->commit());
    CHECK(output->pending_path() == "there");
  }
  CHECK(written.committed);
  CHECK(written.bytes == expected);
}

TEST_CASE("write behind: what cannot be written is told, and nothing is committed") {
  Written written;
  written.room = 2500;
  const auto output = write_behind(std::make_unique<MemoryOutput>(written));
  std::vector<std::byte> buffer(1000);
  bool failed = false;
  for (int i = 0; i < 10 && !failed; ++i) failed = !output->write_front(buffer, 1000, 1000);
  CHECK(failed);
  const auto done = output->commit();
  REQUIRE_FALSE(done);
  CHECK(done.error().message == "disk full");
  CHECK_FALSE(written.committed);
}

}  // namespace
}  // namespace anchoko::convert
