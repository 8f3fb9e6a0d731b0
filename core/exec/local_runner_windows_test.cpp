#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <doctest/doctest.h>
#include <windows.h>
// windows.h comes first: shellapi.h needs its types.
#include <shellapi.h>

#include "core/base/text_windows.h"
#include "core/exec/command_runner.h"
#include "core/exec/launch_windows.h"
#include "tests/tools/temporary_folder.h"

using namespace anchoko;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// The judge: Windows' own reading of a command line.
CommandLine read_back(const std::string& text) {
  int count = 0;
  wchar_t** const words = ::CommandLineToArgvW(windows::wide(text).c_str(), &count);
  CommandLine read;
  for (int i = 0; i < count; ++i) read.push_back(windows::narrow(words[i]));
  ::LocalFree(words);
  return read;
}

}  // namespace

TEST_CASE("words go through a command line unchanged") {
  const CommandLine odd{"C:\\Program Files\\x.exe",
                        "a b",
                        "",
                        "\"",
                        "\\",
                        "a\\",
                        "a b\\",
                        "a\\\"b",
                        "\\\\",
                        "\\\\ \\\\",
                        "\t",
                        "%PATH%",
                        "&|<>^",
                        "'",
                        "あんちょこ",
                        "a\"b c\"d"};
  CHECK(read_back(windows::quote_arguments(odd)) == odd);
  std::mt19937 random(1);
  const std::string letters = "ab \\\"\t";
  for (int round = 0; round < 3000; ++round) {
    CommandLine words{"x"};
    for (auto count = random() % 4; count > 0; --count) {
      std::string word;
      for (auto size = random() % 8; size > 0; --size) word += letters[random() % letters.size()];
      words.push_back(word);
    }
    REQUIRE(read_back(windows::quote_arguments(words)) == words);
  }
}

TEST_CASE("run: both outputs and the exit status") {
  auto runner = make_local_runner();
  const auto both = runner->run({"cmd", "/d", "/c", "echo out& echo err>&2& exit 7"}, 20s);
  REQUIRE(both.has_value());
  CHECK(both->out == "out\r\n");
  CHECK(both->err == "err\r\n");
  CHECK(both->exit_status == 7);
  CHECK(runner->run({"cmd", "/d", "/c", "echo %LC_ALL%"}, 20s).value().out == "C\r\n");
}

TEST_CASE("run: standard input is the text given, else empty") {
  auto runner = make_local_runner();
  // cmd.exe does what it reads.
  std::string commands;
  for (int i = 0; i < 500; ++i) commands += "rem " + std::string(100, 'x') + "\r\n";
  const auto read = runner->run({"cmd", "/d", "/q"}, 60s, commands + "echo the last of them\r\nexit 5\r\n");
  REQUIRE(read.has_value());
  CHECK(read->out.find("the last of them\r\n") != std::string::npos);
  CHECK(read->exit_status == 5);
  const auto empty = runner->run({"cmd", "/d", "/q"}, 20s);
  REQUIRE(empty.has_value());
  CHECK(empty->exit_status == 0);
}

TEST_CASE("run: what cannot be started") {
  auto runner = make_local_runner();
  CHECK(runner->run({"anchoko-no-such-program"}, 1s).error().kind == ErrorKind::unavailable);
  CHECK(runner->run({"C:\\no\\such.exe"}, 1s).error().kind == ErrorKind::unavailable);
  CHECK(runner->run({}, 1s).error().kind == ErrorKind::failed);
  CHECK(runner->run({"cmd", std::string("a\0b", 3)}, 1s).error().kind == ErrorKind::failed);
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "broken.exe") << "no program at all";
  CHECK(runner->run({folder / "broken.exe"}, 1s).error().kind == ErrorKind::unavailable);
}

TEST_CASE("run: a batch file never gets words that cmd.exe would act on") {
  auto runner = make_local_runner();
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "say.bat") << "@echo said %1\r\n";
  CHECK(runner->run({folder / "say.bat", "plain-1.2"}, 20s).value().out == "said plain-1.2\r\n");
  for (const char* word : {"a&calc", "%PATH%", "a b", "\"", "^", ""}) {
    CHECK(runner->run({folder / "say.bat", word}, 20s).error().kind == ErrorKind::refused);
  }
}

TEST_CASE("run: a command beyond its time is ended with its helpers") {
  auto runner = make_local_runner();
  const auto before = std::chrono::steady_clock::now();
  const auto output = runner->run({"cmd", "/d", "/c", "cmd /d /c ping -n 20 127.0.0.1 >NUL"}, 1s);
  REQUIRE_FALSE(output.has_value());
  CHECK(output.error().kind == ErrorKind::failed);
  CHECK(output.error().message.find("did not end within 1000 ms") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - before < 20s);
}

TEST_CASE("run: much output neither blocks nor grows beyond the cap") {
  auto runner = make_local_runner();
  const testing::TemporaryFolder folder;
  const std::string big(3'000'000, 'x');
  std::ofstream(folder / "big", std::ios::binary) << big;
  const auto output = runner->run({"cmd", "/d", "/c", "type " + folder / "big"}, 60s);
  REQUIRE(output.has_value());
  CHECK(output->exit_status == 0);
  CHECK(output->out.size() == 1 << 20);
}

TEST_CASE("find_program: absolute folders of the path and the system's own, with its endings") {
  auto runner = make_local_runner();
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "anchoko-test-tool.exe") << "x";
  std::ofstream(folder / "anchoko-test-tool.bat") << "x";
  std::ofstream(folder / "no-program.txt") << "x";
  const auto set = [](const wchar_t* name, const std::string& value) {
    ::SetEnvironmentVariableW(name, windows::wide(value).c_str());
  };
  const std::string old_path = windows::environment(L"PATH");
  const std::string old_endings = windows::environment(L"PATHEXT");
  const auto here = fs::current_path();
  fs::current_path(folder.path());
  set(L"PATH", ";.;;");
  CHECK(runner->find_program("anchoko-test-tool").empty());  // the current folder is not searched
  CHECK_FALSE(runner->find_program("cmd").empty());          // the system's folder is always known
  fs::current_path(here);
  set(L"PATH", folder.path().string());
  set(L"PATHEXT", ".COM;.EXE;.BAT");
  CHECK(runner->find_program("anchoko-test-tool") == folder / "anchoko-test-tool.exe");
  CHECK(runner->find_program("anchoko-test-tool.bat") == folder / "anchoko-test-tool.bat");
  set(L"PATHEXT", ".BAT;.EXE");
  CHECK(runner->find_program("anchoko-test-tool") == folder / "anchoko-test-tool.bat");
  CHECK(runner->find_program("no-program.txt").empty());
  CHECK(runner->find_program("no-program").empty());
  CHECK(runner->find_program("").empty());
  set(L"PATH", old_path);
  set(L"PATHEXT", old_endings);
}
