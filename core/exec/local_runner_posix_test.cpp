#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/exec/command_runner.h"
#include "tests/tools/temporary_folder.h"

using namespace anchoko;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

using testing::TemporaryFolder;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("run: both outputs and the exit status, words untouched by any shell") {
  auto runner = make_local_runner();
  const auto words = runner->run({"printf", "%s|", "a b", "$HOME", "*", "'", "", "; id"}, 10s);
  REQUIRE(words.has_value());
  CHECK(words->out == "a b|$HOME|*|'||; id|");
  CHECK(words->exit_status == 0);
  const auto both = runner->run({"sh", "-c", "echo out; echo err >&2; exit 7"}, 10s);
  REQUIRE(both.has_value());
  CHECK(both->out == "out\n");
  CHECK(both->err == "err\n");
  CHECK(both->exit_status == 7);
  CHECK(runner->run({"sh", "-c", "kill -TERM $$"}, 10s).value().exit_status == 128 + SIGTERM);
  CHECK(runner->run({"cat"}, 10s).value().out.empty());  // standard input is empty
}

TEST_CASE("run: much output on both pipes neither blocks nor grows beyond the cap") {
  auto runner = make_local_runner();
  const auto output =
      runner->run({"sh", "-c", "head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; exit 3"}, 30s);
  REQUIRE(output.has_value());
  CHECK(output->exit_status == 3);
  CHECK(output->out.size() == 1 << 20);
  CHECK(output->err.size() == 1 << 20);
  const auto exact = runner->run({"head", "-c", "700000", "/dev/zero"}, 30s);
  CHECK(exact.value().out.size() == 700000);
}

TEST_CASE("run: a command beyond its time is ended with its helpers") {
  auto runner = make_local_runner();
  const TemporaryFolder folder;
  const auto file = folder / "pids";
  const auto before = std::chrono::steady_clock::now();
  // Ignores SIGTERM, and so does its helper.
  const auto output = runner->run(
      {"sh", "-c", "trap '' TERM; sleep 60 & echo $! > \"$1\"; echo $$ >> \"$1\"; while :; do sleep 60; done",
       "sh", file},
      300ms);
  REQUIRE_FALSE(output.has_value());
  CHECK(output.error().kind == ErrorKind::failed);
  CHECK(std::chrono::steady_clock::now() - before < 5s);
  std::istringstream pids(text_of(file));
  long pid = 0;
  int count = 0;
  while (pids >> pid) {
    ++count;
    // Gone, or a zombie that nobody has collected yet.
    bool gone = false;
    for (int i = 0; i < 200 && !gone; ++i) {
      const std::string stat = text_of("/proc/" + std::to_string(pid) + "/stat");
      gone = stat.empty() || stat.find(") Z ") != std::string::npos;
      if (!gone) std::this_thread::sleep_for(10ms);
    }
    CHECK(gone);
  }
  CHECK(count == 2);
}

TEST_CASE("run: a helper that keeps the pipe open does not hold us") {
  auto runner = make_local_runner();
  const auto before = std::chrono::steady_clock::now();
  const auto output = runner->run({"sh", "-c", "sleep 3 & echo done"}, 20s);
  REQUIRE(output.has_value());
  CHECK(output->out == "done\n");
  CHECK(std::chrono::steady_clock::now() - before < 2s);
}

TEST_CASE("run: what cannot be started") {
  auto runner = make_local_runner();
  CHECK(runner->run({"anchoko-no-such-program"}, 1s).error().kind == ErrorKind::unavailable);
  CHECK(runner->run({"/no/such/program"}, 1s).error().kind == ErrorKind::unavailable);
  CHECK(runner->run({"/etc/passwd"}, 1s).error().kind == ErrorKind::unavailable);  // not executable
  CHECK(runner->run({}, 1s).error().kind == ErrorKind::failed);
  CHECK(runner->run({"printf", std::string("a\0b", 3)}, 1s).error().kind == ErrorKind::failed);
  const TemporaryFolder folder;
  const auto script = folder / "broken";
  std::ofstream(script) << "#!/no/such/interpreter\n";
  fs::permissions(script, fs::perms::owner_all);
  CHECK(runner->run({script}, 1s).error().kind == ErrorKind::unavailable);
}

TEST_CASE("run: C locale, default signals, no open files of ours") {
  auto runner = make_local_runner();
  CHECK(runner->run({"sh", "-c", "echo $LC_ALL; umask"}, 10s).value().out == "C\n0077\n");
  const int leak = ::open("/dev/null", O_RDONLY);  // without close-on-exec
  REQUIRE(leak > 2);
  sigset_t block;
  sigset_t old;
  sigemptyset(&block);
  sigaddset(&block, SIGINT);
  sigaddset(&block, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &block, &old);
  const auto was = std::signal(SIGINT, SIG_IGN);
  const auto status = runner->run({"cat", "/proc/self/status"}, 10s);
  const auto files = runner->run({"ls", "/proc/self/fd"}, 10s);
  std::signal(SIGINT, was);
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  ::close(leak);
  REQUIRE(status.has_value());
  CHECK(status->out.find("SigBlk:\t0000000000000000") != std::string::npos);
  const auto ignored = status->out.find("SigIgn:\t");
  REQUIRE(ignored != std::string::npos);
  CHECK((std::stoull(status->out.substr(ignored + 8, 16), nullptr, 16) & (1ULL << (SIGINT - 1))) == 0);
  REQUIRE(files.has_value());
  CHECK(files->out == "0\n1\n2\n3\n");  // 3 is the folder that ls reads
}

TEST_CASE(
    "run: what is handed to standard input arrives whole, and a command that does not read it is no harm") {
  auto runner = make_local_runner();
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += static_cast<char>(i * 7 % 256);
  const auto copied = runner->run({"cat"}, 10s, text);
  REQUIRE(copied.has_value());
  CHECK(copied->out == text);
  const std::string large(std::size_t{5} << 20, 'x');
  CHECK(runner->run({"wc", "-c"}, 10s, large).value().out == "5242880\n");
  CHECK(runner->run({"true"}, 10s, large).value().exit_status == 0);
  CHECK(runner->run({"sh", "-s"}, 10s, "echo '$HOME'; exit 3\n").value().out == "$HOME\n");
}

TEST_CASE("run: a session of its own, so that the terminal's Ctrl-C does not reach it") {
  auto runner = make_local_runner();
  const auto output = runner->run({"sh", "-c", "ps -o sid= -p $$; echo $$"}, 10s);
  REQUIRE(output.has_value());
  std::istringstream numbers(output->out);
  long session = 0;
  long pid = 0;
  const bool both = static_cast<bool>(numbers >> session >> pid);
  REQUIRE(both);
  CHECK(session == pid);
  CHECK(session != ::getsid(0));
}

TEST_CASE("find_program: absolute folders of the path and the system's own") {
  auto runner = make_local_runner();
  const TemporaryFolder folder;
  const auto tool = folder / "anchoko-test-tool";
  std::ofstream(tool) << "#!/bin/sh\nexit 0\n";
  fs::permissions(tool, fs::perms::owner_all);
  std::ofstream(folder / "not-executable") << "x";
  const char* path = std::getenv("PATH");
  const std::string old_path = path != nullptr ? path : "";
  const auto here = fs::current_path();
  fs::current_path(fs::path(tool).parent_path());
  ::setenv("PATH", "::.", 1);
  CHECK(runner->find_program("anchoko-test-tool").empty());  // the current folder is not searched
  CHECK_FALSE(runner->find_program("sh").empty());           // /bin is always known
  ::setenv("PATH", fs::path(tool).parent_path().c_str(), 1);
  CHECK(runner->find_program("anchoko-test-tool") == tool);
  CHECK(runner->find_program("not-executable").empty());
  CHECK(runner->find_program(tool) == tool);
  CHECK(runner->find_program("").empty());
  fs::current_path(here);
  ::setenv("PATH", old_path.c_str(), 1);
}

TEST_CASE("stream: output of any size, in pieces") {
  auto runner = make_local_runner();
  std::size_t count = 0;
  const auto whole = runner->stream({"sh", "-c", "head -c 30000000 /dev/zero; echo err >&2; exit 3"}, 10s, {},
                                    [&](auto piece) {
                                      count += piece.size();
                                      return Result<void>();
                                    });
  REQUIRE(whole.has_value());
  CHECK(count == 30'000'000);
  CHECK(whole->exit_status == 3);
  CHECK(whole->out.empty());
  CHECK(whole->err == "err\n");
  // The limit is for silence, not for the whole.
  std::string text;
  const auto slow = runner->stream({"sh", "-c", "for i in 1 2 3 4; do echo $i; sleep 0.3; done"}, 800ms, {},
                                   [&](auto piece) {
                                     text += piece;
                                     return Result<void>();
                                   });
  CHECK(slow.has_value());
  CHECK(text == "1\n2\n3\n4\n");
  const auto silent = runner->stream({"sleep", "20"}, 200ms, {}, [](auto) { return Result<void>(); });
  REQUIRE_FALSE(silent.has_value());
  CHECK(silent.error().message.find("wrote nothing for 200 ms") != std::string::npos);
  const auto refused = runner->stream({"sh", "-c", "echo x; sleep 20"}, 10s, {},
                                      [](auto) { return Result<void>(fail(ErrorKind::refused, "no more")); });
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::refused);
}
