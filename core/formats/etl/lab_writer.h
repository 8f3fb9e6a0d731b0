// Event trace log files as Windows writes them, for the lab: what its netsh and pktmon leave behind, and
// files for tests. People do not write these, so it is no format of the registry. Its judge are real files:
// tests/conformance/etl_events.py.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/formats/etl/lab_payload.h"
#include "core/formats/etl/layout.h"

namespace anchoko::formats::etl::lab {

// TIME_ZONE_INFORMATION. Names are UTF-8; dates are SYSTEMTIME as it stands in the file.
struct TimeZone {
  std::int32_t bias = 0;  // minutes: UTC is local time and this
  std::string standard_name;
  std::array<std::byte, 16> standard_date{};
  std::int32_t standard_bias = 0;
  std::string daylight_name;
  std::array<std::byte, 16> daylight_date{};
  std::int32_t daylight_bias = -60;
};

// Times are FILETIME unless they are called stamps: these are of the session's clock.
struct LoggerInfo {
  // As netsh and pktmon leave a file when they stop: written again in the order of time.
  bool relogged = true;
  bool compressed = false;  // as pktmon has it
  // Wraps when max_file_size is reached; not relogged, not compressed.
  bool circular = false;
  std::uint32_t buffer_size = 128 * 1024;  // netsh; pktmon has 16 MiB
  std::uint32_t max_file_size = 0;         // MiB; relogged files only say it, others heed it; 0: none
  std::uint8_t os_major = 10;
  std::uint8_t os_minor = 0;
  std::uint32_t build = 17134;
  std::uint32_t processors = 1;
  std::uint32_t pointer_size = 8;  // or 4
  std::uint32_t cpu_mhz = 2400;
  std::uint32_t timer_resolution = 156'250;  // 100 ns
  TimeZone time_zone;
  std::int64_t boot_time = 0;
  std::int64_t start_time = 0;   // when the clock showed start_stamp
  std::int64_t relog_time = 0;   // when buffers of a relogged file were written
  std::int64_t start_stamp = 0;  // of the header event
  std::int64_t frequency = 10'000'000;
  std::uint32_t clock_type = logfile::clock_counter;
  std::string session_name = "Relogger";
  std::string file_name;
  // Of the header event.
  std::uint32_t process = 0;
  std::uint32_t thread = 0;
  std::uint64_t cpu_times = 0;
  // Whole events that follow the header event in its buffer, and the first ones of processor 0. Real relogged
  // files have one of partition_event() in either place.
  std::vector<std::vector<std::byte>> header_events;
  std::vector<std::vector<std::byte>> first_events;
};

// The smallest stamp that a reader turns into this FILETIME or a later one.
std::int64_t stamp_of(const LoggerInfo& logger, std::int64_t filetime);
// Nanoseconds since 1970, cut to 100.
std::int64_t filetime_of(std::int64_t unix_ns);

// SYSTEM event 0x0050 of the same time and thread as the header event.
std::vector<std::byte> partition_event(const LoggerInfo& logger);

// An EVENT_HEADER and the data behind it.
struct Event {
  std::uint16_t processor = 0;
  std::int64_t stamp = 0;
  Guid provider;
  std::uint16_t id = 0;
  std::uint8_t version = 0;
  std::uint8_t channel = 0;
  std::uint8_t level = 4;
  std::uint8_t opcode = 0;
  std::uint16_t task = 0;
  std::uint64_t keyword = 0;
  std::uint16_t property = 0;
  std::uint32_t process = 0;
  std::uint32_t thread = 0;
  std::uint64_t cpu_times = 0;  // kernel time in the lower half, user time in the upper one
  Guid activity;
  bool from_32_bit_process = false;  // always, where pointers have 4 bytes
  // Whole extended items, each saying whether another one follows; empty: none.
  std::span<const std::byte> extended;
  std::span<const std::byte> payload;
};
// As these providers have them; id, keyword of NDIS packets and the rest are the caller's.
Event ndis_event(std::uint16_t id);
Event pktmon_event(std::uint16_t id);

// What the header knows when a session has ended.
struct HeaderCounts {
  std::int64_t end_time = 0;
  std::uint32_t buffers_written = 0;
  std::uint32_t events_lost = 0;
  std::uint32_t buffers_lost = 0;
};

class EtlLabWriter {
 public:
  // The header is written at once. Errors: failed, for a session that there cannot be, or for the output.
  static Result<std::unique_ptr<EtlLabWriter>> create(std::unique_ptr<OutputFile> output, LoggerInfo logger);

  // Events of one processor come in the order of time. False: error() says why. Refused: a processor that the
  // logger does not have, an event of 64 KiB and more or beyond a buffer. Once a sequential file has reached
  // its size, events are counted as lost.
  bool write(const Event& event);
  // A whole event of any framing, header included; `stamp` is what it says.
  bool write_raw(std::uint16_t processor, std::int64_t stamp, std::span<const std::byte> event);
  // Writes out what stands in buffers, as a session does every second.
  bool flush();
  // The header, and the next buffer of that processor, will tell.
  void lose_events(std::uint16_t processor, std::uint32_t count);
  void lose_buffers(std::uint32_t count) { buffers_lost_ += count; }

  Result<void> finish(std::int64_t end_time);
  // As a session that still runs, or whose system went down: buffers in memory are missing, and the header
  // knows neither end nor counts.
  Result<void> leave_unfinished();

  bool is_full() const { return is_full_; }
  std::uint32_t buffers_written() const { return buffers_written_; }
  std::uint64_t events_written() const { return events_written_; }
  const Error& error() const { return error_; }

 private:
  struct Processor {
    std::vector<std::byte> bytes;  // a buffer from its header on; empty: none was taken
    std::uint64_t sequence = 0;
    std::int64_t last_stamp = 0;
    std::uint32_t events = 0;
    bool lost_events = false;
  };

  EtlLabWriter(std::unique_ptr<OutputFile> output, LoggerInfo logger);
  bool begin();
  std::vector<std::byte> make_header(const HeaderCounts& counts) const;
  // Room for an event of `size` bytes, padding behind it cleared; null: error() says why.
  std::byte* take(std::uint16_t processor, std::int64_t stamp, std::size_t size);
  bool write_out(std::uint16_t number, bool is_last);
  void store_buffer_header(std::uint16_t number, const Processor& processor, bool is_last,
                           std::byte* to) const;
  bool place(std::span<const std::byte> buffer, std::uint32_t events);
  bool flush_all(bool at_end);
  bool refuse(std::string what);
  bool check(Result<void> done);

  std::unique_ptr<OutputFile> output_;
  LoggerInfo logger_;
  std::vector<Processor> processors_;
  std::vector<std::byte> packed_;
  std::uint64_t file_size_ = 0;
  std::uint64_t max_file_size_ = UINT64_MAX;
  std::uint64_t sequence_ = 1;
  std::uint32_t buffers_written_ = 0;
  std::uint64_t events_written_ = 0;
  std::uint32_t events_lost_ = 0;
  std::uint32_t buffers_lost_ = 0;
  bool is_full_ = false;
  bool failed_ = false;
  Error error_;
};

// One packet as events 1001: `event` of the caller's time and thread gets their keyword, `fragment` what it
// says of interfaces and builds. Windows 8.1 and later have each packet in one; older ones in pieces, here of
// at most `piece` bytes.
bool write_ndis_packet(EtlLabWriter& writer, Payload& scratch, Event event, NdisFragment fragment,
                       LinkType type, PacketDirection direction, std::size_t piece = SIZE_MAX);

}  // namespace anchoko::formats::etl::lab
