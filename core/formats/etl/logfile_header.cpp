#include "core/formats/etl/logfile_header.h"

#include "core/formats/etl/buffer.h"

namespace anchoko::formats::etl {
namespace {

// Larger ones would overflow, and no counter is so quick.
constexpr std::int64_t max_frequency = 900'000'000'000;
constexpr std::int64_t ticks_per_second = 10'000'000;

void append_utf8(std::string& text, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xc0 | code >> 6);
    add(0x80 | (code & 63));
  } else if (code < 0x10000) {
    add(0xe0 | code >> 12);
    add(0x80 | (code >> 6 & 63));
    add(0x80 | (code & 63));
  } else {
    add(0xf0 | code >> 18);
    add(0x80 | (code >> 12 & 63));
    add(0x80 | (code >> 6 & 63));
    add(0x80 | (code & 63));
  }
}

}  // namespace

std::string utf16_text(std::span<const std::byte> bytes, std::size_t& used) {
  constexpr std::uint32_t replacement = 0xfffd;
  std::string text;
  std::size_t at = 0;
  const auto unit = [&](std::size_t offset) {
    return std::uint32_t{load<std::uint16_t>(bytes.data() + offset, little)};
  };
  while (bytes.size() - at >= 2) {
    std::uint32_t code = unit(at);
    at += 2;
    if (code == 0) break;
    if (code >= 0xd800 && code < 0xdc00 && bytes.size() - at >= 2 && (unit(at) & 0xfc00) == 0xdc00) {
      code = 0x10000 + ((code & 0x3ff) << 10) + (unit(at) & 0x3ff);
      at += 2;
    } else if (code >= 0xd800 && code < 0xe000) {
      code = replacement;
    }
    append_utf8(text, code);
  }
  used = at;
  return text;
}

std::string LogfileHeader::windows() const {
  return "Windows " + std::to_string(os_major) + "." + std::to_string(os_minor) + " build " +
         std::to_string(build);
}

std::optional<LogfileHeader> read_logfile_header(std::span<const std::byte> start, std::string& problem) {
  const auto cut = [&] {
    problem = "the trace file's header is cut short: " + std::to_string(start.size()) + " bytes are there";
    return std::nullopt;
  };
  if (start.size() < logfile::header_offset + logfile::pointers) return cut();
  const std::byte* event = start.data() + logfile::event_offset;
  const EventHead head = read_event_head(event, start.size() - logfile::event_offset);
  const bool is_system = head.kind == event::system32 || head.kind == event::system64;
  if (!is_system || load<std::uint16_t>(event + event::system_hook, little) != 0) {
    problem = "the trace file's first event is not its header";
    return std::nullopt;
  }
  const std::byte* at = start.data() + logfile::header_offset;
  LogfileHeader header;
  const auto number = [&](std::size_t offset) { return load_le32(at + offset); };
  const auto wide = [&](std::size_t offset) { return load<std::int64_t>(at + offset, little); };
  header.buffer_size = number(logfile::buffer_size);
  header.os_major = static_cast<std::uint8_t>(at[logfile::os_major]);
  header.os_minor = static_cast<std::uint8_t>(at[logfile::os_minor]);
  header.build = number(logfile::build);
  header.processors = number(logfile::processors);
  header.end_time = wide(logfile::end_time);
  header.mode = number(logfile::mode);
  header.buffers_written = number(logfile::buffers_written);
  header.events_lost = number(logfile::events_lost);
  header.cpu_mhz = number(logfile::cpu_mhz);
  // Both tell the width; the size is the better witness as long as it makes sense.
  header.pointer_size = number(logfile::pointer_size);
  if (header.pointer_size != 4 && header.pointer_size != 8)
    header.pointer_size = head.kind == event::system32 ? 4 : 8;
  const logfile::Tail& tail = header.pointer_size == 4 ? logfile::tail32 : logfile::tail64;
  if (start.size() < logfile::header_offset + tail.names) return cut();
  header.frequency = wide(tail.frequency);
  header.start_time = wide(tail.start_time);
  header.clock_type = number(tail.clock_type);
  header.buffers_lost = number(tail.buffers_lost);
  header.first_time = load<std::int64_t>(start.data() + logfile::time_stamp_offset, little);
  const std::size_t end = std::min<std::size_t>(start.size(), logfile::event_offset + head.size);
  if (end > logfile::header_offset + tail.names) {
    auto names =
        start.subspan(logfile::header_offset + tail.names, end - (logfile::header_offset + tail.names));
    std::size_t used = 0;
    header.session = utf16_text(names, used);
    header.file = utf16_text(names.subspan(used), used);
  }
  return header;
}

std::optional<std::int64_t> time_shift(const LogfileHeader& first, const LogfileHeader& later) {
  if (first.clock_type != later.clock_type) return std::nullopt;
  if (first.clock_type == logfile::clock_system) return 0;
  const bool cycles = first.clock_type == logfile::clock_cycles;
  constexpr std::int64_t mega = 1'000'000;
  const std::int64_t rate = cycles ? first.cpu_mhz * mega : first.frequency;
  if (rate != (cycles ? later.cpu_mhz * mega : later.frequency) || rate <= 0 || rate > max_frequency ||
      first.start_time <= 0 || later.start_time <= 0)
    return std::nullopt;
  const std::int64_t between = later.start_time - first.start_time;
  std::int64_t shift = 0;
  if (__builtin_mul_overflow(between / ticks_per_second, rate, &shift) ||
      __builtin_add_overflow(shift, between % ticks_per_second * rate / ticks_per_second, &shift) ||
      __builtin_add_overflow(shift, first.first_time, &shift) ||
      __builtin_sub_overflow(shift, later.first_time, &shift))
    return std::nullopt;
  return shift;
}

Clock::Clock(const LogfileHeader& header) : first_(header.first_time), start_(header.start_time) {
  switch (header.clock_type) {
    case logfile::clock_system:
      known_ = true;
      description_ = "system time";
      return;
    case logfile::clock_cycles:
      factor_ = 10;
      divisor_ = header.cpu_mhz;
      description_ = "processor cycles, " + std::to_string(header.cpu_mhz) + " MHz";
      break;
    default:
      factor_ = ticks_per_second;
      divisor_ = header.frequency;
      description_ = "performance counter, " + std::to_string(header.frequency) + " Hz";
      if (header.clock_type != logfile::clock_counter)
        description_ += " (the file's clock type " + std::to_string(header.clock_type) + " is not known)";
  }
  known_ = divisor_ > 0 && divisor_ <= max_frequency && start_ > 0;
  if (known_) return;
  problem_ = start_ <= 0 ? "the file's header does not tell when the trace began"
                         : "the file's header tells no rate of the clock that makes sense";
}

bool Clock::to_unix(std::int64_t time, std::int64_t& unix_ns) const {
  if (!known_) return false;
  std::int64_t file_time = time;
  if (divisor_ != 0) {
    // Quotient and remainder apart: the product alone would overflow after days.
    std::int64_t passed = 0;
    std::int64_t whole = 0;
    if (__builtin_sub_overflow(time, first_, &passed) ||
        __builtin_mul_overflow(passed / divisor_, factor_, &whole) ||
        __builtin_add_overflow(whole, passed % divisor_ * factor_ / divisor_, &whole) ||
        __builtin_add_overflow(start_, whole, &file_time))
      return false;
  }
  constexpr std::int64_t latest = INT64_MAX / 100;
  if (file_time < unix_epoch || file_time - unix_epoch > latest) return false;
  unix_ns = (file_time - unix_epoch) * 100;
  return true;
}

}  // namespace anchoko::formats::etl
