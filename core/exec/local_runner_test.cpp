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

using namespace anchoko;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "anchoko-runner-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::optional<int> wait_for(RunningCommand& command, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < until) {
    if (const auto status = command.poll()) return status;
    std::this_thread::sleep_for(10ms);
  }
  return command.poll();
}

bool wait_for_text(const std::string& path, const std::string& wanted) {
  for (int i = 0; i < 500; ++i) {
    if (text_of(path).find(wanted) != std::string::npos) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
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
  const auto file = folder.file("pids");
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
  const auto script = folder.file("broken");
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

TEST_CASE("start: messages go to a private file, interrupt ends it, the status is kept") {
  auto runner = make_local_runner();
  const TemporaryFolder folder;
  const auto messages = folder.file("messages");
  auto command = runner->start(
      {"sh", "-c", "trap 'echo stopped >&2; exit 5' INT; echo ready >&2; while :; do sleep 0.05; done"},
      messages);
  REQUIRE(command.has_value());
  REQUIRE(wait_for_text(messages, "ready"));
  struct stat status {};
  REQUIRE(::stat(messages.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK_FALSE((*command)->poll().has_value());
  // A session and group of its own: the terminal's Ctrl-C does not reach it.
  const auto pid = static_cast<pid_t>((*command)->pid());
  CHECK(::getsid(pid) == pid);
  CHECK(::getpgid(pid) == pid);
  CHECK(::getsid(0) != pid);
  REQUIRE((*command)->interrupt().has_value());
  CHECK(wait_for(**command, 5s) == 5);
  CHECK(text_of(messages) == "ready\nstopped\n");
  CHECK((*command)->interrupt().has_value());  // ended already: nothing happens
  CHECK((*command)->terminate().has_value());
  CHECK((*command)->poll() == 5);
  // An existing file is never written over.
  CHECK(runner->start({"true"}, messages).error().kind == ErrorKind::failed);
}

TEST_CASE("start: what a killed minder leaves behind is interrupted, not left without a limit") {
  auto runner = make_local_runner();
  const TemporaryFolder folder;
  const auto messages = folder.file("messages");
  auto command =
      runner->start({"timeout", "60", "sh", "-c",
                     "trap 'echo stopped >&2; exit' INT; echo ready >&2; while :; do sleep 0.05; done"},
                    messages);
  REQUIRE(command.has_value());
  REQUIRE(wait_for_text(messages, "ready"));
  REQUIRE(::kill(static_cast<pid_t>((*command)->pid()), SIGKILL) == 0);
  CHECK(wait_for(**command, 5s) == 128 + SIGKILL);
  CHECK(wait_for_text(messages, "stopped"));
}

TEST_CASE("start: interrupting one that has ended but was not asked is safe; terminate ends a deaf one") {
  auto runner = make_local_runner();
  const TemporaryFolder folder;
  auto quick = runner->start({"true"}, folder.file("a"));
  REQUIRE(quick.has_value());
  std::this_thread::sleep_for(100ms);
  CHECK((*quick)->interrupt().has_value());
  CHECK(wait_for(**quick, 5s) == 0);
  auto deaf = runner->start({"sh", "-c", "trap '' INT; echo ready >&2; while :; do sleep 0.05; done"},
                            folder.file("b"));
  REQUIRE(deaf.has_value());
  REQUIRE(wait_for_text(folder.file("b"), "ready"));
  CHECK((*deaf)->interrupt().has_value());
  CHECK_FALSE(wait_for(**deaf, 300ms).has_value());
  CHECK((*deaf)->terminate().has_value());
  CHECK(wait_for(**deaf, 5s) == 128 + SIGTERM);
  auto absent = runner->start({"anchoko-no-such-program"}, folder.file("c"));
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().kind == ErrorKind::unavailable);
}

TEST_CASE("start: destroying the handle leaves the command running") {
  auto runner = make_local_runner();
  const TemporaryFolder folder;
  const auto messages = folder.file("messages");
  const auto ended = folder.file("ended");
  pid_t pid = 0;
  {
    auto command =
        runner->start({"sh", "-c", "echo ready >&2; sleep 0.4; echo yes > \"$1\"", "sh", ended}, messages);
    REQUIRE(command.has_value());
    pid = static_cast<pid_t>((*command)->pid());
    REQUIRE(wait_for_text(messages, "ready"));
  }
  CHECK(::kill(pid, 0) == 0);
  CHECK(wait_for_text(ended, "yes"));
}

TEST_CASE("find_program: absolute folders of the path and the system's own") {
  auto runner = make_local_runner();
  const TemporaryFolder folder;
  const auto tool = folder.file("anchoko-test-tool");
  std::ofstream(tool) << "#!/bin/sh\nexit 0\n";
  fs::permissions(tool, fs::perms::owner_all);
  std::ofstream(folder.file("not-executable")) << "x";
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
