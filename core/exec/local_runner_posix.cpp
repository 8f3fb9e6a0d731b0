// The only user of Boost.Process. Commands are words, never a shell; each one gets a session of its own, so
// that a Ctrl-C or hang-up of the terminal reaches anchoko alone, which then ends the tool in order.
#define BOOST_PROCESS_USE_STD_FS 1

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>
#include <vector>

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/environment.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/io.hpp>
#include <boost/process/pipe.hpp>
#include <boost/process/posix.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/exec/command_runner.h"

namespace anchoko {
namespace {

namespace bp = boost::process;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds poll_step{20};
constexpr milliseconds end_grace{
    500};  // between SIGTERM and SIGKILL of a command that ran into its time limit

// No file of ours leaks into a command. Marking instead of closing keeps Boost's own error pipe usable until
// exec.
void mark_close_on_exec() {
#if defined(__GLIBC__) && defined(CLOSE_RANGE_CLOEXEC)
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
#endif
  rlimit limit{};
  int last = 1024;
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    last = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65536));
  for (int descriptor = 3; descriptor < last; ++descriptor) {
    const int flags = ::fcntl(descriptor, F_GETFD);
    if (flags >= 0) ::fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC);
  }
}

// Between fork and exec, so async-signal-safe calls only. A shell that puts anchoko into the background may
// have had signals ignored, and a caller may have them blocked: both would be inherited.
void prepare_child() {
  ::setsid();
  ::umask(0077);  // what a tool writes is its owner's alone
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGALRM}) ::signal(number, SIG_DFL);
  mark_close_on_exec();
}

struct ChildSetup : bp::extend::handler {
  template <typename Executor>
  void on_exec_setup(Executor&) const {
    prepare_child();
  }
};

bp::environment child_environment() {
  bp::environment environment = boost::this_process::environment();
  environment["LC_ALL"] = "C";
  return environment;
}

bool is_executable_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string search(const std::string& name) {
  if (name.empty() || name.find('\0') != std::string::npos) return {};
  if (name.find('/') != std::string::npos) return is_executable_file(name) ? name : std::string{};
  const char* path = std::getenv("PATH");
  std::string folders = path != nullptr ? path : "";
  folders += ":/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin";
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    // A relative folder (also the empty one) would mean whatever lies in the current folder.
    if (end > begin && folders[begin] == '/') {
      std::string candidate = folders.substr(begin, end - begin);
      if (candidate.back() != '/') candidate += '/';
      candidate += name;
      if (is_executable_file(candidate)) return candidate;
    }
    begin = end + 1;
  }
  return {};
}

std::string system_text(int number) {
  return std::generic_category().message(number);
}

Result<std::string> program_of(const CommandLine& command) {
  if (command.empty()) return fail(ErrorKind::failed, "there is no command to run");
  for (const auto& word : command) {
    if (word.find('\0') != std::string::npos)
      return fail(ErrorKind::failed, "a word of the command holds a zero byte");
  }
  auto path = search(command.front());
  if (path.empty())
    return fail(ErrorKind::unavailable, "the program `" + command.front() + "` was not found");
  return path;
}

Error start_error(const CommandLine& command, const std::error_code& code) {
  const bool absent = code.value() == ENOENT || code.value() == EACCES;
  return make_error(absent ? ErrorKind::unavailable : ErrorKind::failed,
                    "`" + command.front() + "` could not be started: " + code.message());
}

std::vector<std::string> arguments_of(const CommandLine& command) {
  return {command.begin() + 1, command.end()};
}

int status_of(int wait_status) {
  if (WIFEXITED(wait_status)) return WEXITSTATUS(wait_status);
  if (WIFSIGNALED(wait_status)) return 128 + WTERMSIG(wait_status);
  return 1;
}

// Has it ended? It stays a zombie, so its number cannot pass to another process while we may still signal it.
bool has_ended(pid_t pid) {
  siginfo_t info{};
  int result = 0;
  do {
    result = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
  } while (result != 0 && errno == EINTR);
  return result != 0 || info.si_pid == pid;
}

int reap(bp::child& child) {
  std::error_code ignored;
  child.wait(ignored);
  return status_of(child.native_exit_code());
}

// Reads both pipes as they fill. The command's helpers may hold the pipes open longer than it lives: what is
// there when it has ended is read, nothing is waited for.
class PipeDrain {
 public:
  // `sink`: takes the first one's instead of `text`; may be null.
  PipeDrain(bp::pipe& out, bp::pipe& err, const OutputSink* sink)
      : pipes_{out.native_source(), err.native_source()}, sink_(sink) {}

  // Waits up to `wait` for something to read. False: both are at their end.
  bool drain(milliseconds wait) {
    std::array<pollfd, 2> set{};
    nfds_t count = 0;
    std::array<std::size_t, 2> which{};
    for (std::size_t i = 0; i < pipes_.size(); ++i) {
      if (!open_[i]) continue;
      set[count] = {pipes_[i], POLLIN, 0};
      which[count++] = i;
    }
    if (count == 0) return false;
    if (::poll(set.data(), count, static_cast<int>(wait.count())) <= 0) return true;
    for (nfds_t i = 0; i < count; ++i) {
      if (set[i].revents != 0) read_once(which[i]);
    }
    return open_[0] || open_[1];
  }
  // True while something was read without waiting.
  bool drain_rest() {
    const std::size_t before = seen_;
    drain(milliseconds(0));
    return seen_ != before;
  }

  std::array<std::string, 2> text;
  Result<void> taken;  // what the sink answered last

  std::size_t seen() const { return seen_; }

 private:
  void read_once(std::size_t index) {
    std::array<char, 65536> buffer;
    const ssize_t count = ::read(pipes_[index], buffer.data(), buffer.size());
    if (count > 0) {
      const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
      seen_ += piece.size();
      if (index == 0 && sink_ != nullptr) {
        if (taken) taken = (*sink_)(piece);
        return;
      }
      const std::size_t room =
          CommandRunner::output_cap - std::min(CommandRunner::output_cap, text[index].size());
      text[index].append(piece.substr(0, room));
    } else if (count == 0 || errno != EINTR) {
      open_[index] = false;
    }
  }

  std::array<int, 2> pipes_;
  const OutputSink* sink_;
  std::array<bool, 2> open_{true, true};
  std::size_t seen_ = 0;
};

void end_group(pid_t pid) {
  ::kill(-pid, SIGTERM);
  const auto until = steady_clock::now() + end_grace;
  while (!has_ended(pid) && steady_clock::now() < until) ::usleep(10'000);
  ::kill(-pid, SIGKILL);  // also its helpers; the zombie keeps the group's number ours
  ::kill(pid, SIGKILL);
}

// What the command reads, as a file without a name. -1 with errno on failure.
int input_file(std::string_view text) {
  if (text.empty()) return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  int file = -1;
#ifdef MFD_CLOEXEC
  file = ::memfd_create("input", MFD_CLOEXEC);
#endif
  if (file < 0) {
    std::string name = "/tmp/anchoko.XXXXXX";
    file = ::mkostemp(name.data(), O_CLOEXEC);
    if (file >= 0) ::unlink(name.c_str());
  }
  for (std::size_t done = 0; file >= 0 && done < text.size();) {
    const ssize_t count = ::write(file, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int problem = errno;
      ::close(file);
      errno = problem;
      return -1;
    }
    done += static_cast<std::size_t>(count);
  }
  if (file >= 0) ::lseek(file, 0, SEEK_SET);
  return file;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

class LocalRunner final : public CommandRunner {
 public:
  Result<CommandOutput> run(const CommandLine& command, milliseconds time_limit,
                            std::string_view input) override {
    return execute(command, time_limit, input, nullptr);
  }
  Result<CommandOutput> stream(const CommandLine& command, milliseconds patience, std::string_view input,
                               const OutputSink& sink) override {
    return execute(command, patience, input, &sink);
  }
  std::string find_program(const std::string& name) override { return search(name); }

 private:
  static Result<CommandOutput> execute(const CommandLine& command, milliseconds time_limit,
                                       std::string_view input, const OutputSink* sink) {
    const auto program = program_of(command);
    if (!program) return fail(program.error());
    const Descriptor in(input_file(input));
    if (in.number() < 0)
      return fail(ErrorKind::failed,
                  "the input of `" + command.front() + "` could not be made: " + system_text(errno));
    try {
      bp::pipe out;
      bp::pipe err;
      std::error_code code;
      bp::child child(bp::exe = *program, bp::args = arguments_of(command), child_environment(),
                      bp::posix::fd.bind(STDIN_FILENO, in.number()), bp::std_out > out, bp::std_err > err,
                      ChildSetup{}, code);
      if (code) return fail(start_error(command, code));
      PipeDrain drain(out, err, sink);
      if (auto ended = drain_to_end(child, drain, command.front(), time_limit, sink != nullptr); !ended)
        return fail(ended.error());
      const int status = reap(child);
      return CommandOutput{status, std::move(drain.text[0]), std::move(drain.text[1])};
    } catch (const std::exception& error) {
      return fail(ErrorKind::failed, "`" + command.front() + "` could not be run: " + error.what());
    }
  }

  // `idle`: the limit is for the time without output. On an error it is ended and reaped.
  static Result<void> drain_to_end(bp::child& child, PipeDrain& drain, const std::string& name,
                                   milliseconds time_limit, bool idle) {
    const auto end = [&](Error error) {
      end_group(child.id());
      reap(child);
      return fail(std::move(error));
    };
    auto until = steady_clock::now() + time_limit;
    std::size_t seen = 0;
    while (!has_ended(child.id())) {
      if (idle && drain.seen() != seen) {
        seen = drain.seen();
        until = steady_clock::now() + time_limit;
      }
      if (steady_clock::now() >= until) {
        return end(make_error(ErrorKind::failed,
                              "`" + name + "` " + (idle ? "wrote nothing for " : "did not end within ") +
                                  std::to_string(time_limit.count()) + " ms and was ended"));
      }
      if (!drain.drain(poll_step)) ::usleep(2000);
      if (!drain.taken) return end(drain.taken.error());
    }
    while (drain.drain_rest()) {
    }
    if (!drain.taken) return end(drain.taken.error());
    return {};
  }
};

}  // namespace

std::unique_ptr<CommandRunner> make_local_runner() {
  return std::make_unique<LocalRunner>();
}

}  // namespace anchoko
