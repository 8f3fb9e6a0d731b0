#include "core/formats/nettl/record.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "core/base/byte_cursor.h"
#include "core/formats/nettl/subsystems.h"

namespace anchoko::formats::nettl {
namespace {

constexpr auto big = ByteOrder::big;

// A text field of the file header.
struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field trace_name_field{12, 56};
constexpr Field time_zone_field{68, 20};
constexpr Field host_field{88, 9};
constexpr Field release_field{97, 9};
constexpr Field model_field{115, 11};
constexpr std::size_t unknown_106 = 106;
constexpr std::size_t unknown_126 = 126;

constexpr std::uint32_t hpux_10_magic = 0x54520064;  // "TR", 100
constexpr std::uint32_t hpux_9_magic = 1;
constexpr std::uint32_t hpux_9_usual_size = 512000;

bool is_printable(std::byte byte) {
  return byte >= std::byte{0x20} && byte < std::byte{0x7f};
}

std::string read_text(const std::byte* header, Field field) {
  std::string text;
  for (std::size_t i = 0; i < field.size; ++i) {
    const std::byte byte = header[field.offset + i];
    if (byte == std::byte{0}) break;
    text += is_printable(byte) ? static_cast<char>(byte) : '?';
  }
  return text;
}

// Cut to leave room for the zero byte that ends it.
void write_text(std::byte* header, Field field, std::string_view text) {
  std::memcpy(header + field.offset, text.data(), std::min(text.size(), field.size - 1));
}

// The part of a name that is in `start`: printable, not empty, ended by a zero byte or by the end.
bool has_trace_name(std::span<const std::byte> start) {
  const auto name = start.subspan(std::min(start.size(), trace_name_field.offset));
  const auto end = std::find(name.begin(), name.end(), std::byte{0});
  return end != name.begin() && std::all_of(name.begin(), end, is_printable);
}

constexpr std::uint32_t near_seconds = 7 * 24 * 3600;

}  // namespace

bool is_nettl(std::span<const std::byte> start) {
  if (start.size() < trace_name_field.offset) return false;
  const std::uint32_t first = load_be32(start.data());
  const std::uint32_t second = load_be32(start.data() + 4);
  const std::uint32_t third = load_be32(start.data() + 8);
  if (second != 0) return false;
  if (first == hpux_10_magic) return third == file_header_size;
  if (first != hpux_9_magic) return false;
  return third == hpux_9_usual_size || (third != 0 && has_trace_name(start));
}

FileHeader read_file_header(const std::byte* at) {
  FileHeader header;
  header.trace_name = read_text(at, trace_name_field);
  header.time_zone = read_text(at, time_zone_field);
  header.host = read_text(at, host_field);
  header.release = read_text(at, release_field);
  header.model = read_text(at, model_field);
  return header;
}

void write_file_header(const FileHeader& header, std::byte* at) {
  std::fill_n(at, file_header_size, std::byte{0});
  store<std::uint32_t>(at, hpux_10_magic, big);
  store<std::uint32_t>(at + 8, file_header_size, big);
  write_text(at, trace_name_field, header.trace_name);
  write_text(at, time_zone_field, header.time_zone);
  write_text(at, host_field, header.host);
  write_text(at, release_field, header.release);
  write_text(at, model_field, header.model);
  // Of unknown meaning; the values are those of files seen.
  at[unknown_106] = std::byte{0x55};
  store<std::uint16_t>(at + unknown_126, 0x0406, big);
}

void write_record_header(const RecordHeader& header, std::byte* at) {
  std::fill_n(at, record_header_size_11, std::byte{0});
  store<std::uint16_t>(at, record_header_size_11, big);
  store<std::uint16_t>(at + 2, header.subsystem, big);
  store<std::uint32_t>(at + 4, static_cast<std::uint32_t>(header.device), big);
  store<std::uint32_t>(at + 12, header.kind, big);
  store<std::uint32_t>(at + 32, header.captured, big);
  store<std::uint32_t>(at + 36, header.original, big);
  store<std::uint32_t>(at + 40, header.seconds, big);
  store<std::uint32_t>(at + 44, header.microseconds, big);
  store<std::uint32_t>(at + 48, UINT32_MAX, big);  // no process
  store<std::uint32_t>(at + 60, UINT32_MAX, big);  // no user
}

std::string describe_impossible(const RecordHeader& header) {
  if (header.length < record_header_size || header.length > max_record_header_size) {
    return "record header says it is " + std::to_string(header.length) + " bytes long, possible are " +
           std::to_string(record_header_size) + " to " + std::to_string(max_record_header_size);
  }
  if (header.captured > max_record_data) {
    return "record says " + std::to_string(header.captured) + " captured bytes, the limit is " +
           std::to_string(max_record_data);
  }
  return "record says " + std::to_string(header.microseconds) + " microseconds of a second";
}

bool is_convincing(const RecordHeader& header, std::span<const std::uint32_t> near) {
  if (!is_possible(header) || header.captured > header.original) return false;
  if (header.subsystem > max_plausible_subsystem) return false;
  if (header.device < -1 || header.device > UINT16_MAX) return false;
  return near.empty() || std::any_of(near.begin(), near.end(), [&](std::uint32_t seconds) {
           return std::max(header.seconds, seconds) - std::min(header.seconds, seconds) <= near_seconds;
         });
}

}  // namespace anchoko::formats::nettl
