#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/terminal.h"

namespace anchoko::cli {
namespace {

int descriptor(Stream stream) {
  return stream == Stream::out ? STDOUT_FILENO : STDERR_FILENO;
}

// The handler may only touch lock-free atomics and memory that no longer changes: the text is set before it.
std::array<char, 8192> second_text{};
std::size_t second_text_size = 0;
std::atomic<int> interrupt_count{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_interrupt(int) {
  const int saved = errno;
  if (interrupt_count.fetch_add(1) >= 1) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, second_text.data(), second_text_size);
    ::_exit(130);
  }
  errno = saved;
}

// A terminal that goes away may say so twice; that is one request.
void on_hang_up(int) {
  int none = 0;
  interrupt_count.compare_exchange_strong(none, 1);
}

void on_failed_write(int) {}

void handle(int signal_number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal_number, &action, nullptr);
}

}  // namespace

bool is_terminal(Stream stream) {
  return ::isatty(descriptor(stream)) == 1;
}

bool understands_escapes(Stream stream) {
  const char* terminal = std::getenv("TERM");
  return is_terminal(stream) && terminal != nullptr && *terminal != '\0' &&
         std::strcmp(terminal, "dumb") != 0;
}

unsigned terminal_width(Stream stream) {
  if (!is_terminal(stream)) return 0;
  winsize size{};
  if (::ioctl(descriptor(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  if (const char* columns = std::getenv("COLUMNS"); columns != nullptr) {
    const long value = std::strtol(columns, nullptr, 10);
    if (value > 0 && value < 10000) return static_cast<unsigned>(value);
  }
  return 80;
}

WriteResult write_all(Stream stream, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::write(descriptor(stream), text.data() + done, text.size() - done);
    if (count < 0) {
      if (errno == EINTR) continue;
      const int problem = errno;
      // A terminal that has gone away answers EIO (POSIX, write: the terminal hung up).
      struct stat status {};
      const bool terminal =
          problem == EIO && ::fstat(descriptor(stream), &status) == 0 && S_ISCHR(status.st_mode);
      return {false, problem == EPIPE || terminal, std::strerror(problem)};
    }
    done += static_cast<std::size_t>(count);
  }
  return {};
}

bool reader_is_gone(Stream stream) {
  pollfd watched{descriptor(stream), 0, 0};
  return ::poll(&watched, 1, 0) > 0 && (watched.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

void occupy_closed_streams() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one, for those below it are taken.
    [[maybe_unused]] const int taken = ::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

// A handler and not SIG_IGN, because only a handler is reset in the programs that we start.
void survive_failed_writes() {
  handle(SIGPIPE, on_failed_write);
  handle(SIGXFSZ, on_failed_write);
}

void count_interrupts(const std::string& on_second) {
  second_text_size = std::min(on_second.size(), second_text.size());
  std::memcpy(second_text.data(), on_second.data(), second_text_size);
  handle(SIGINT, on_interrupt);
  handle(SIGTERM, on_interrupt);
  // nohup asks us to outlive the terminal.
  struct sigaction current {};
  if (::sigaction(SIGHUP, nullptr, &current) == 0 && current.sa_handler != SIG_IGN)
    handle(SIGHUP, on_hang_up);
}

int interrupts() {
  return interrupt_count.load();
}

}  // namespace anchoko::cli
