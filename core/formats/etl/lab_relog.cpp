#include "core/formats/etl/lab_relog.h"

#include <algorithm>
#include <vector>

namespace anchoko::formats::etl::lab {
namespace {

struct Entry {
  std::int64_t stamp;
  std::uint16_t processor;
  std::span<const std::byte> bytes;
};

template <typename T>
T get(std::span<const std::byte> from, std::size_t at) {
  return load<T>(from.data() + at, little);
}

bool is_perfinfo(std::uint8_t kind) {
  return kind == event::perfinfo32 || kind == event::perfinfo64;
}

// The smallest headers that events of a kind have, up to their stamp.
constexpr std::size_t min_perfinfo = event::perfinfo_time + 8;
constexpr std::size_t min_other = event::time_stamp + 8;

// The event at the front of `rest`; empty: there is none.
std::span<const std::byte> first_event(std::span<const std::byte> rest) {
  if (rest.size() < min_perfinfo || rest[event::frame] != std::byte{event::frame_header}) return {};
  const auto kind = std::to_integer<std::uint8_t>(rest[event::kind]);
  const std::size_t least = is_perfinfo(kind) ? min_perfinfo : min_other;
  const bool size_is_second = kind <= event::compact64 || is_perfinfo(kind);
  const auto size = get<std::uint16_t>(rest, size_is_second ? event::system_size_at : event::size);
  return size < least || size > rest.size() ? std::span<const std::byte>{} : rest.first(size);
}

std::int64_t stamp_in(std::span<const std::byte> bytes) {
  const auto kind = std::to_integer<std::uint8_t>(bytes[event::kind]);
  return get<std::int64_t>(bytes, is_perfinfo(kind) ? event::perfinfo_time : event::time_stamp);
}

bool list_events(std::span<const std::byte> buffer, std::vector<Entry>& entries) {
  const auto flags = get<std::uint16_t>(buffer, buffer::flags);
  const auto number = get<std::uint16_t>(buffer, buffer::processor);
  const bool has_index = (flags & buffer::flag_processor_index) != 0;
  const auto processor = static_cast<std::uint16_t>(number & (has_index ? buffer::processor_mask : 0xff));
  const auto used = get<std::uint32_t>(buffer, buffer::used);
  if (used > buffer.size() || (flags & buffer::flag_compressed) != 0) return false;
  for (std::size_t at = buffer::header_size; at < used;) {
    const auto bytes = first_event(buffer.first(used).subspan(at));
    if (bytes.empty()) return false;
    entries.push_back({stamp_in(bytes), processor, bytes});
    at += (bytes.size() + event::alignment - 1) / event::alignment * event::alignment;
  }
  return true;
}

// False: the header does not hold what it must.
bool copy_losses(std::span<const std::byte> header, EtlLabWriter& to) {
  if (header.size() < logfile::header_offset + logfile::tail64.names) return false;
  const auto body = header.subspan(logfile::header_offset);
  const bool is_32_bit = get<std::uint32_t>(body, logfile::pointer_size) == 4;
  if (const auto lost = get<std::uint32_t>(body, logfile::events_lost); lost != 0) to.lose_events(0, lost);
  to.lose_buffers(get<std::uint32_t>(body, (is_32_bit ? logfile::tail32 : logfile::tail64).buffers_lost));
  return true;
}

}  // namespace

Result<void> relog(std::span<const std::byte> session, EtlLabWriter& to) {
  const auto damaged = [] { return fail(ErrorKind::failed, "relogging: the session's file is damaged"); };
  std::vector<Entry> entries;
  for (auto rest = session; !rest.empty();) {
    if (rest.size() < buffer::header_size) return damaged();
    const auto size = get<std::uint32_t>(rest, buffer::size);
    if (size < buffer::header_size || size > rest.size()) return damaged();
    const auto one = rest.first(size);
    rest = rest.subspan(size);
    const bool is_header = get<std::uint16_t>(one, buffer::type) == buffer::type_header;
    if (!(is_header ? copy_losses(one, to) : list_events(one, entries))) return damaged();
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& one, const Entry& other) { return one.stamp < other.stamp; });
  for (const Entry& entry : entries) {
    if (!to.write_raw(entry.processor, entry.stamp, entry.bytes)) return fail(to.error());
  }
  return {};
}

}  // namespace anchoko::formats::etl::lab
