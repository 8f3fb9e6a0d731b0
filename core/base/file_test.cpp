#include "core/base/file.h"

#include <fstream>
#include <string_view>

#include <doctest/doctest.h>

#include "tests/tools/temporary_folder.h"

// What differs between systems is in file_posix_test.cpp and file_windows_test.cpp.
namespace anchoko {
namespace {

using testing::TemporaryFolder;

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

void put(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST_CASE("output: nothing is left behind without commit, and the old file stays") {
  const TemporaryFolder folder;
  put(folder / "out", "old");
  {
    auto output = create_output(folder / "out", Overwrite::yes);
    REQUIRE(output);
    REQUIRE((*output)->write(bytes("new")));
  }
  CHECK(folder.entries() == 1);
  CHECK(read_text_file(folder / "out").value() == "old");
}

TEST_CASE("output: an existing file is replaced only when asked") {
  const TemporaryFolder folder;
  put(folder / "out", "old");
  const auto refused = create_output(folder / "out", Overwrite::no);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::refused);
  auto output = create_output(folder / "out", Overwrite::yes);
  REQUIRE(output);
  REQUIRE((*output)->write(bytes("new")));
  REQUIRE((*output)->commit());
  CHECK(read_text_file(folder / "out").value() == "new");
}

TEST_CASE("output: a file that appears meanwhile is not replaced") {
  const TemporaryFolder folder;
  auto output = create_output(folder / "out", Overwrite::no);
  REQUIRE(output);
  put(folder / "out", "someone else's");
  const auto committed = (*output)->commit();
  REQUIRE_FALSE(committed);
  CHECK(committed.error().kind == ErrorKind::refused);
  output->reset();
  CHECK(read_text_file(folder / "out").value() == "someone else's");
  CHECK(folder.entries() == 1);
}

}  // namespace
}  // namespace anchoko
