// clang-format off
// Loaded into anchoko before its own libraries (LD_PRELOAD): ends or delays the process at a chosen moment.
//
//   ANCHOKO_TEST_KILL=after:N    SIGKILL right after its N-th journal step: a rename onto a path that ends in
//                                /session.json, or the removal of such a file
//   ANCHOKO_TEST_KILL=before:N   right before it: its effects have not begun, those of the step before have ended
//   ANCHOKO_TEST_SLOW=MS         waits so long before the first byte of an output that is not the journal
//   ANCHOKO_TEST_STEPS=FILE      a byte for each step that was taken
//   ANCHOKO_TEST_NAMED=1         the file system has no nameless files
// clang-format on
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

namespace {

struct Wish {
  bool after = false;
  long step = 0;
  long slow_ms = 0;
  int steps_file = -1;
  bool named = false;
};
Wish wish;
long steps = 0;
bool slowed = false;

// What anchoko starts is not to be meddled with.
__attribute__((constructor)) void read_wish() {
  if (const char* text = std::getenv("ANCHOKO_TEST_KILL"); text != nullptr) {
    const std::string_view words(text);
    wish.after = words.starts_with("after:");
    wish.step = std::strtol(text + words.find(':') + 1, nullptr, 10);
  }
  if (const char* text = std::getenv("ANCHOKO_TEST_SLOW"); text != nullptr)
    wish.slow_ms = std::strtol(text, nullptr, 10);
  if (const char* path = std::getenv("ANCHOKO_TEST_STEPS"); path != nullptr)
    wish.steps_file = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  wish.named = std::getenv("ANCHOKO_TEST_NAMED") != nullptr;
  for (const char* name : {"LD_PRELOAD", "ANCHOKO_TEST_KILL", "ANCHOKO_TEST_SLOW", "ANCHOKO_TEST_STEPS"})
    ::unsetenv(name);
}

bool is_journal(const char* path) {
  return path != nullptr && std::string_view(path).ends_with("/session.json");
}

void end_here() {
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();
}

template <typename Act>
int step(const char* path, Act act) {
  if (!is_journal(path)) return act();
  ++steps;
  if (steps == wish.step && !wish.after) end_here();
  const int result = act();
  if (wish.steps_file >= 0) {
    [[maybe_unused]] const ssize_t written = ::write(wish.steps_file, "s", 1);
  }
  if (steps == wish.step && wish.after) end_here();
  return result;
}

template <typename Function>
Function next(const char* name) {
  void* found = ::dlsym(RTLD_NEXT, name);
  Function function = nullptr;
  std::memcpy(&function, &found, sizeof function);
  return function;
}

bool is_output(int descriptor) {
  std::array<char, 64> link{};
  std::array<char, 4096> target{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
  const ssize_t size = ::readlink(link.data(), target.data(), target.size());
  if (size <= 0) return false;
  const std::string_view path(target.data(), static_cast<std::size_t>(size));
  return path.find("/out/") != path.npos && path.find("/sessions/") == path.npos;
}

}  // namespace

extern "C" {

int rename(const char* from, const char* to) noexcept {
  static const auto real = next<int (*)(const char*, const char*)>("rename");
  return step(to, [&] { return real(from, to); });
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  static const auto real = next<int (*)(int, const char*, int, const char*)>("renameat");
  return step(to, [&] { return real(from_folder, from, to_folder, to); });
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  static const auto real = next<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
  return step(to, [&] { return real(from_folder, from, to_folder, to, flags); });
}
int remove(const char* path) noexcept {
  static const auto real = next<int (*)(const char*)>("remove");
  return step(path, [&] { return real(path); });
}
int unlink(const char* path) noexcept {
  static const auto real = next<int (*)(const char*)>("unlink");
  return step(path, [&] { return real(path); });
}
int open(const char* path, int flags, ...) {
  static const auto real = next<int (*)(const char*, int, ...)>("open");
  if (wish.named && (flags & O_TMPFILE) == O_TMPFILE) {
    errno = EOPNOTSUPP;
    return -1;
  }
  if ((flags & (O_CREAT | O_TMPFILE)) == 0) return real(path, flags);
  va_list more;
  va_start(more, flags);
  const unsigned mode = va_arg(more, unsigned);
  va_end(more);
  return real(path, flags, mode);
}
ssize_t write(int descriptor, const void* bytes, size_t count) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  if (wish.slow_ms > 0 && !slowed && is_output(descriptor)) {
    slowed = true;
    timespec left{wish.slow_ms / 1000, wish.slow_ms % 1000 * 1'000'000};
    while (::nanosleep(&left, &left) != 0) {
    }
  }
  return real(descriptor, bytes, count);
}

}  // extern "C"
