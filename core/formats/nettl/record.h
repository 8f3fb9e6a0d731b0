// The headers of nettl trace files and of their records. Everything is big-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/base/byte_cursor.h"
#include "core/packet/packet_record.h"

namespace anchoko::formats::nettl {

constexpr std::size_t file_header_size = 128;
// Record headers are 64 bytes long on HP-UX 9 and 10, 68 on 11; they say so themselves.
constexpr std::size_t record_header_size = 64;
constexpr std::size_t record_header_size_11 = 68;
constexpr std::size_t max_record_header_size = 128;
constexpr std::uint32_t max_record_data = 262144;  // as Wireshark's limit

namespace kind {
constexpr std::uint32_t pdu_in = 0x20000000;
constexpr std::uint32_t pdu_out = 0x10000000;
constexpr std::uint32_t pdu = pdu_in | pdu_out;
constexpr std::uint32_t subsystem_bits = 0x000fffff;  // the subsystem's own
}  // namespace kind

struct FileHeader {
  std::string trace_name;
  std::string time_zone;
  std::string host;     // at most 8 characters, longer names are cut
  std::string release;  // "B.11.31"
  std::string model;    // "9000/800"
  bool is_hpux_11() const { return release.find(".11.") != std::string::npos; }
};

// Whether a file that starts so is one: the 12 bytes of HP-UX 10 and 11, or of HP-UX 9. There the third word
// is half of the ring size, so that any is taken if the name of a trace file follows.
bool is_nettl(std::span<const std::byte> start);
// From `file_header_size` bytes.
FileHeader read_file_header(const std::byte* at);
void write_file_header(const FileHeader& header, std::byte* at);

struct RecordHeader {
  std::uint16_t length = 0;  // of this header
  std::uint16_t subsystem = 0;
  std::int32_t device = -1;
  std::uint32_t kind = 0;
  std::uint32_t captured = 0;  // bytes behind the header
  std::uint32_t original = 0;
  std::uint32_t seconds = 0;
  std::uint32_t microseconds = 0;
};

// From `record_header_size` bytes.
inline RecordHeader read_record_header(const std::byte* at) {
  RecordHeader header;
  header.length = load_be16(at);
  header.subsystem = load_be16(at + 2);
  header.device = static_cast<std::int32_t>(load_be32(at + 4));
  header.kind = load_be32(at + 12);
  header.captured = load_be32(at + 32);
  header.original = load_be32(at + 36);
  header.seconds = load_be32(at + 40);
  header.microseconds = load_be32(at + 44);
  return header;
}
// Makes a header of `record_header_size_11` bytes; header.length is not looked at.
void write_record_header(const RecordHeader& header, std::byte* at);

inline bool is_possible(const RecordHeader& header) {
  return header.length >= record_header_size && header.length <= max_record_header_size &&
         header.captured <= max_record_data && header.microseconds < 1'000'000;
}
// What makes a header impossible, for people.
std::string describe_impossible(const RecordHeader& header);

// Stricter, for headers at places where one is only supposed. `near`: seconds of a good record, if there was
// one.
bool is_convincing(const RecordHeader& header, std::span<const std::uint32_t> near);

inline PacketDirection direction_of(std::uint32_t kind) {
  switch (kind & kind::pdu) {
    case kind::pdu_in:
      return PacketDirection::inbound;
    case kind::pdu_out:
      return PacketDirection::outbound;
    default:
      return PacketDirection::unknown;
  }
}

}  // namespace anchoko::formats::nettl
