#include "backends/nettl/emulator_trace_file.h"

#include <algorithm>

#include "backends/nettl/emulator_words.h"
#include "core/base/byte_cursor.h"

namespace anchoko::nettl::emulated {
namespace {

constexpr std::size_t least_header = 64;
constexpr std::uint32_t most_data = 262144;

Holds holds_of(std::uint16_t id) {
  const auto* subsystem = subsystem_of(id);
  return subsystem ? subsystem->holds : Holds::ethernet;
}

std::size_t pad_of(Holds holds, const Record& record) {
  switch (holds) {
    case Holds::loopback:
    case Holds::loopback6:
      return 26;
    case Holds::sctp:
      return 8;
    case Holds::fddi:
      return 3;
    case Holds::fddi_hp_pb:
      return record.kind & kind_pdu_out ? 9U + byte_at(record.data, 8) : 0U;
    case Holds::x25:
      return 24;
    case Holds::generic_driver: {
      // Its own captured length tells how long it is.
      const std::size_t kept = word_at(record.data, 4);
      return record.data.size() >= kept ? record.data.size() - kept : 0;
    }
    default:
      return 0;
  }
}

Packet look(Holds holds, Bytes data) {
  switch (holds) {
    case Holds::ethernet:
    case Holds::generic_driver:
      return look_at_frame(data, true);
    case Holds::ipv4:
    case Holds::ipv6:
    case Holds::tcp:
    case Holds::udp:
    case Holds::loopback:
    case Holds::loopback6:
      return look_at_ip(data);
    default:
      return {};
  }
}

}  // namespace

Result<bool> TraceText::check_header() {
  const Bytes bytes = std::as_bytes(std::span(text_));
  if (bytes.size() < file_header_size) return false;
  const bool of_9 = load_be32(bytes.data()) == 1 && load_be32(bytes.data() + 4) == 0;
  if (!of_9 && load_be32(bytes.data()) != 0x54520064)
    return fail(ErrorKind::failed, "not a trace or log file");
  at_ = file_header_size;
  return true;
}

Result<std::optional<ReadRecord>> TraceText::next() {
  const Bytes rest = std::as_bytes(std::span(text_)).subspan(at_);
  if (rest.size() < least_header) return std::nullopt;
  const std::byte* at = rest.data();
  const std::size_t header = load_be16(at);
  const std::uint32_t size = load_be32(at + 32);
  if (header < least_header || size > most_data)
    return fail(ErrorKind::failed, "the record at offset " + std::to_string(at_) + " is damaged");
  if (rest.size() < header + size) return std::nullopt;
  ReadRecord read;
  read.record.subsystem = load_be16(at + 2);
  read.record.device = load<std::int32_t>(at + 4, ByteOrder::big);
  read.record.kind = load_be32(at + 12);
  read.record.original = load_be32(at + 36);
  read.record.time =
      std::int64_t{load_be32(at + 40)} * 1'000'000'000 + std::int64_t{load_be32(at + 44)} * 1000;
  read.process = load<std::int32_t>(at + 48, ByteOrder::big);
  read.user = load<std::int32_t>(at + 60, ByteOrder::big);
  const Bytes data = rest.subspan(header, size);
  read.record.data.assign(data.begin(), data.end());
  const Holds holds = holds_of(read.record.subsystem);
  read.pad = std::min(pad_of(holds, read.record), read.record.data.size());
  constexpr std::uint32_t headers = kind_header_in | kind_header_out, pdus = kind_pdu_in | kind_pdu_out;
  if ((read.record.kind & (headers | pdus | kind_loopback)) || holds == Holds::generic_driver)
    read.packet = look(holds, Bytes(read.record.data).subspan(read.pad));
  at_ += header + size;
  ++records_;
  return std::optional(std::move(read));
}

}  // namespace anchoko::nettl::emulated
