// Where records were captured, as a capture file tells it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/byte_cursor.h"
#include "core/packet/link_type.h"

namespace anchoko {

// Counters at the end of a capture; absent where nobody told.
struct InterfaceStatistics {
  std::optional<std::uint64_t> received;
  std::optional<std::uint64_t> dropped_by_interface;
  std::optional<std::uint64_t> filter_accepted;
  std::optional<std::uint64_t> dropped_by_os;
  std::optional<std::uint64_t> delivered;
  std::optional<std::int64_t> start_ns;
  std::optional<std::int64_t> end_ns;
};

struct InterfaceInfo {
  LinkType link_type = LinkType::ethernet;
  std::uint32_t link_type_extra =
      0;  // upper bits of a pcap header's link type field (FCS length), kept as they are
  // Of the file. BSD loopback headers (LinkType::null) have the order of the host that wrote them.
  ByteOrder file_order = ByteOrder::little;
  std::uint32_t snaplen = 0;  // bytes; 0: no limit
  // The format does not tell how long packets were on the wire: original lengths are those captured.
  bool original_lengths_unknown = false;
  // Among interfaces that see the same packets: 0 next to the wire (or the only one), higher further up the
  // stack. Copies of a packet carry the same pcapng option epb_packetid.
  std::uint8_t layer = 0;
  std::uint8_t timestamp_digits = 6;  // decimal digits of a second that time stamps carry: 6 micro, 9 nano
  std::string name;
  std::string description;
  std::string filter;  // the native filter in force while capturing
  std::string os;
  std::string hardware;
  std::string host;  // anchoko's own: the host it was captured on
  std::vector<std::string> comments;
  std::vector<std::byte>
      other_options;  // pcapng options that have no field here, encoded, in little-endian byte order
  std::optional<InterfaceStatistics> statistics;
};

}  // namespace anchoko
