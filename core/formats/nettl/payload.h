// Where the packet stands in a nettl record, and what it is.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/formats/nettl/record.h"
#include "core/formats/nettl/subsystems.h"
#include "core/packet/link_type.h"

namespace anchoko::formats::nettl {

constexpr auto link_type_opaque = static_cast<LinkType>(147);        // DLT_USER0
constexpr auto link_type_sctp = static_cast<LinkType>(248);          // SCTP without an IP header
constexpr auto link_type_exported_pdu = static_cast<LinkType>(252);  // a header that names the protocol

struct Payload {
  LinkType link_type = LinkType::ethernet;
  // What a packet of link type 252 or 248 is, as an IP protocol number where it has one; 0: of another kind.
  std::uint8_t bare_protocol = 0;
  std::span<const std::byte> data;
  std::uint32_t original_length = 0;
  bool stray_bytes = false;  // `data` has three bytes behind the first 15 that are not the frame's
};

// Whether a record is a packet: one of the kinds pdu in and pdu out. HP-UX 10.20 also leaves the kind of
// driver records 0 (record quoted in Wireshark's nettl.c), so those with a consistent sub-header count.
bool is_packet(const RecordHeader& header, const Subsystem& subsystem, std::span<const std::byte> data);

// `data` is what stands behind the record header: header.captured bytes. A record shorter than its pad is a
// packet of which nothing was captured.
Payload find_payload(const RecordHeader& header, const Subsystem& subsystem, std::span<const std::byte> data,
                     bool is_hpux_11);

// Whether the packet's bytes are to be put together in other memory: see assemble().
inline bool needs_assembly(const Payload& payload) {
  return payload.stray_bytes || payload.link_type == link_type_exported_pdu;
}
// The packet's bytes without stray ones, behind the header that link type 252 asks for. payload.data and
// original_length are those of the result.
void assemble(Payload& payload, Content content, PacketDirection direction, std::vector<std::byte>& scratch);

// What assemble() made of a packet without an IP header, taken apart again.
struct BarePacket {
  std::uint8_t protocol = 0;  // as Payload::bare_protocol
  std::span<const std::byte> data;
};
BarePacket without_exported_header(LinkType link_type, std::span<const std::byte> data);

// What people should know of packets of that link type from that subsystem; null: nothing.
const char* remark(const Subsystem& subsystem, LinkType link_type);

}  // namespace anchoko::formats::nettl
