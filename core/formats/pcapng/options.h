// Option lists of pcapng blocks: reading, writing, and turning foreign byte order into little-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/byte_cursor.h"

namespace anchoko::formats::pcapng {

struct Option {
  std::uint16_t code = 0;
  std::span<const std::byte> value;
};

// Walks a list up to end-of-options or the end of the bytes.
class OptionList {
 public:
  OptionList(std::span<const std::byte> bytes, ByteOrder order) : bytes_(bytes), order_(order) {}

  bool next(Option& option);
  // After next() was false: an option claimed more bytes than there are.
  bool damaged() const { return damaged_; }
  // Bytes walked so far, end-of-options not included.
  std::size_t walked() const { return position_; }

 private:
  std::span<const std::byte> bytes_;
  ByteOrder order_;
  std::size_t position_ = 0;
  bool damaged_ = false;
};

// Text up to a zero byte, which some programs write although the format has none.
std::string option_text(std::span<const std::byte> value);

// Appends one option in little-endian byte order with its padding. The value has at most 65535 bytes.
void append_option(std::vector<std::byte>& list, std::uint16_t code, std::span<const std::byte> value);
void append_option(std::vector<std::byte>& list, std::uint16_t code, std::string_view value);

// How the value of an option is made up, which says how its byte order is turned.
enum class ValueKind { bytes, number, custom, verdict, unknown };
ValueKind packet_value_kind(std::uint16_t code);
ValueKind interface_value_kind(std::uint16_t code);

// Readers refuse a whole file for one option that has not the length its kind has.
bool packet_option_sound(const Option& option);
bool interface_option_sound(const Option& option);

// Appends the option in little-endian byte order. False, and nothing appended, when its byte order cannot be
// turned.
bool append_converted(std::vector<std::byte>& list, const Option& option, ByteOrder order, ValueKind kind);

// Options of a packet as PacketRecord has them.
struct PacketOptions {
  std::span<const std::byte> options;  // a view of the given bytes, or of the scratch space
  std::uint32_t direction = 0;         // the direction bits of the flags
  std::uint64_t skipped = 0;
};
PacketOptions convert_packet_options(std::span<const std::byte> bytes, ByteOrder order,
                                     std::vector<std::byte>& scratch);

}  // namespace anchoko::formats::pcapng
