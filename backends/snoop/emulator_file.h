// Files of snoop, version 2 (reference, sections 6 and 7).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/snoop/emulator_link.h"
#include "backends/snoop/emulator_options.h"
#include "backends/snoop/emulator_release.h"

namespace anchoko::snoop::emulated {

struct Record {
  std::uint32_t original = 0;
  std::uint32_t total = 0;  // header, bytes and pad
  std::uint32_t drops = 0;
  std::uint32_t seconds = 0, microseconds = 0;
  std::vector<std::byte> bytes;
  std::vector<std::byte> pad;  // as it was read; where it is shorter than `total` says, zeros follow
};

constexpr std::size_t record_header = 24;

// One file that grows, or a ring of files that were all made at the start. Errors: failed, with the message
// of snoop without its name.
class CaptureFile {
 public:
  // `room`: the disk is full after so many bytes.
  CaptureFile(const Release& release, std::uint32_t dlpi_type, std::optional<std::uint64_t> room)
      : release_(release), dlpi_type_(dlpi_type), room_(room) {}
  ~CaptureFile();
  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;

  Result<void> open(const std::string& path);
  Result<void> open_ring(const Ring& ring);
  Result<void> write(const Record& record);
  // Of the last record only the header stays, as when the process was killed between its two writes.
  void cut_last();

 private:
  struct File {
    int descriptor;
    std::uint64_t size = 0;
    bool typed = false;  // the link type is written
  };
  Result<void> add(const std::string& path);
  Result<void> put(std::span<const std::byte> bytes, const char* what);
  Result<void> put_type();
  Result<void> next_of_ring();

  const Release& release_;
  std::uint32_t dlpi_type_;
  std::optional<std::uint64_t> room_;
  std::vector<File> files_;
  std::size_t current_ = 0;
  std::uint64_t ring_size_ = 0;
  std::uint64_t last_bytes_ = 0;
};

struct CaptureContent {
  std::uint32_t dlpi_type = 4;
  std::vector<Record> records;
  std::vector<std::string> warnings;  // whole lines
};
// The whole file, which must be a regular one.
Result<CaptureContent> read_capture(const std::string& path, const Release& release);

}  // namespace anchoko::snoop::emulated
