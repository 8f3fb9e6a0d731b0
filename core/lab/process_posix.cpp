#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/lab/host_world.h"
#include "core/lab/process.h"

namespace anchoko::lab {
namespace {

bool plays_tools = false;

volatile sig_atomic_t last_signal = 0;

void note_signal(int number) {
  last_signal = number;
}

// A host of the lab shows its programs no Linux /proc, and has it elsewhere.
std::string proc_folder() {
  const std::string inner = std::string(inner_folder) + "/proc";
  return access((inner + "/self").c_str(), F_OK) == 0 ? inner : "/proc";
}

void set_handler(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);  // no SA_RESTART: waiting ends
}

[[noreturn]] void run_daemon(char** words) {
  setsid();
  const int nothing = open("/dev/null", O_RDWR);
  for (int stream = 0; stream < 3; ++stream) dup2(nothing, stream);
  // What the caller had open, a lock among it, is not the daemon's.
  closefrom(3);
  execv((proc_folder() + "/self/exe").c_str(), words);
  _exit(127);
}

}  // namespace

void this_program_plays_tools() {
  plays_tools = true;
}

Result<int> start_daemon(const std::vector<std::string>& words) {
  if (!plays_tools)
    return fail(ErrorKind::failed, "this program plays no tools: '" + words.front() + "' is not started");
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) return fail(ErrorKind::failed, std::string("pipe: ") + std::strerror(errno));
  // Twice, so that it is nobody's child whom anybody must wait for.
  const pid_t middle = fork();
  if (middle == 0) {
    const pid_t last = fork();
    if (last == 0) run_daemon(arguments.data());
    [[maybe_unused]] const auto written = write(ends[1], &last, sizeof last);
    _exit(0);
  }
  close(ends[1]);
  pid_t pid = -1;
  const bool told = middle > 0 && read(ends[0], &pid, sizeof pid) == static_cast<ssize_t>(sizeof pid);
  close(ends[0]);
  if (middle > 0) waitpid(middle, nullptr, 0);
  if (!told || pid <= 0) return fail(ErrorKind::failed, "a process cannot be started");
  return pid;
}

bool is_ours_and_lives(int pid) {
  if (pid <= 0) return false;
  std::error_code none;
  const auto its = std::filesystem::read_symlink(proc_folder() + "/" + std::to_string(pid) + "/exe", none);
  if (none) return false;
  return its == std::filesystem::read_symlink(proc_folder() + "/self/exe", none) && !none;
}

SignalWatch::SignalWatch(std::initializer_list<int> signals) : signals_(signals) {
  last_signal = 0;
  for (const int number : signals_) set_handler(number, note_signal);
}

SignalWatch::~SignalWatch() {
  for (const int number : signals_) set_handler(number, SIG_DFL);
}

int SignalWatch::pending() const {
  return last_signal;
}

void SignalWatch::forget() {
  last_signal = 0;
}

}  // namespace anchoko::lab
