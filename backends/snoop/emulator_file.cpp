#include "backends/snoop/emulator_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/byte_cursor.h"

namespace anchoko::snoop::emulated {
namespace {

constexpr char magic[8] = {'s', 'n', 'o', 'o', 'p', 0, 0, 0};
constexpr std::uint32_t version = 2;
constexpr std::size_t old_header = 12, whole_header = 16;
constexpr std::uint64_t two_gigabytes = std::uint64_t{1} << 31;

Error error_of(const std::string& what, int number) {
  return make_error(ErrorKind::failed, what + ": " + std::strerror(number));
}

// Opening /dev/stdout or /dev/fd/N there is a dup() of that descriptor, whatever the mode (5).
std::optional<int> descriptor_named(const std::string& path) {
  if (path == "/dev/stdin") return 0;
  if (path == "/dev/stdout") return 1;
  if (path == "/dev/stderr") return 2;
  if (!path.starts_with("/dev/fd/")) return std::nullopt;
  return std::atoi(path.c_str() + std::strlen("/dev/fd/"));
}

}  // namespace

CaptureFile::~CaptureFile() {
  for (const auto& file : files_) close(file.descriptor);
}

Result<void> CaptureFile::add(const std::string& path) {
  const auto named = descriptor_named(path);
  const int descriptor = named ? fcntl(*named, F_DUPFD_CLOEXEC, 3)
                               : ::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0666);
  if (descriptor < 0) return fail(error_of(path, errno));
  files_.push_back({descriptor});
  current_ = files_.size() - 1;
  auto put_magic = put(std::as_bytes(std::span(magic)), "snoop_id");
  if (!put_magic) return put_magic;
  std::array<std::byte, 4> number{};
  store(number.data(), version, ByteOrder::big);
  auto put_version = put(number, "version");
  if (!put_version || release_.lazy_header) return put_version;
  return put_type();
}

Result<void> CaptureFile::open(const std::string& path) {
  return add(path);
}

Result<void> CaptureFile::open_ring(const Ring& ring) {
  for (int i = 0; i < ring.count; ++i) {
    char number[32];
    std::snprintf(number, sizeof number, "-%02d.snoop", i);
    auto added = add(ring.prefix + number);
    if (!added) return added;
  }
  current_ = 0;
  ring_size_ = ring.size;
  return {};
}

Result<void> CaptureFile::put(std::span<const std::byte> bytes, const char* what) {
  int error = 0;
  std::size_t count = bytes.size();
  if (room_ && count > *room_) {
    count = static_cast<std::size_t>(*room_);
    error = ENOSPC;
  }
  while (count > 0) {
    const ssize_t done = ::write(files_[current_].descriptor, bytes.data(), count);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) error = errno;
    if (done <= 0) break;
    bytes = bytes.subspan(static_cast<std::size_t>(done));
    count -= static_cast<std::size_t>(done);
    files_[current_].size += static_cast<std::uint64_t>(done);
    if (room_) *room_ -= static_cast<std::uint64_t>(done);
  }
  if (bytes.empty()) return {};
  return fail(error_of("cannot write " + std::string(what) + " to capture file", error));
}

Result<void> CaptureFile::put_type() {
  std::array<std::byte, 4> number{};
  store(number.data(), dlpi_type_, ByteOrder::big);
  files_[current_].typed = true;
  return put(number, "mac_type");
}

Result<void> CaptureFile::next_of_ring() {
  current_ = (current_ + 1) % files_.size();
  File& file = files_[current_];
  if (ftruncate(file.descriptor, whole_header) != 0 || lseek(file.descriptor, whole_header, SEEK_SET) < 0)
    return fail(error_of("cannot write packet header to capture file", errno));
  file.size = whole_header;
  return {};
}

Result<void> CaptureFile::write(const Record& record) {
  if (ring_size_ != 0 && files_[current_].size >= ring_size_) {
    auto switched = next_of_ring();
    if (!switched) return switched;
  }
  if (!files_[current_].typed) {
    auto typed = put_type();
    if (!typed) return typed;
  }
  std::array<std::byte, record_header> header{};
  const auto included = static_cast<std::uint32_t>(record.bytes.size());
  const std::uint32_t fields[] = {record.original, included,       record.total,
                                  record.drops,    record.seconds, record.microseconds};
  for (std::size_t i = 0; i < std::size(fields); ++i) store(header.data() + 4 * i, fields[i], ByteOrder::big);
  auto done = put(header, "packet header");
  if (!done) return done;
  std::vector<std::byte> padded = record.bytes;
  padded.insert(padded.end(), record.pad.begin(), record.pad.end());
  padded.resize(std::max<std::size_t>(record.total - record_header, included));
  last_bytes_ = padded.size();
  return put(padded, "packet");
}

void CaptureFile::cut_last() {
  const File& file = files_[current_];
  if (last_bytes_ > 0 && ftruncate(file.descriptor, static_cast<off_t>(file.size - last_bytes_)) == 0)
    last_bytes_ = 0;
}

namespace {

class ContentReader {
 public:
  explicit ContentReader(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  Result<CaptureContent> read(const std::string& path);

 private:
  std::uint32_t field(std::size_t at) const { return load_be32(bytes_.data() + at); }
  // What snoop itself takes for a record (7.2, last sentences).
  bool is_record(std::size_t at) const;
  bool is_whole(std::size_t at) const { return at + record_header <= bytes_.size(); }
  Record record_at(std::size_t at) const;

  std::vector<std::byte> bytes_;
};

bool ContentReader::is_record(std::size_t at) const {
  const std::uint32_t original = field(at), included = field(at + 4), total = field(at + 8);
  return original > 0 && included > 0 && total > 0 && included <= original &&
         total >= std::uint64_t{included} + record_header && field(at + 16) != 0 &&
         total <= bytes_.size() - at;
}

Record ContentReader::record_at(std::size_t at) const {
  Record record;
  record.original = field(at);
  record.total = field(at + 8);
  record.drops = field(at + 12);
  record.seconds = field(at + 16);
  record.microseconds = field(at + 20);
  const auto start = bytes_.begin() + static_cast<std::ptrdiff_t>(at);
  const auto data = start + record_header;
  const auto pad = data + static_cast<std::ptrdiff_t>(field(at + 4));
  record.bytes.assign(data, pad);
  record.pad.assign(pad, start + static_cast<std::ptrdiff_t>(record.total));
  return record;
}

Result<CaptureContent> ContentReader::read(const std::string& path) {
  CaptureContent content;
  if (bytes_.size() < old_header || std::memcmp(bytes_.data(), magic, sizeof magic) != 0)
    return fail(ErrorKind::failed, path + ": not a snoop capture file");
  const std::uint32_t kind = field(8);
  if (kind != 1 && kind != version)
    return fail(ErrorKind::failed, path + ": unrecognized version (" + std::to_string(kind) + ")");
  std::size_t at = kind == 1 ? old_header : whole_header;
  if (kind == version && bytes_.size() >= whole_header) content.dlpi_type = field(12);
  while (is_whole(at)) {
    if (is_record(at)) {
      content.records.push_back(record_at(at));
      at += content.records.back().total;
      continue;
    }
    content.warnings.push_back("(warning) bad packet header in capture file offset " + std::to_string(at) +
                               ": length=" + std::to_string(field(at + 8)) + "\n");
    do {
      at += 4;
    } while (is_whole(at) && !is_record(at));
  }
  return content;
}

}  // namespace

Result<CaptureContent> read_capture(const std::string& path, const Release& release) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return fail(error_of(path, errno));
  // The file is mapped: nothing but a regular one will do.
  if (!S_ISREG(status.st_mode)) return fail(error_of(path, ENODEV));
  if (release.newer_illumos && static_cast<std::uint64_t>(status.st_size) >= two_gigabytes)
    return fail(error_of(path, EFBIG));
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(error_of(path, errno));
  std::vector<char> text((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::byte> bytes(text.size());
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return ContentReader(std::move(bytes)).read(path);
}

}  // namespace anchoko::snoop::emulated
