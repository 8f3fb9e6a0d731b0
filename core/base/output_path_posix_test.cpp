#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "core/base/output_path.h"
#include "tests/tools/temporary_folder.h"

using namespace anchoko;
namespace fs = std::filesystem;
using testing::TemporaryFolder;

TEST_CASE("an output is checked through links, and is never a device") {
  const TemporaryFolder folder;
  std::ofstream(folder / "old.pcapng") << "x";
  const auto kind = [](const Result<void>& result) {
    REQUIRE_FALSE(result.has_value());
    return result.error().kind;
  };
  CHECK(kind(check_output("/dev/null", true)) == ErrorKind::usage);
  CHECK(kind(check_output(folder / std::string(300, 'a'), false)) == ErrorKind::usage);
  // Found at the end only, after a whole capture, were they not looked for.
  fs::create_symlink("nowhere.pcapng", folder / "dangling.pcapng");
  CHECK(kind(check_output(folder / "dangling.pcapng", false)) == ErrorKind::usage);
  CHECK(kind(check_output(folder / "dangling.pcapng", true)) == ErrorKind::usage);
  // Also by another name, and with permission to overwrite.
  fs::create_symlink("old.pcapng", folder / "link.pcapng");
  CHECK(kind(check_output(folder / "old.pcapng", true, {"-", folder / "link.pcapng"})) == ErrorKind::usage);
}

TEST_CASE("output folders are made with mode 0700, existing ones stay") {
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::group_read);
  REQUIRE(make_output_folder(folder / "a/b").has_value());
  CHECK(fs::status(folder / "a").permissions() == fs::perms::owner_all);
  CHECK(fs::status(folder / "a/b").permissions() == fs::perms::owner_all);
  CHECK(fs::status(folder.path()).permissions() == (fs::perms::owner_all | fs::perms::group_read));
}
