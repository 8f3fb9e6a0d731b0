#include "backends/iptrace/emulator_log.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "core/base/byte_cursor.h"

namespace anchoko::iptrace::emulated {
namespace {

constexpr auto big = ByteOrder::big;
constexpr std::int64_t second = 1'000'000'000;
constexpr std::size_t magic_size = 11;
constexpr std::size_t ethernet_size = 14;
constexpr std::uint32_t whole_snap = 65535;

Error system_error(const std::string& path) {
  return make_error(ErrorKind::failed, path + ": " + std::strerror(errno));
}

}  // namespace

InterfaceIdentity identity_of(const std::string& name) {
  InterfaceIdentity identity;
  const auto digits = std::min(name.find_first_of("0123456789"), name.size());
  identity.letters = name.substr(0, std::min<std::size_t>(digits, 4));
  identity.unit = static_cast<std::uint8_t>(decimal(name.substr(digits), 255).value_or(0));
  if (identity.letters == "lo") identity.type = type_loopback;
  if (identity.letters == "et") identity.type = type_802_3;
  return identity;
}

std::span<const std::byte> data_of(std::span<const std::byte> frame, const InterfaceIdentity& identity) {
  if (identity.type != type_loopback) return frame;
  return frame.subspan(std::min(frame.size(), ethernet_size));
}

Encoding::Encoding(Kind kind, bool leftover_text, std::optional<std::uint32_t> snap, std::uint8_t type)
    : kind_(kind), leftover_text_(leftover_text), snap_(snap), type_(type) {}

std::vector<std::byte> Encoding::header() const {
  std::vector<std::byte> bytes;
  if (kind_ == Kind::iptrace_1 || kind_ == Kind::iptrace_2) {
    bytes.resize(magic_size);
    std::memcpy(bytes.data(), kind_ == Kind::iptrace_1 ? "iptrace 1.0" : "iptrace 2.0", magic_size);
    return bytes;
  }
  // aix-iptrace.md 7: the link field of the look-alike is an ifType.
  constexpr std::uint32_t magic = 0xa1b2c3d4, link_ethernet = 1, link_raw = 101;
  const bool look_alike = kind_ == Kind::pcap_2_2;
  bytes.resize(24);
  store(bytes.data(), magic, big);
  store(bytes.data() + 4, std::uint16_t{2}, big);
  store(bytes.data() + 6, look_alike ? std::uint16_t{2} : std::uint16_t{4}, big);
  store(bytes.data() + 16, snap_.value_or(whole_snap), big);
  const std::uint32_t link = type_ == type_loopback ? link_raw : link_ethernet;
  store(bytes.data() + 20, look_alike ? std::uint32_t{type_} : link, big);
  return bytes;
}

std::vector<std::byte> Encoding::record(const lab::Frame& frame, const InterfaceIdentity& identity) const {
  auto data = data_of(frame.bytes, identity);
  const std::size_t whole = frame.original - (frame.bytes.size() - data.size());
  if (snap_) data = data.first(std::min<std::size_t>(data.size(), *snap_));
  if (kind_ == Kind::pcap_2_2 || kind_ == Kind::pcap_2_4) return pcap_record(frame, whole, data);
  return iptrace_record(frame, identity, data);
}

std::vector<std::byte> Encoding::iptrace_record(const lab::Frame& frame, const InterfaceIdentity& identity,
                                                std::span<const std::byte> data) const {
  constexpr std::size_t prefix = 8, fixed_1 = 22, fixed_2 = 32;
  const std::size_t fixed = kind_ == Kind::iptrace_1 ? fixed_1 : fixed_2;
  std::vector<std::byte> bytes(prefix + fixed + data.size());
  std::byte* at = bytes.data();
  const auto seconds = static_cast<std::uint32_t>(frame.time / second);
  store(at, static_cast<std::uint32_t>(fixed + data.size()), big);
  store(at + 4, seconds, big);
  at[11] = std::byte{identity.unit};
  std::memcpy(at + 12, identity.letters.data(), identity.letters.size());
  at[28] = std::byte{identity.type};
  at[29] = frame.sent ? std::byte{1} : std::byte{0};
  if (kind_ == Kind::iptrace_2) {
    // As a real file has it: a short string, and behind its end what the memory held before.
    constexpr char text[13] = "et\0\0if_en: n";
    if (leftover_text_ && identity.type == type_ethernet) std::memcpy(at + 16, text, 12);
    store(at + 32, seconds, big);
    store(at + 36, static_cast<std::uint32_t>(frame.time % second), big);
  }
  std::copy(data.begin(), data.end(), bytes.begin() + static_cast<std::ptrdiff_t>(prefix + fixed));
  return bytes;
}

std::vector<std::byte> Encoding::pcap_record(const lab::Frame& frame, std::size_t whole,
                                             std::span<const std::byte> data) const {
  constexpr std::size_t fixed = 16;
  std::vector<std::byte> bytes(fixed + data.size());
  const bool look_alike = kind_ == Kind::pcap_2_2;
  auto fraction = static_cast<std::uint32_t>(frame.time % second);
  if (!look_alike) fraction /= 1000;
  auto original = static_cast<std::uint32_t>(whole), held = static_cast<std::uint32_t>(data.size());
  store(bytes.data(), static_cast<std::uint32_t>(frame.time / second), big);
  store(bytes.data() + 4, fraction, big);
  // Before version 2.3 the original length came first.
  store(bytes.data() + 8, look_alike ? original : held, big);
  store(bytes.data() + 12, look_alike ? held : original, big);
  std::copy(data.begin(), data.end(), bytes.begin() + fixed);
  return bytes;
}

LogFile::LogFile(std::string path, std::vector<std::byte> header, Rules rules)
    : path_(std::move(path)), header_(std::move(header)), rules_(rules) {}

LogFile::LogFile(LogFile&& other) noexcept
    : path_(std::move(other.path_)),
      header_(std::move(other.header_)),
      rules_(other.rules_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      held_(std::move(other.held_)) {}

LogFile::~LogFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<LogFile> LogFile::open(const std::string& path, std::vector<std::byte> header, Rules rules) {
  LogFile log(path, std::move(header), rules);
  std::error_code none;
  if (rules.limit && std::filesystem::exists(path, none))
    if (auto moved = log.move_to_old(); !moved) return fail(std::move(moved.error()));
  if (auto started = log.start(); !started) return fail(std::move(started.error()));
  return log;
}

Result<void> LogFile::start() {
  const bool appends = rules_.appends && !rules_.limit;
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (appends ? O_APPEND : O_TRUNC), 0644);
  if (descriptor_ < 0) return fail(system_error(path_));
  if (appends && lseek(descriptor_, 0, SEEK_END) > 0) return {};
  size_ = 0;
  if (auto written = write(header_); !written || rules_.holds_header) return written;
  return flush();
}

// "the log goes to file.old (the page says copied)"; whether it is truncated or renamed is open.
Result<void> LogFile::move_to_old() {
  const auto old = path_ + ".old";
  std::error_code error;
  if (rules_.copies) {
    std::filesystem::copy_file(path_, old, std::filesystem::copy_options::overwrite_existing, error);
  } else {
    std::filesystem::rename(path_, old, error);
  }
  if (error) return fail(ErrorKind::failed, old + ": " + error.message());
  return {};
}

Result<void> LogFile::write(std::span<const std::byte> record) {
  held_.insert(held_.end(), record.begin(), record.end());
  size_ += record.size();
  if (held_.size() >= rules_.buffer)
    if (auto flushed = flush(); !flushed) return flushed;
  if (!rules_.limit || size_ < *rules_.limit || size_ == header_.size()) return {};
  if (auto flushed = flush(); !flushed) return flushed;
  close(std::exchange(descriptor_, -1));
  if (auto moved = move_to_old(); !moved) return moved;
  return start();
}

Result<void> LogFile::flush() {
  std::span<const std::byte> rest(held_);
  bool full = false;
  if (rules_.room) {
    full = rest.size() > *rules_.room;
    if (full) rest = rest.first(static_cast<std::size_t>(*rules_.room));
    *rules_.room -= rest.size();
  }
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      held_.clear();
      return fail(system_error(path_));
    }
    rest = rest.subspan(static_cast<std::size_t>(written));
  }
  held_.clear();
  if (!full) return {};
  errno = ENOSPC;
  return fail(system_error(path_));
}

}  // namespace anchoko::iptrace::emulated
