// The files of a trace: name.TRC0 and older ones (reference section 2), or standard output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/nettl/emulator_packet.h"
#include "backends/nettl/emulator_record.h"

namespace anchoko::nettl::emulated {

struct RingSettings {
  std::string stem;  // the trace file's name without suffix; empty: standard output
  unsigned digits = 3;
  std::uint32_t files = 2;
  std::uint64_t file_limit = 512000;  // bytes of one file
  std::size_t buffer = 69632;         // bytes; written whole when full
  FileHeader header;
  bool header_when_appending = false;
  std::optional<std::uint64_t> disk;  // bytes that the disk still takes
};

std::string suffixed(const RingSettings& settings, std::uint32_t number);

class TraceRing {
 public:
  explicit TraceRing(RingSettings settings) : settings_(std::move(settings)) {}
  ~TraceRing();
  TraceRing(const TraceRing&) = delete;
  TraceRing& operator=(const TraceRing&) = delete;

  // An existing file is appended to. Errors: failed.
  Result<void> open();
  void add(Bytes record);
  void flush();
  // The last bytes are lost, as when nobody could flush.
  void flush_cut();

  std::uint64_t dropped() const { return dropped_; }
  std::uint64_t waiting() const { return waiting_; }
  std::uint64_t written() const { return written_; }

 private:
  Result<void> open_newest();
  void rotate();
  bool put(Bytes bytes);
  void write_waiting(std::size_t size);

  RingSettings settings_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::vector<std::byte> pending_;
  std::uint64_t waiting_ = 0, written_ = 0, dropped_ = 0;  // records
};

}  // namespace anchoko::nettl::emulated
