// Numbers of iptrace files. Their format is known from files and from Wireshark's reader, not from AIX; all
// fields are big-endian.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/packet/link_type.h"

namespace anchoko::formats::iptrace {

inline constexpr std::string_view magic_1 = "iptrace 1.0";
inline constexpr std::string_view magic_2 = "iptrace 2.0";
constexpr std::size_t file_header_size = magic_1.size();

// Offsets in a record. Its length counts what stands behind `prefix`.
constexpr std::size_t prefix = 8;
constexpr std::size_t seconds_offset = 4;
constexpr std::size_t unit_offset = 11;
constexpr std::size_t letters_offset = 12;
constexpr std::size_t text_offset = 16;
constexpr std::size_t type_offset = 28;
constexpr std::size_t sent_offset = 29;
constexpr std::size_t fine_seconds_offset = 32;  // here and below: 2.0 only
constexpr std::size_t nanoseconds_offset = 36;
constexpr std::size_t data_offset_1 = 30;
constexpr std::size_t data_offset_2 = 40;

constexpr std::size_t letters_size = 4;
// Of the text field; for ATM, "VPI.VCI" stands there.
constexpr std::size_t circuit_offset = text_offset + 4;
constexpr std::size_t circuit_size = 8;

// AIX puts three bytes in front of FDDI frames, as its tcpdump does.
constexpr std::size_t fddi_padding = 3;
constexpr std::uint32_t max_packet = 262144;  // as in Wireshark

// SNMP interface types (IANA ifType).
namespace interface_type {
constexpr std::uint8_t x25_ddn = 0x04;
constexpr std::uint8_t ethernet = 0x06;
constexpr std::uint8_t ieee802_3 = 0x07;
constexpr std::uint8_t token_ring = 0x09;
constexpr std::uint8_t sp_switch = 0x0c;
constexpr std::uint8_t fddi = 0x0f;
constexpr std::uint8_t lapb = 0x10;
constexpr std::uint8_t loopback = 0x18;
constexpr std::uint8_t atm = 0x25;
constexpr std::uint8_t host_fabric = 0x3d;
constexpr std::uint8_t infiniband = 0xc7;
}  // namespace interface_type

// None: has no link type of its own, or none that is known.
std::optional<LinkType> link_type_of(std::uint8_t interface_type);
std::optional<std::uint8_t> interface_type_of(LinkType type);

// The letters of an interface's name, up to a zero byte or the end of the field.
inline std::size_t letters_length(const std::byte* letters) {
  std::size_t length = 0;
  while (length < letters_size && letters[length] > std::byte{' '} && letters[length] < std::byte{0x7f}) {
    ++length;
  }
  return length;
}
// At least one, all printable; behind the zero byte anything may be left over.
inline bool name_sound(const std::byte* letters) {
  const std::size_t length = letters_length(letters);
  return length == letters_size || (length > 0 && letters[length] == std::byte{0});
}
// And nothing is left over.
inline bool letters_sound(const std::byte* letters) {
  const std::size_t length = letters_length(letters);
  return length > 0 && std::all_of(letters + length, letters + letters_size,
                                   [](std::byte rest) { return rest == std::byte{0}; });
}

// An ATM circuit as the text field has it, "0.33" up to a zero byte or the end of the field.
struct Circuit {
  std::uint8_t vpi = 0;
  std::uint16_t vci = 0;
};
// None: another text, or numbers that an ATM header of LINKTYPE_SUNATM cannot hold.
std::optional<Circuit> parse_circuit(std::span<const std::byte, circuit_size> text);

}  // namespace anchoko::formats::iptrace
