// Numbers of snoop files (RFC 1761). All fields are big-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/packet/link_type.h"

namespace anchoko::formats::snoop {

inline constexpr std::array magic{std::byte{'s'}, std::byte{'n'}, std::byte{'o'}, std::byte{'o'},
                                  std::byte{'p'}, std::byte{0},   std::byte{0},   std::byte{0}};

constexpr std::size_t version_end = 12;  // magic and version: all that a capture without packets may have
constexpr std::size_t file_header_size = 16;
constexpr std::size_t record_header_size = 24;

// Wireshark takes longer packets for damage, and longer original lengths too.
constexpr std::uint32_t max_packet = 262144;
// Behind a record's data. Programs of 64-bit kernels round to 8 bytes, analysers put a trailer there.
constexpr std::uint32_t max_padding = 65536;
// As much padding in the first record is the trailer of a Shomiti (Finisar Surveyor) analyser.
constexpr std::uint32_t shomiti_trailer = 16;

// What stands in a record beside the packet.
enum class Form {
  plain,
  ipnet,  // a header of 24 bytes that tells the direction; part of LINKTYPE_IPNET
  atm,    // 4 bytes: flags, VPI, VCI; part of LINKTYPE_SUNATM
  radio,  // Shomiti's radio header before an 802.11 frame
};
constexpr std::size_t ipnet_header = 24;
constexpr std::size_t atm_header = 4;

// What a number of the file header means.
struct Link {
  LinkType type = LinkType::ethernet;
  Form form = Form::plain;
  bool has_fcs = false;  // of 4 bytes
  std::string comment;   // what the link type alone does not tell; may be empty
};
Link link_of(std::uint32_t dlpi_type, bool shomiti);

// The number to write; none for what snoop files cannot hold.
std::optional<std::uint32_t> dlpi_type_of(LinkType type);

}  // namespace anchoko::formats::snoop
