// The header of a trace file, and its clock.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/formats/etl/layout.h"

namespace anchoko::formats::etl {

struct LogfileHeader {
  std::uint32_t buffer_size = 0;
  std::uint8_t os_major = 0;
  std::uint8_t os_minor = 0;
  std::uint32_t build = 0;
  std::uint32_t processors = 0;
  std::uint32_t mode = 0;
  std::uint32_t buffers_written = 0;
  std::uint32_t pointer_size = 8;
  std::uint32_t events_lost = 0;
  std::uint32_t buffers_lost = 0;
  std::uint32_t cpu_mhz = 0;
  std::uint32_t clock_type = 0;
  std::int64_t end_time = 0;  // times are FILETIME
  std::int64_t start_time = 0;
  std::int64_t frequency = 0;
  std::int64_t first_time = 0;  // of the event that carries this header, by the session's clock
  std::string session;          // "Relogger" where the tool has written the file anew
  std::string file;

  std::string windows() const;  // "Windows 10.0 build 19042"
};

// `start`: the file from its first byte, at most its first buffer. Errors, as a text: cut short, or no such
// header.
std::optional<LogfileHeader> read_logfile_header(std::span<const std::byte> start, std::string& problem);

// What to add to times behind `later`, a header in the midst of the file, so that `first` explains them.
// Nothing: the two have different clocks, or lack what that needs.
std::optional<std::int64_t> time_shift(const LogfileHeader& first, const LogfileHeader& later);

// Text in UTF-16, up to a zero or the end of the bytes; `used` tells how many bytes that were.
std::string utf16_text(std::span<const std::byte> bytes, std::size_t& used);

// From the session's clock to nanoseconds since 1970, in steps of 100 ns as Windows has them.
class Clock {
 public:
  explicit Clock(const LogfileHeader& header);

  // Nothing: the header lacks what the clock needs, or the time is before 1970 or after 2262.
  bool to_unix(std::int64_t time, std::int64_t& unix_ns) const;
  // "performance counter, 10000000 Hz"
  const std::string& description() const { return description_; }
  // What the header lacks for times; empty: nothing.
  const std::string& problem() const { return problem_; }

 private:
  // time → start_ + (time - first_) * factor_ / divisor_; a divisor of 0: as it is.
  std::int64_t first_ = 0;
  std::int64_t start_ = 0;
  std::int64_t factor_ = 0;
  std::int64_t divisor_ = 0;
  bool known_ = false;
  std::string description_;
  std::string problem_;
};

}  // namespace anchoko::formats::etl
