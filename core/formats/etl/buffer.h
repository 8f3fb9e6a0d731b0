// Buffers of a trace file: their headers, and the events in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/formats/etl/layout.h"

namespace anchoko::formats::etl {

struct BufferHeader {
  std::uint32_t size = 0;  // on disk
  std::uint32_t used = 0;  // decompressed; both with the header
  std::uint16_t flags = 0;
  std::uint16_t type = 0;
  std::uint16_t processor = 0;
  std::uint32_t reference_count = 0;
  std::uint32_t state = 0;

  bool is_compressed() const { return (flags & buffer::flag_compressed) != 0; }
};
// From buffer::header_size bytes.
BufferHeader read_buffer_header(const std::byte* at);

// More is not decompressed: pktmon, with the largest buffers that were seen, has 16 MiB.
constexpr std::uint32_t max_used = 64u * 1024 * 1024;

// What makes a header impossible, where `left` bytes of the file remain and no buffer holds more than `most`
// when decompressed; empty: nothing.
std::string impossible(const BufferHeader& header, std::uint64_t left, std::uint32_t most = max_used);
// Its flags, reference count, type and state are such as real files have; one of the first two may be odd.
bool looks_real(const BufferHeader& header);
// Stricter than impossible(), for places where a header is only supposed.
bool is_convincing(const BufferHeader& header, std::uint64_t left, std::uint32_t most = max_used);

// The start of an event.
struct EventHead {
  enum class What {
    event,
    unknown,  // of a kind that is not known, but with a size
    end,      // the filling behind the last event
    damaged,
  };
  What what = What::damaged;
  std::uint8_t kind = 0;   // 0: not of the framing that has kinds (messages)
  std::uint16_t size = 0;  // with its header, without padding
};
constexpr std::size_t event_head_size = 8;

inline std::uint32_t padded_size(std::uint16_t size) {
  return (std::uint32_t{size} + 7u) & ~7u;
}

// From `event_head_size` bytes; `left` remain of the buffer.
inline EventHead read_event_head(const std::byte* at, std::size_t left) {
  EventHead head;
  const auto marker = load_le32(at);
  if (marker == 0xffffffff) return {EventHead::What::end, 0, 0};
  const auto framing = static_cast<std::uint8_t>(marker >> 24);
  head.size = static_cast<std::uint16_t>(marker);
  std::size_t smallest = event_head_size;
  bool known = true;
  if (framing == event::frame_header) {
    head.kind = static_cast<std::uint8_t>(marker >> 16);
    switch (head.kind) {
      case event::header32:
      case event::header64:
        smallest = event::header_size;
        break;
      case event::system32:
      case event::system64:
      case event::compact32:
      case event::compact64:
      case event::perfinfo32:
      case event::perfinfo64:
        head.size = load<std::uint16_t>(at + event::system_size_at, little);
        break;
      default:
        known = head.kind >= event::full32 && head.kind <= event::last_kind;
    }
  } else if ((framing < event::frame_message_first || framing > event::frame_message_last) &&
             framing != event::frame_ulong_time) {
    return head;
  }
  if (head.size < smallest || head.size > left) return head;
  head.what = known ? EventHead::What::event : EventHead::What::unknown;
  return head;
}

// An event of the framing EVENT_HEADER. A view of the buffer.
struct Event {
  const std::byte* at = nullptr;
  std::uint16_t size = 0;
  std::uint16_t data_offset = 0;  // behind the extended items

  std::int64_t time() const { return load<std::int64_t>(at + event::time_stamp, little); }
  Guid provider() const { return load_guid(at + event::provider); }
  std::uint16_t id() const { return load<std::uint16_t>(at + event::id, little); }
  std::uint64_t keyword() const { return load<std::uint64_t>(at + event::keyword, little); }
  std::uint32_t thread() const { return load_le32(at + event::thread); }
  std::uint32_t process() const { return load_le32(at + event::process); }
  const std::byte* data() const { return at + data_offset; }
  std::size_t data_size() const { return std::size_t{size} - data_offset; }
};

// `at`: an event of at least event::header_size bytes. False: its extended items are damaged.
inline bool read_event(const std::byte* at, std::uint16_t size, Event& event) {
  event = {at, size, static_cast<std::uint16_t>(event::header_size)};
  if ((load<std::uint16_t>(at + event::flags, little) & event::flag_extended) == 0) [[likely]]
    return true;
  std::size_t offset = event::header_size;
  while (true) {
    if (size - offset < event::extended_header_size) return false;
    const auto item = load<std::uint16_t>(at + offset, little);
    if (item < event::extended_header_size || item % event::alignment != 0 || item > size - offset)
      return false;
    const bool more = (load<std::uint16_t>(at + offset + 4, little) & 1) != 0;
    offset += item;
    if (!more) break;
  }
  event.data_offset = static_cast<std::uint16_t>(offset);
  return true;
}

}  // namespace anchoko::formats::etl
