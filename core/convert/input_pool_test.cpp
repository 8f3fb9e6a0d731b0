#include "core/convert/input_pool.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "core/formats/block_buffer.h"
#include "tests/tools/temporary_folder.h"

namespace anchoko::convert {
namespace {

std::byte pattern(std::size_t file, std::uint64_t offset) {
  return static_cast<std::byte>((offset + file * 7919) * 2654435761u >> 13);
}

// Files of many sizes, some read on much more often than others, in pieces smaller and larger than a block.
void check_every_byte(std::size_t count, std::size_t most_open) {
  const testing::TemporaryFolder folder;
  std::mt19937 random(static_cast<unsigned>(count));
  InputPool pool(count, most_open);
  std::vector<std::uint64_t> sizes;
  std::vector<formats::BlockBuffer> buffers;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string path = folder / std::to_string(i);
    sizes.push_back(i % 7 == 0 ? random() % 100 : random() % 400'000);
    std::vector<char> bytes(sizes.back());
    for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<char>(pattern(i, at));
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    auto file = pool.open(path);
    REQUIRE(file);
    buffers.emplace_back(std::move(*file));
  }
  std::uint64_t wrong = 0;
  std::vector<std::size_t> left(count);
  for (std::size_t i = 0; i < count; ++i) left[i] = i;
  while (!left.empty()) {
    // A tenth of the files is asked half of the time.
    const std::size_t among = random() % 2 == 0 ? left.size() : (left.size() + 9) / 10;
    const std::size_t place = random() % among;
    const std::size_t file = left[place];
    auto& buffer = buffers[file];
    std::size_t wanted = 1 + random() % 4000;
    if (random() % 50 == 0) wanted = 1 + random() % 70'000;
    const std::byte* view = buffer.peek(wanted);
    const std::size_t got = view != nullptr ? wanted : buffer.available();
    if (view == nullptr) view = buffer.peek(got);
    for (std::size_t at = 0; at < got; ++at)
      wrong += view[at] == pattern(file, buffer.offset() + at) ? 0u : 1u;
    buffer.consume(got);
    if (got == wanted) continue;
    CHECK(buffer.offset() == sizes[file]);
    CHECK_FALSE(buffer.failed());
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(place));
  }
  CHECK(wrong == 0);
}

TEST_CASE("input pool: every byte once and in order, for few and many inputs, open or opened anew") {
  check_every_byte(3, 3);
  check_every_byte(5, 2);
  check_every_byte(60, 60);
  check_every_byte(400, 20);
}

TEST_CASE("input pool: inputs that are given up, with blocks of theirs on the way") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "input";
  std::ofstream(path, std::ios::binary) << std::string(3'000'000, 'x');
  InputPool pool(200, 100);
  std::vector<formats::BlockBuffer> buffers;
  for (int i = 0; i < 200; ++i) {
    auto file = pool.open(path);
    REQUIRE(file);
    buffers.emplace_back(std::move(*file));
    CHECK(buffers.back().discard(200'000) == 200'000);
    if (i % 3 == 0) buffers.erase(buffers.begin() + i % static_cast<int>(buffers.size()));
  }
  for (auto& buffer : buffers) CHECK(buffer.discard_rest() == 2'800'000);
}

TEST_CASE("input pool: a file that takes the name of one that is being read is not taken for it") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "input";
  const auto write = [](const std::string& to, char byte) {
    std::ofstream(to, std::ios::binary) << std::string(2'000'000, byte);
  };
  write(path, 'x');
  InputPool pool(200, 0);
  auto file = pool.open(path);
  REQUIRE(file);
  formats::BlockBuffer buffer(std::move(*file));
  CHECK(buffer.discard(100'000) == 100'000);
  write(folder / "other", 'y');
  // Windows refuses while the thread has the file open, which is never long.
  std::error_code refused;
  for (int attempt = 0; attempt < 500; ++attempt) {
    std::filesystem::rename(folder / "other", path, refused);
    if (!refused) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  REQUIRE_FALSE(refused);
  bool foreign = false;
  while (const std::byte* at = buffer.peek(1)) {
    foreign = foreign || *at != std::byte{'x'};
    buffer.consume(1);
  }
  CHECK_FALSE(foreign);
  CHECK(buffer.failed());
  CHECK(buffer.error().message == path + ": another file has taken its name while it was read");
}

}  // namespace
}  // namespace anchoko::convert
