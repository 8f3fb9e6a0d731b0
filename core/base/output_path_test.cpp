#include "core/base/output_path.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

using namespace anchoko;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "anchoko-output-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  fs::path path;
};

}  // namespace

TEST_CASE("an output is checked before any work") {
  const Folder folder;
  std::ofstream(folder / "old.pcapng") << "x";
  fs::create_symlink("old.pcapng", folder / "link.pcapng");
  CHECK(check_output("-", false).has_value());
  CHECK(check_output(folder / "new.pcapng", false).has_value());
  CHECK(check_output(folder / "old.pcapng", true).has_value());
  const auto kind = [](const Result<void>& result) {
    REQUIRE_FALSE(result.has_value());
    return result.error().kind;
  };
  CHECK(kind(check_output("", true)) == ErrorKind::usage);
  CHECK(kind(check_output(folder / "old.pcapng", false)) == ErrorKind::usage);
  CHECK(kind(check_output(folder.path.string(), true)) == ErrorKind::usage);
  CHECK(kind(check_output(folder / "absent/new.pcapng", true)) == ErrorKind::usage);
  CHECK(kind(check_output("/dev/null", true)) == ErrorKind::usage);
  // Found at the end only, after a whole capture, were they not looked for.
  fs::create_symlink("nowhere.pcapng", folder / "dangling.pcapng");
  CHECK(kind(check_output(folder / "dangling.pcapng", false)) == ErrorKind::usage);
  CHECK(kind(check_output(folder / "dangling.pcapng", true)) == ErrorKind::usage);
  CHECK(kind(check_output(folder / std::string(300, 'a'), false)) == ErrorKind::usage);
  // Also by another name, and with permission to overwrite.
  CHECK(kind(check_output(folder / "old.pcapng", true, {"-", folder / "link.pcapng"})) == ErrorKind::usage);
  CHECK(check_output(folder / "new.pcapng", true, {folder / "absent"}).has_value());
}

TEST_CASE("a default name is made of plain characters") {
  // 1769860800: 2026-01-31 12:00:00 UTC, by date(1).
  CHECK(default_output("captures", "dns", "web1", 1769860800) == "captures/dns-web1-20260131T120000Z.pcapng");
  CHECK(default_output("a/b", "../x y", "", 0) == "a/b/_._x_y-unnamed-19700101T000000Z.pcapng");
}

TEST_CASE("output folders are made private, existing ones stay") {
  const Folder folder;
  fs::permissions(folder.path, fs::perms::owner_all | fs::perms::group_read);
  REQUIRE(make_output_folder(folder / "a/b").has_value());
  CHECK(fs::status(folder.path / "a").permissions() == fs::perms::owner_all);
  CHECK(fs::status(folder.path / "a/b").permissions() == fs::perms::owner_all);
  CHECK(fs::status(folder.path).permissions() == (fs::perms::owner_all | fs::perms::group_read));
  CHECK(make_output_folder(folder / "a/b").has_value());
  std::ofstream(folder / "file") << "x";
  CHECK_FALSE(make_output_folder(folder / "file/c").has_value());
}
