#include <csignal>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/lab/process_list.h"
#include "tests/tools/temporary_folder.h"

using namespace anchoko;
namespace fs = std::filesystem;

namespace {

// proc(5): the fields behind the name, of which the 22nd of all is the start.
void add_process(const fs::path& proc, int pid, const std::string& name, const std::string& state,
                 const std::string& words) {
  const fs::path folder = proc / std::to_string(pid);
  fs::create_directory(folder);
  std::ofstream(folder / "stat") << pid << " (" << name << ") " << state
                                 << " 7 8 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 99 99\n";
  std::ofstream(folder / "cmdline", std::ios::binary) << words;
}

}  // namespace

// Not this process itself, of which an emulated processor tells less.
TEST_CASE("lab processes: one of ours") {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  REQUIRE(child > 0);
  const auto seen = lab::look_at_process("/proc", child);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  REQUIRE(seen.has_value());
  CHECK(seen->pid == child);
  CHECK(seen->parent == getpid());
  CHECK(seen->session == getsid(0));
  CHECK(seen->user == geteuid());
  CHECK(seen->started > 0);
  CHECK_FALSE(seen->ended);
  CHECK(seen->words.find("core_tests") != std::string::npos);
  CHECK_FALSE(lab::look_at_process("/proc", child).has_value());
}

TEST_CASE("lab processes: names that hold anything, and processes without words") {
  testing::TemporaryFolder proc;
  add_process(proc.path(), 40, "a) S 1 (b", "S", std::string("snoop\0-d\0net 0\0", 15));
  add_process(proc.path(), 5, "kernel", "S", "");
  add_process(proc.path(), 6, "gone", "Z", "");
  fs::create_directory(proc.path() / "7x");
  const auto all = lab::list_processes(proc.path());
  REQUIRE(all.size() == 2);
  CHECK(all[0].words == "kernel");
  CHECK(all[1].pid == 40);
  CHECK(all[1].parent == 7);
  CHECK(all[1].session == 9);
  CHECK(all[1].started == 123456);
  CHECK(all[1].words == "snoop -d net 0");
}

// Its files are there and cannot be read: a folder fails as they do.
TEST_CASE("lab processes: one that ends while it is looked at") {
  testing::TemporaryFolder proc;
  fs::create_directories(proc.path() / "41" / "stat");
  CHECK_FALSE(lab::look_at_process(proc.path(), 41).has_value());
  CHECK_FALSE(lab::look_at_process(proc.path(), 42).has_value());
  CHECK(lab::list_processes(proc.path()).empty());
  add_process(proc.path(), 43, "x", "S", "x");
  fs::remove(proc.path() / "43" / "cmdline");
  fs::create_directory(proc.path() / "43" / "cmdline");
  CHECK(lab::list_processes(proc.path()).at(0).words == "x");
}
