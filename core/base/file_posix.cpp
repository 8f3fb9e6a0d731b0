#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/pending_name.h"

namespace anchoko {
namespace {

std::string reason(int code) {
  return std::generic_category().message(code);
}

std::unexpected<Error> system_failure(const std::string& what, int code) {
  const bool rights = code == EACCES || code == EPERM || code == EROFS;
  return fail(rights ? ErrorKind::unavailable : ErrorKind::failed, what + ": " + reason(code));
}

class Descriptor {
 public:
  explicit Descriptor(int value, bool owned = true) : value_(value), owned_(owned) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)), owned_(other.owned_) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { close(); }

  int get() const { return value_; }
  // The errno of close, which reports late write errors on some file systems.
  int close() {
    const int value = std::exchange(value_, -1);
    if (value < 0 || !owned_) return 0;
    return ::close(value) == 0 || errno == EINTR ? 0 : errno;
  }

 private:
  int value_;
  bool owned_;
};

int open_retrying(const char* path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path, flags, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// How long to wait before asking again whether to go on.
constexpr int interval_ms = 100;

// Until one of `events` is there, the end and errors included. A signal that comes between asking and waiting
// is seen a little later. When not to go on, it is waited for all the same until `patience` is over.
Result<void> wait_for(int fd, short events, const GoOn& go_on, std::chrono::milliseconds patience = {}) {
  pollfd watched{fd, events, 0};
  int ready = ::poll(&watched, 1, 0);
  if (ready > 0) return {};
  const auto begin = std::chrono::steady_clock::now();
  while (ready == 0 || (ready < 0 && errno == EINTR)) {
    if (!go_on() && std::chrono::steady_clock::now() - begin >= patience)
      return fail(ErrorKind::interrupted, "interrupted");
    ready = ::poll(&watched, 1, interval_ms);
  }
  return {};
}

class PosixInput final : public InputFile {
 public:
  // `go_on` may be empty.
  PosixInput(Descriptor fd, std::string name, GoOn go_on)
      : fd_(std::move(fd)), name_(std::move(name)), go_on_(std::move(go_on)) {
    if (is_regular()) go_on_ = {};
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (go_on_) {
      if (auto waited = wait_for(fd_.get(), POLLIN, go_on_); !waited) return fail(std::move(waited.error()));
    }
    while (true) {
      const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return system_failure(name_ + ": cannot be read", errno);
    }
  }
  const std::string& name() const override { return name_; }
  bool is_regular() const override {
    struct stat status {};
    return ::fstat(fd_.get(), &status) == 0 && S_ISREG(status.st_mode);
  }
  Identity identity() const override {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) return {};
    return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
  }
  std::optional<std::uint64_t> size() const override {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
  }
  Result<void> seek(std::uint64_t offset) override {
    if (::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_SET) < 0)
      return system_failure(name_ + ": cannot be read", errno);
    return {};
  }

 private:
  Descriptor fd_;
  std::string name_;
  GoOn go_on_;
};

bool is_fifo(const char* path) {
  struct stat status {};
  return ::stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

Result<void> write_all(int fd, std::span<const std::byte> bytes, const std::string& name,
                       std::atomic<bool>* reader_left = nullptr) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      if (reader_left != nullptr) *reader_left = errno == EPIPE;
      return system_failure(name + ": cannot be written", errno);
    }
  }
  return {};
}

// A FIFO, when somebody reads it.
Result<Descriptor> open_for_reader(const std::string& path, const GoOn& go_on) {
  while (true) {
    Descriptor fd(open_retrying(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() >= 0) {
      ::fcntl(fd.get(), F_SETFL, O_WRONLY);
      return fd;
    }
    // Nobody reads it yet (POSIX, open).
    if (errno != ENXIO) return system_failure(path + ": cannot be created", errno);
    if (!go_on()) return fail(ErrorKind::interrupted, "interrupted");
    ::poll(nullptr, 0, interval_ms);
  }
}

// Pipes and file systems without that operation answer EINVAL: there is nothing to synchronise.
int synchronise(int fd) {
  while (::fsync(fd) != 0) {
    if (errno == EINVAL || errno == ENOTSUP || errno == ENOSYS) return 0;
    if (errno != EINTR) return errno;
  }
  return 0;
}

// Standard output, pipes and devices: nothing to rename.
class StraightOutput final : public OutputFile {
 public:
  // `go_on` may be empty.
  StraightOutput(Descriptor fd, std::string name, GoOn go_on, std::chrono::milliseconds patience)
      : fd_(std::move(fd)), name_(std::move(name)), go_on_(std::move(go_on)), patience_(patience) {
    struct stat status {};
    const bool waits =
        ::fstat(fd_.get(), &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
    if (!waits) go_on_ = {};
  }

  Result<void> write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      // What has room for anything has room for so much (POSIX, poll and pipe): only a larger write would
      // wait in the kernel. The descriptor may be shared with others, who do not want it to be O_NONBLOCK.
      const std::size_t count = go_on_ ? std::min<std::size_t>(bytes.size(), PIPE_BUF) : bytes.size();
      if (go_on_) {
        if (auto waited = wait_for(fd_.get(), POLLOUT, go_on_, patience_); !waited) return waited;
      }
      if (auto done = write_all(fd_.get(), bytes.first(count), name_, &reader_left_); !done) return done;
      bytes = bytes.subspan(count);
    }
    return {};
  }
  Result<void> rewrite(std::uint64_t, std::span<const std::byte>) override {
    return fail(ErrorKind::failed, name_ + ": is written straight and cannot be corrected afterwards");
  }
  Result<void> commit() override {
    if (const int code = fd_.close(); code != 0) return system_failure(name_ + ": cannot be written", code);
    return {};
  }
  std::string pending_path() const override { return {}; }
  bool reader_left() const override { return reader_left_; }

 private:
  Descriptor fd_;
  std::string name_;
  GoOn go_on_;
  std::chrono::milliseconds patience_;
  std::atomic<bool> reader_left_ = false;
};

std::string path_of_descriptor(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

// Fails with EEXIST when the new name is taken.
int rename_to_free_name(const char* from, const char* to) {
#ifdef RENAME_NOREPLACE
  if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return errno;
#endif
  if (::link(from, to) != 0) return errno;
  ::unlink(from);
  return 0;
}

// A file without a name of its own, which the kernel deletes when nobody has it open: where that exists
// (Linux, most local file systems), a process killed on the way leaves nothing beside the output.
std::optional<Descriptor> open_nameless([[maybe_unused]] const std::filesystem::path& folder) {
#ifdef O_TMPFILE
  Descriptor fd(open_retrying(folder.empty() ? "." : folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
  // It gets its name by this path.
  if (fd.get() >= 0 && ::access(path_of_descriptor(fd.get()).c_str(), F_OK) == 0) return fd;
#endif
  return std::nullopt;
}

class PendingOutput final : public OutputFile {
 public:
  // `pending` is empty for a nameless file.
  PendingOutput(Descriptor fd, std::string pending, std::filesystem::path path, Overwrite overwrite)
      : fd_(std::move(fd)), pending_(std::move(pending)), path_(std::move(path)), overwrite_(overwrite) {}
  PendingOutput(const PendingOutput&) = delete;
  PendingOutput& operator=(const PendingOutput&) = delete;
  ~PendingOutput() override {
    if (!pending_.empty()) ::unlink(pending_.c_str());
  }

  Result<void> write(std::span<const std::byte> bytes) override {
    return write_all(fd_.get(), bytes, path_.string());
  }

  Result<void> rewrite(std::uint64_t offset, std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
      } else if (errno != EINTR) {
        return system_failure(path_.string() + ": cannot be written", errno);
      }
    }
    return {};
  }

  Result<void> commit() override {
    if (committed_) return fail(ErrorKind::failed, path_.string() + ": was committed before");
    int code = synchronise(fd_.get());
    // Some file systems tell of a lost write only here. Those have no nameless files.
    if (const int close_code = pending_.empty() ? 0 : fd_.close(); code == 0) code = close_code;
    if (code != 0) return system_failure(path_.string() + ": cannot be written", code);
    code = give_name();
    if (code == EEXIST && overwrite_ == Overwrite::no)
      return fail(ErrorKind::refused, path_.string() + ": exists already");
    if (code != 0) return system_failure(path_.string() + ": cannot be given its name", code);
    pending_.clear();
    fd_.close();
    committed_ = true;
    return synchronise_folder();
  }

  std::string pending_path() const override {
    return pending_.empty() && !committed_ ? path_of_descriptor(fd_.get()) : pending_;
  }

 private:
  int give_name() {
    if (pending_.empty() && overwrite_ == Overwrite::no) return link_nameless(path_.string());
    // A link never replaces: the name that a rename moves onto the old file exists for a moment.
    for (int attempt = 0; pending_.empty() && attempt < 100; ++attempt) {
      std::string name = (path_.parent_path() / pending_name()).string();
      const int code = link_nameless(name);
      if (code == 0) pending_ = std::move(name);
      if (code != 0 && code != EEXIST) return code;
    }
    if (overwrite_ == Overwrite::no) return rename_to_free_name(pending_.c_str(), path_.c_str());
    return ::rename(pending_.c_str(), path_.c_str()) == 0 ? 0 : errno;
  }

  int link_nameless(const std::string& name) const {
    const std::string self = path_of_descriptor(fd_.get());
    return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
  }

  // Without this the new name may not survive a power failure although the content does.
  Result<void> synchronise_folder() const {
    auto folder = path_.parent_path();
    if (folder.empty()) folder = ".";
    const Descriptor fd(open_retrying(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return {};  // a folder may be writable without being readable
    if (const int code = synchronise(fd.get()); code != 0) {
      return system_failure(folder.string() + ": cannot be synchronised", code);
    }
    return {};
  }

  Descriptor fd_;
  std::string pending_;  // empty: nameless, or committed
  std::filesystem::path path_;
  Overwrite overwrite_;
  bool committed_ = false;
};

Result<std::unique_ptr<OutputFile>> create_pending(const std::filesystem::path& path, Overwrite overwrite) {
  const auto folder = path.parent_path();
  if (auto fd = open_nameless(folder))
    return std::make_unique<PendingOutput>(std::move(*fd), std::string(), path, overwrite);
  for (int attempt = 0; attempt < 100; ++attempt) {
    const std::string pending = (folder / pending_name()).string();
    Descriptor fd(open_retrying(pending.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (fd.get() >= 0) return std::make_unique<PendingOutput>(std::move(fd), pending, path, overwrite);
    if (errno != EEXIST) return system_failure(path.string() + ": cannot be created", errno);
  }
  return fail(ErrorKind::failed, path.string() + ": no free temporary name beside it");
}

}  // namespace

Result<std::unique_ptr<InputFile>> open_input(const std::string& path, GoOn go_on) {
  if (path == "-") {
    return std::make_unique<PosixInput>(Descriptor(STDIN_FILENO, false), "standard input", std::move(go_on));
  }
  // Opened so, a FIFO that nobody writes yet does not wait; reading does, for the first writer.
  const bool later = go_on && is_fifo(path.c_str());
  Descriptor fd(open_retrying(path.c_str(), O_RDONLY | O_CLOEXEC | (later ? O_NONBLOCK : 0)));
  if (fd.get() < 0) return system_failure(path + ": cannot be opened", errno);
  if (later) ::fcntl(fd.get(), F_SETFL, O_RDONLY);
#ifdef POSIX_FADV_SEQUENTIAL
  // Advice only: pipes refuse it.
  (void)::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
  return std::make_unique<PosixInput>(std::move(fd), path, std::move(go_on));
}

Result<std::unique_ptr<OutputFile>> create_output(const std::string& path, Overwrite overwrite, GoOn go_on,
                                                  std::chrono::milliseconds patience) {
  if (path == "-") {
    return std::make_unique<StraightOutput>(Descriptor(STDOUT_FILENO, false), "standard output",
                                            std::move(go_on), patience);
  }
  if (path.empty()) return fail(ErrorKind::usage, "the name of the output is empty");
  if (path.ends_with('/')) return fail(ErrorKind::failed, path + ": is a folder");
  struct stat link {};
  if (::lstat(path.c_str(), &link) != 0) {
    if (errno != ENOENT) return system_failure(path + ": cannot be created", errno);
    return create_pending(path, overwrite);
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_failure(path + ": cannot be created", errno);
  if (S_ISDIR(status.st_mode)) return fail(ErrorKind::failed, path + ": is a folder");
  if (S_ISREG(status.st_mode) && overwrite == Overwrite::no) {
    return fail(ErrorKind::refused, path + ": exists already");
  }
  if (S_ISREG(status.st_mode) && !S_ISLNK(link.st_mode)) return create_pending(path, overwrite);

  if (S_ISFIFO(status.st_mode) && go_on) {
    auto fifo = open_for_reader(path, go_on);
    if (!fifo) return fail(std::move(fifo.error()));
    return std::make_unique<StraightOutput>(std::move(*fifo), path, std::move(go_on), patience);
  }

  // Opening asks the kernel whether this link or device may be followed and written, as any other writer
  // would.
  Descriptor fd(open_retrying(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (fd.get() < 0) return system_failure(path + ": cannot be created", errno);
  if (!S_ISREG(status.st_mode))
    return std::make_unique<StraightOutput>(std::move(fd), path, GoOn(), patience);
  std::error_code code;
  const auto target = std::filesystem::canonical(path, code);
  if (code) return fail(ErrorKind::failed, path + ": " + code.message());
  return create_pending(target, overwrite);
}

std::filesystem::path path_of(const std::string& name) {
  return name;
}

std::string utf8(const std::filesystem::path& path) {
  return path.string();
}

Result<void> make_private_folder(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0) return system_failure(path.string() + ": cannot be made", errno);
  return {};
}

}  // namespace anchoko
