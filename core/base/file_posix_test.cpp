#include <cstdlib>
#include <fstream>
#include <string_view>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "tests/tools/temporary_folder.h"

namespace anchoko {
namespace {

namespace fs = std::filesystem;

using testing::TemporaryFolder;

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

void put(const fs::path& path, std::string_view text) {
  std::ofstream(path) << text;
}

TEST_CASE("output: absent until committed, then private and whole") {
  const TemporaryFolder folder;
  const auto path = folder / "out";
  auto output = create_output(path, Overwrite::no);
  REQUIRE(output);
  REQUIRE((*output)->write(bytes("hello world")));
  REQUIRE((*output)->rewrite(6, bytes("W")));
  CHECK_FALSE(fs::exists(path));
  CHECK(read_text_file((*output)->pending_path()).value() == "hello World");
  REQUIRE((*output)->commit());
  CHECK(read_text_file(path).value() == "hello World");
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(folder.entries() == 1);
}

// Linux on the file systems of tests; elsewhere it has a name beside the output.
TEST_CASE("output: a process killed on the way leaves nothing") {
  const TemporaryFolder folder;
  auto output = create_output(folder / "out", Overwrite::yes);
  REQUIRE(output);
  const bool nameless = (*output)->pending_path().starts_with("/proc/");
  CHECK(folder.entries() == (nameless ? 0 : 1));
  CHECK(nameless == (std::getenv("ANCHOKO_TEST_NAMED") == nullptr));
}

TEST_CASE("output: devices are written straight, links lead to their file, folders are refused") {
  const TemporaryFolder folder;
  auto device = create_output("/dev/null", Overwrite::no);
  REQUIRE(device);
  REQUIRE((*device)->write(bytes("x")));
  CHECK((*device)->pending_path().empty());
  REQUIRE((*device)->commit());
  struct stat status {};
  REQUIRE(::stat("/dev/null", &status) == 0);
  CHECK(S_ISCHR(status.st_mode));

  put(folder / "target", "old");
  fs::create_symlink(folder / "target", folder / "link");
  auto linked = create_output(folder / "link", Overwrite::yes);
  REQUIRE(linked);
  REQUIRE((*linked)->write(bytes("new")));
  REQUIRE((*linked)->commit());
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_text_file(folder / "target").value() == "new");

  CHECK_FALSE(create_output(folder / "", Overwrite::yes));
  CHECK_FALSE(create_output(folder / "absent/out", Overwrite::yes));
}

TEST_CASE("output: a full device is an error, not a silence") {
  if (!fs::exists("/dev/full")) return;
  auto output = create_output("/dev/full", Overwrite::yes);
  REQUIRE(output);
  CHECK_FALSE((*output)->write(bytes("x")));
}

TEST_CASE("input: absent files and folders are errors, text is limited") {
  const TemporaryFolder folder;
  CHECK_FALSE(open_input(folder / "absent"));
  CHECK_FALSE(read_text_file(folder / ""));
  put(folder / "text", std::string(1000, 'x'));
  CHECK(read_text_file(folder / "text", 1000).value().size() == 1000);
  CHECK_FALSE(read_text_file(folder / "text", 999));
}

TEST_CASE("a private folder is made with mode 0700, once") {
  const TemporaryFolder folder;
  REQUIRE(make_private_folder(folder / "private"));
  struct stat status {};
  REQUIRE(::stat((folder / "private").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  CHECK_FALSE(make_private_folder(folder / "private"));
}

}  // namespace
}  // namespace anchoko
