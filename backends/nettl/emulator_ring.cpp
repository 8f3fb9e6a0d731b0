#include "backends/nettl/emulator_ring.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace anchoko::nettl::emulated {

std::string suffixed(const RingSettings& settings, std::uint32_t number) {
  char text[16];
  std::snprintf(text, sizeof text, "%0*u", static_cast<int>(settings.digits), number);
  return settings.stem + ".TRC" + text;
}

TraceRing::~TraceRing() {
  if (descriptor_ > STDERR_FILENO) close(descriptor_);
}

Result<void> TraceRing::open() {
  if (settings_.stem.empty()) {
    descriptor_ = STDOUT_FILENO;
    put(encode(settings_.header));
    return {};
  }
  auto opened = open_newest();
  if (opened && size_ > file_header_size && settings_.header_when_appending) put(encode(settings_.header));
  return opened;
}

Result<void> TraceRing::open_newest() {
  const std::string name = suffixed(settings_, 0);
  descriptor_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) return fail(ErrorKind::failed, name + ": " + std::strerror(errno));
  struct stat about {};
  fstat(descriptor_, &about);
  size_ = static_cast<std::uint64_t>(about.st_size);
  settings_.header.file = name;
  if (size_ == 0) put(encode(settings_.header));
  return {};
}

// Each file gets the next higher number; the oldest falls off. Files of an earlier, longer ring stay.
void TraceRing::rotate() {
  close(descriptor_);
  descriptor_ = -1;
  for (std::uint32_t number = settings_.files - 1; number > 0; --number)
    rename(suffixed(settings_, number - 1).c_str(), suffixed(settings_, number).c_str());
  if (settings_.files == 1) unlink(suffixed(settings_, 0).c_str());
  [[maybe_unused]] const auto opened = open_newest();  // a file that cannot be made drops messages
}

bool TraceRing::put(Bytes bytes) {
  const std::uint64_t room = settings_.disk.value_or(bytes.size());
  const Bytes fitting = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size())));
  if (settings_.disk) *settings_.disk -= fitting.size();
  for (Bytes rest = fitting; !rest.empty();) {
    const ssize_t done = write(descriptor_, rest.data(), rest.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    size_ += static_cast<std::uint64_t>(done);
    rest = rest.subspan(static_cast<std::size_t>(done));
  }
  return fitting.size() == bytes.size();
}

void TraceRing::write_waiting(std::size_t size) {
  if (waiting_ == 0) return;
  const bool full = size_ > file_header_size && size_ + size > settings_.file_limit;
  if (!settings_.stem.empty() && full) rotate();
  if (put(Bytes(pending_).first(size))) {
    written_ += waiting_;
  } else {
    dropped_ += waiting_;
  }
  pending_.clear();
  waiting_ = 0;
}

void TraceRing::flush() {
  write_waiting(pending_.size());
}

void TraceRing::flush_cut() {
  write_waiting(pending_.size() - pending_.size() / 3);
}

void TraceRing::add(Bytes record) {
  if (pending_.size() + record.size() > settings_.buffer) flush();
  pending_.insert(pending_.end(), record.begin(), record.end());
  ++waiting_;
}

}  // namespace anchoko::nettl::emulated
