#include "core/base/output_path.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/tools/temporary_folder.h"

using namespace anchoko;
namespace fs = std::filesystem;
using testing::TemporaryFolder;

TEST_CASE("an output is checked before any work") {
  const TemporaryFolder folder;
  std::ofstream(folder / "old.pcapng") << "x";
  CHECK(check_output("-", false).has_value());
  CHECK(check_output(folder / "new.pcapng", false).has_value());
  CHECK(check_output(folder / "old.pcapng", true).has_value());
  const auto kind = [](const Result<void>& result) {
    REQUIRE_FALSE(result.has_value());
    return result.error().kind;
  };
  CHECK(kind(check_output("", true)) == ErrorKind::usage);
  CHECK(kind(check_output(folder / "old.pcapng", false)) == ErrorKind::usage);
  CHECK(kind(check_output(folder.path().string(), true)) == ErrorKind::usage);
  CHECK(kind(check_output(folder / "absent/new.pcapng", true)) == ErrorKind::usage);
  CHECK(kind(check_output(folder / "old.pcapng", true, {"-", folder / "old.pcapng"})) == ErrorKind::usage);
  CHECK(check_output(folder / "new.pcapng", true, {folder / "absent"}).has_value());
}

TEST_CASE("a default name is made of plain characters") {
  const auto native = [](const char* path) { return fs::path(path).make_preferred().string(); };
  // 1769860800: 2026-01-31 12:00:00 UTC, by date(1).
  CHECK(default_output("captures", "dns", "web1", 1769860800) ==
        native("captures/dns-web1-20260131T120000Z.pcapng"));
  const std::string odd = default_output("a/b", "../x y", "", 0);
  CHECK(fs::path(odd).make_preferred().string() == native("a/b/_._x_y-unnamed-19700101T000000Z.pcapng"));
}

TEST_CASE("output folders are made with all above them") {
  const TemporaryFolder folder;
  REQUIRE(make_output_folder(folder / "a/b").has_value());
  CHECK(fs::is_directory(folder / "a/b"));
  CHECK(make_output_folder(folder / "a/b").has_value());
  std::ofstream(folder / "file") << "x";
  CHECK_FALSE(make_output_folder(folder / "file/c").has_value());
}
