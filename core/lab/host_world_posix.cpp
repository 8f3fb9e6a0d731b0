#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/lab/host_world.h"
#include "core/lab/process_list.h"

namespace anchoko::lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* proc = "/proc";
constexpr std::array<const char*, 5> kinds{"user", "ipc", "uts", "mnt", "pid"};

Error system_error(const std::string& what) {
  return make_error(ErrorKind::failed, what + ": " + std::strerror(errno));
}

bool write_text(const fs::path& file, const std::string& text) {
  const int out = open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (out < 0) return false;
  const bool good = write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(out);
  return good;
}

// ---- the first process
// ----------------------------------------------------------------------------------------------

// Its words for why it could not become one; empty: it has.
std::string build_world(const EmulatedHost& host) {
  const fs::path root = host.folder() / "root";
  const fs::path inside = root / ".lab";
  const auto problem = [](const std::string& what) { return what + ": " + std::strerror(errno); };
  if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC) != 0) return problem("unshare");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return problem("mount /");
  // A folder can be made a root only where something is mounted.
  if (mount(root.c_str(), root.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return problem("mount " + root.string());
  if (mount(host.folder().c_str(), (inside / "host").c_str(), nullptr, MS_BIND, nullptr) != 0)
    return problem("mount " + host.folder().string());
  if (mount("proc", (inside / "proc").c_str(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    return problem("mount proc");
  if (chdir(root.c_str()) != 0 || syscall(SYS_pivot_root, ".", ".lab/system") != 0 || chdir("/") != 0)
    return problem("pivot_root " + root.string());
  if (sethostname(host.name().c_str(), host.name().size()) != 0) return problem("sethostname");
  return {};
}

// Takes leave of processes whose parents have gone, for ever.
[[noreturn]] void mind_orphans() {
  setsid();
  const int nothing = open("/dev/null", O_RDWR);
  for (int stream = 0; stream < 3; ++stream) dup2(nothing, stream);
  closefrom(3);
  prctl(PR_SET_PDEATHSIG, 0);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, nullptr);
  while (true) {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    int number = 0;
    sigwait(&children, &number);
  }
}

Result<void> own_namespaces() {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  // The rest is the child's to leave, for this process needs its own root and /proc on.
  if (unshare(CLONE_NEWPID | (user == 0 ? 0 : CLONE_NEWUSER)) != 0)
    return fail(ErrorKind::unavailable,
                std::string("this system does not let you make namespaces: ") + std::strerror(errno),
                "allow them (sysctl kernel.unprivileged_userns_clone=1, or "
                "kernel.apparmor_restrict_unprivileged_userns=0), or ask as root");
  if (user == 0) return {};
  // user_namespaces(7): without a right, one's own number alone, and no change of groups.
  if (!write_text("/proc/self/setgroups", "deny") ||
      !write_text("/proc/self/uid_map", "0 " + std::to_string(user) + " 1") ||
      !write_text("/proc/self/gid_map", "0 " + std::to_string(group) + " 1"))
    return fail(system_error("/proc/self/uid_map"));
  return {};
}

fs::path world_file(const fs::path& host_folder) {
  return host_folder / "world";
}

Result<void> note_world(const fs::path& host_folder, int pid) {
  const auto process = look_at_process(proc, pid);
  std::ofstream out(world_file(host_folder));
  if (process) out << pid << " " << process->started << "\n";
  if (!process || !out.flush())
    return fail(ErrorKind::failed, world_file(host_folder).string() + " cannot be written");
  return {};
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 512> piece{};
  while (true) {
    const ssize_t count = read(descriptor, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

fs::path namespace_file(const fs::path& process, const std::string& kind) {
  return process / "ns" / kind;
}

// The same namespace: the same file.
bool same_file(const fs::path& a, const fs::path& b) {
  struct stat left {
  }, right{};
  return stat(a.c_str(), &left) == 0 && stat(b.c_str(), &right) == 0 && left.st_dev == right.st_dev &&
         left.st_ino == right.st_ino;
}

// ---- entering
// -------------------------------------------------------------------------------------------------------

Result<void> join_namespaces(int pid) {
  const fs::path there = fs::path(proc) / std::to_string(pid), here = fs::path(proc) / "self";
  // All before the first is joined: then /proc is another one.
  std::array<int, kinds.size()> open_files{};
  open_files.fill(-1);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (same_file(namespace_file(there, kinds[i]), namespace_file(here, kinds[i]))) continue;
    open_files[i] = open(namespace_file(there, kinds[i]).c_str(), O_RDONLY | O_CLOEXEC);
    if (open_files[i] < 0) return fail(system_error(namespace_file(there, kinds[i]).string()));
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (open_files[i] >= 0 && setns(open_files[i], 0) != 0)
      return fail(system_error(std::string("the host's namespace ") + kinds[i]));
  }
  return {};
}

std::string search_path(const EmulatedHost& host) {
  // sshd(1M) of Solaris, /etc/environment of AIX, /etc/PATH of HP-UX, as far as the folders are here.
  if (host.os() == "solaris") return "/usr/bin:/bin:/usr/sbin:/sbin";
  return host.os() == "aix" ? "/usr/bin:/etc:/usr/sbin:/sbin" : "/usr/sbin:/usr/bin:/sbin";
}

void set_environment(const EmulatedHost& host, Entry entry) {
  const char* terminal = std::getenv("TERM");
  const std::string term = terminal == nullptr ? "" : terminal;
  clearenv();
  setenv("PATH", search_path(host).c_str(), 1);
  setenv("HOME", "/", 1);
  setenv("LOGNAME", "root", 1);
  setenv("USER", "root", 1);
  setenv("SHELL", login_shell(host).c_str(), 1);
  setenv("LANG", "C", 1);
  setenv("ANCHOKO_LAB_HOST", (std::string(inner_folder) + "/host").c_str(), 1);
  setenv("PS1", (host.name() + "# ").c_str(), 1);
  if (!term.empty() && entry != Entry::detached) setenv("TERM", term.c_str(), 1);
  if (entry == Entry::detached && !host.interfaces().empty() && !host.interfaces()[0].addresses.empty())
    setenv("SSH_CONNECTION", ("192.0.2.1 50022 " + host.interfaces()[0].addresses[0] + " 22").c_str(), 1);
}

[[noreturn]] void become(const EmulatedHost& host, const std::vector<std::string>& words, Entry entry) {
  if (entry == Entry::detached) setsid();
  if (entry == Entry::terminal) {
    setpgid(0, 0);
    // While it is not in front, whoever sets that is stopped for it.
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    signal(SIGTTOU, SIG_DFL);
  }
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_DFL);
  closefrom(3);
  umask(022);
  set_environment(host, entry);
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  const std::string why = host.name() + ": " + words[0] + ": " + std::strerror(errno) + "\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, why.data(), why.size());
  _exit(errno == ENOENT ? 127 : 126);
}

volatile sig_atomic_t entered = 0;
void pass_on(int number) {
  if (entered > 0) kill(entered, number);
}

}  // namespace

Result<void> begin_world(const EmulatedHost& host) {
  if (world_process(host.folder())) return {};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(system_error("pipe"));
  if (auto own = own_namespaces(); !own) return own;
  // The child is the new namespace's process 1.
  const pid_t first = fork();
  if (first < 0) return fail(system_error("fork"));
  if (first == 0) {
    close(ends[0]);
    const std::string problem = build_world(host);
    const std::string said = problem.empty() ? "ready" : problem;
    const bool told = write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    if (!problem.empty() || !told) _exit(1);
    mind_orphans();
  }
  close(ends[1]);
  const std::string said = read_all(ends[0]);
  close(ends[0]);
  auto noted = said == "ready" ? note_world(host.folder(), first) : Result<void>();
  if (said != "ready" || !noted) {
    kill(first, SIGKILL);
    waitpid(first, nullptr, 0);
    if (!noted) return noted;
    return fail(ErrorKind::unavailable, "the host's world cannot be made: " + said,
                "some containers forbid it: ask as root, or outside of the container");
  }
  return {};
}

std::optional<int> world_process(const fs::path& host_folder) {
  std::ifstream in(world_file(host_folder));
  int pid = 0;
  unsigned long long started = 0;
  if (!(in >> pid >> started)) return std::nullopt;
  const auto process = look_at_process(proc, pid);
  if (!process || process->ended || process->started != started) return std::nullopt;
  // The first of a world has left ours: whatever the file says, no other process is taken for it.
  const fs::path its = namespace_file(fs::path(proc) / std::to_string(pid), "pid");
  if (same_file(its, namespace_file(fs::path(proc) / "self", "pid"))) return std::nullopt;
  return pid;
}

std::vector<WorldProcess> world_processes(const fs::path& host_folder) {
  const auto first = world_process(host_folder);
  if (!first) return {};
  const fs::path world = namespace_file(fs::path(proc) / std::to_string(*first), "pid");
  std::vector<WorldProcess> found;
  for (const auto& process : list_processes(proc)) {
    const fs::path its = namespace_file(fs::path(proc) / std::to_string(process.pid), "pid");
    if (process.pid != *first && same_file(world, its)) found.push_back({process.pid, process.words});
  }
  return found;
}

Result<void> end_world(const fs::path& host_folder) {
  using namespace std::chrono_literals;
  // Its number was compared with its start, and is not taken over while it lives.
  for (int tries = 0; tries < 500; ++tries) {
    const auto first = world_process(host_folder);
    if (!first) {
      std::error_code ignored;
      fs::remove(world_file(host_folder), ignored);
      return {};
    }
    if (tries == 0 && kill(*first, SIGKILL) != 0)
      return fail(system_error("process " + std::to_string(*first)));
    std::this_thread::sleep_for(20ms);
  }
  return fail(ErrorKind::failed, "what runs on the host of " + host_folder.string() + " does not end");
}

Result<int> enter_world(const EmulatedHost& host, const std::vector<std::string>& words, Entry entry) {
  const auto first = world_process(host.folder());
  if (!first)
    return fail(ErrorKind::unavailable, host.name() + " is not up",
                "'anchoko lab up " + host.name() + "' starts it");
  if (auto joined = join_namespaces(*first); !joined) return fail(joined.error());
  if (chdir("/") != 0) return fail(system_error("/"));
  const pid_t child = fork();
  if (child < 0) return fail(system_error("fork"));
  if (child == 0) become(host, words, entry);
  entered = child;
  // The terminal's keys reach the child without us, which only waits for its end.
  if (entry == Entry::command || entry == Entry::terminal) {
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGTERM, pass_on);
    signal(SIGHUP, pass_on);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (entry == Entry::terminal) {
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(STDIN_FILENO, getpgrp());
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace anchoko::lab
