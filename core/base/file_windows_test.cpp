#include <fstream>

#include <doctest/doctest.h>
#include <windows.h>
// windows.h comes first: aclapi.h needs its types.
#include <aclapi.h>

#include "core/base/file.h"
#include "core/base/local_system.h"
#include "core/base/output_path.h"
#include "core/base/text_windows.h"
#include "tests/tools/temporary_folder.h"

namespace anchoko {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

void put(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

// Nothing is inherited from the folder above, and of the accounts that everybody belongs to none is named.
bool is_private(const fs::path& path) {
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (::GetNamedSecurityInfoW(path.c_str(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr,
                              &list, nullptr, &descriptor) != ERROR_SUCCESS ||
      list == nullptr) {
    return false;
  }
  bool good = list->AceCount > 0;
  for (const auto kind : {WinWorldSid, WinAuthenticatedUserSid, WinBuiltinUsersSid}) {
    alignas(SID) std::byte sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    if (!::CreateWellKnownSid(kind, nullptr, sid, &size)) good = false;
    for (DWORD i = 0; i < list->AceCount; ++i) {
      void* entry = nullptr;
      if (!::GetAce(list, i, &entry))
        good = false;
      else if (::EqualSid(&static_cast<ACCESS_ALLOWED_ACE*>(entry)->SidStart, sid))
        good = false;
    }
  }
  ::LocalFree(descriptor);
  return good;
}

TEST_CASE("output: absent until committed, then private and whole, under a name in any script") {
  const TemporaryFolder folder;
  const std::string path = utf8(folder.path() / path_of("あんちょこ-é.pcapng"));
  auto output = create_output(path, Overwrite::no);
  REQUIRE(output);
  REQUIRE((*output)->write(bytes("hello world")));
  REQUIRE((*output)->rewrite(6, bytes("W")));
  REQUIRE((*output)->write(bytes("!\r\n")));
  CHECK_FALSE(fs::exists(path_of(path)));
  CHECK(read_text_file(path_of((*output)->pending_path())).value() == "hello World!\r\n");
  REQUIRE((*output)->commit());
  CHECK(read_text_file(path_of(path)).value() == "hello World!\r\n");
  CHECK(fs::path(L"\u3042\u3093\u3061\u3087\u3053-\u00e9.pcapng") == path_of(path).filename());
  CHECK(is_private(path_of(path)));
  CHECK(folder.entries() == 1);
}

TEST_CASE("output: devices are written straight, folders and absent folders are refused") {
  const TemporaryFolder folder;
  auto device = create_output("NUL", Overwrite::no);
  REQUIRE(device);
  REQUIRE((*device)->write(bytes("x")));
  CHECK((*device)->pending_path().empty());
  REQUIRE((*device)->commit());
  CHECK_FALSE(create_output(folder.path().string(), Overwrite::yes));
  CHECK_FALSE(create_output(folder / "", Overwrite::yes));
  CHECK_FALSE(create_output(folder / "absent\\out", Overwrite::yes));
}

TEST_CASE("input: absent files and folders are errors, text is limited") {
  const TemporaryFolder folder;
  const auto absent = open_input(folder / "absent");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().kind == ErrorKind::failed);
  CHECK_FALSE(read_text_file(folder.path()));
  put(folder / "text", std::string(1000, 'x'));
  CHECK(read_text_file(folder / "text", 1000).value().size() == 1000);
  CHECK_FALSE(read_text_file(folder / "text", 999));
}

TEST_CASE("a private folder is private, once, and is found writable without a trace") {
  const TemporaryFolder folder;
  REQUIRE(make_private_folder(folder / "private"));
  CHECK(is_private(folder / "private"));
  CHECK_FALSE(make_private_folder(folder / "private"));
  put(folder / "private\\file", "x");
  put(folder / "file", "x");
  CHECK_FALSE(can_write_folder(folder / "file"));
  CHECK(can_write_folder(folder / "private"));
  CHECK(fs::directory_iterator(folder / "private")->path().filename() == "file");
}

TEST_CASE("text goes between UTF-8 and UTF-16 and back") {
  CHECK(windows::wide("あ\U0001F40D") == L"\u3042\U0001F40D");
  CHECK(windows::narrow(L"\u3042\U0001F40D") == "あ\U0001F40D");
  CHECK(windows::wide("a\xff") == L"a\uFFFD");
  CHECK(windows::narrow(std::wstring(1, L'\xD800')) == "\uFFFD");
  CHECK(windows::wide("").empty());
  ::SetEnvironmentVariableW(L"ANCHOKO_TEST", L"\u3042");
  CHECK(windows::environment(L"ANCHOKO_TEST") == "あ");
  ::SetEnvironmentVariableW(L"ANCHOKO_TEST", nullptr);
  CHECK(windows::environment(L"ANCHOKO_TEST").empty());
  CHECK(windows::error_text(ERROR_ACCESS_DENIED).find('\n') == std::string::npos);
}

}  // namespace
}  // namespace anchoko
