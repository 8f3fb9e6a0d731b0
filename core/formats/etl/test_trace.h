// For unit tests: trace files made byte by byte, as the layout of the format is known, without any writer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/formats/etl/layout.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/options.h"
#include "core/formats/record_reader.h"
#include "core/formats/test_bytes.h"

namespace anchoko::formats::etl::test {

using formats::test::Builder;
using formats::test::Bytes;

inline Builder bytes() {
  return Builder(ByteOrder::little);
}

inline void text16(Builder& to, std::string_view text) {
  for (const char c : text) to.u16(static_cast<std::uint16_t>(c));
  to.u16(0);
}

struct EventKind {
  Guid provider = provider::ndis;
  std::uint16_t id = 1001;
  std::uint64_t keyword = 0;
  std::int64_t time = 0;
  std::uint32_t process = 4;
  std::uint32_t thread = 88;
  std::uint8_t kind = 0x13;
  Bytes extended = {};  // whole items
};

// EVENT_HEADER and the data, padded to eight bytes.
inline Bytes event(const EventKind& is, const Bytes& data) {
  auto out = bytes();
  out.u16(static_cast<std::uint16_t>(80 + is.extended.size() + data.size())).u8(is.kind).u8(0xc0);
  out.u16(is.extended.empty() ? 0 : 1).u16(0).u32(is.thread).u32(is.process);
  out.u64(static_cast<std::uint64_t>(is.time)).u64(is.provider.low).u64(is.provider.high);
  out.u16(is.id).u8(0).u8(16).u8(4).u8(0).u16(0).u64(is.keyword);
  out.u64(0).u64(0).u64(0).raw(is.extended).raw(data);
  while (out.bytes().size() % 8 != 0) out.u8(0);
  return out.bytes();
}

struct BufferKind {
  std::uint16_t processor = 0;
  std::uint16_t flags = 0x20;
  std::uint16_t type = 0;
  std::uint32_t size = 4096;  // on disk; 0: as much as there is
  std::uint32_t used = 0;     // 0: as much as there is
};

// `content` stands as it is behind the header.
inline Bytes buffer(const BufferKind& is, const Bytes& content) {
  const auto held = static_cast<std::uint32_t>(72 + content.size());
  auto out = bytes();
  out.u32(is.size == 0 ? held : is.size).u32(0).u32(0).u32(0).u64(0).u64(0).u64(0);
  out.u16(is.processor).u16(0).u32(3).u32(is.used == 0 ? held : is.used).u16(is.flags).u16(is.type);
  out.u64(0).u64(0).raw(content);
  while (out.bytes().size() < is.size) out.u8(0xff);
  return out.bytes();
}

inline Bytes joined(const std::vector<Bytes>& parts) {
  Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

struct HeaderKind {
  bool narrow = false;  // of a 32-bit system
  std::uint32_t mode = 1;
  std::uint32_t buffers_written = 0;
  std::uint32_t events_lost = 0;
  std::uint32_t buffers_lost = 0;
  std::uint32_t mhz = 0;
  std::int64_t frequency = 10'000'000;
  std::int64_t end_time = 1;
  std::int64_t start_time = unix_epoch + 10'000'000;  // 1970-01-01 00:00:01
  std::int64_t first_time = 0;
  std::uint32_t clock = 1;
  std::uint32_t size = 4096;  // of its buffer
  std::uint32_t build = 17134;
};

// The first buffer.
inline Bytes first_buffer(const HeaderKind& is = {}) {
  auto head = bytes();
  head.u32(4096).u8(10).u8(0).u8(1).u8(5).u32(is.build).u32(4).u64(static_cast<std::uint64_t>(is.end_time));
  head.u32(156250).u32(0).u32(is.mode).u32(is.buffers_written).u32(1).u32(is.narrow ? 4 : 8);
  head.u32(is.events_lost).u32(is.mhz);
  const auto pointer = [&] { is.narrow ? head.u32(0) : head.u64(0); };
  pointer();
  pointer();
  for (int i = 0; i < 43; ++i) head.u32(0);  // the time zone
  head.u32(0).u64(0).u64(static_cast<std::uint64_t>(is.frequency));
  head.u64(static_cast<std::uint64_t>(is.start_time)).u32(is.clock).u32(is.buffers_lost);
  text16(head, "Session");
  text16(head, "C:\\t.etl");
  auto event = bytes();
  event.u16(2).u8(is.narrow ? 1 : 2).u8(0xc0).u16(static_cast<std::uint16_t>(0x20 + head.bytes().size()));
  event.u16(0).u32(0).u32(0).u64(static_cast<std::uint64_t>(is.first_time)).u64(0).raw(head.bytes());
  while (event.bytes().size() % 8 != 0) event.u8(0);
  return buffer({.flags = 1, .type = 4, .size = is.size}, event.bytes());
}

constexpr std::uint64_t whole = 0xc0000000;  // keyword bits of a packet in one event
constexpr std::uint64_t sent = 0x100000000;
constexpr std::uint64_t received = 0x200000000;

// The data of event 1001.
inline Bytes fragment(std::uint32_t miniport, std::uint32_t lower, const Bytes& frame) {
  return bytes().u32(miniport).u32(lower).u32(static_cast<std::uint32_t>(frame.size())).raw(frame).bytes();
}

// A packet of NDIS-PacketCapture in one event.
inline Bytes packet(std::int64_t time, const Bytes& frame, std::uint64_t direction = received) {
  return event({.keyword = whole | direction | 1, .time = time}, fragment(14, 14, frame));
}

// What a reader gave, and what it tells beside.
struct Trace {
  formats::test::ReadBack all;
  FileFacts facts;
};

inline Trace read_trace(RecordReader& reader) {
  Trace trace;
  trace.all = formats::test::read_all(reader);
  trace.facts = reader.facts();
  return trace;
}

inline std::string comment_of(const formats::test::OwnedRecord& record) {
  pcapng::OptionList list(record.options, ByteOrder::little);
  pcapng::Option option;
  while (list.next(option)) {
    if (option.code == pcapng::option::comment) return pcapng::option_text(option.value);
  }
  return {};
}

inline bool says(const std::vector<std::string>& lines, const char* what) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(what) != std::string::npos; });
}

}  // namespace anchoko::formats::etl::test
