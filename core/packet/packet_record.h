// One packet in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace anchoko {

enum class PacketDirection : std::uint8_t { unknown = 0, inbound = 1, outbound = 2 };

// A view: it is valid until the reader that filled it reads on.
struct PacketRecord {
  std::span<const std::byte> data;  // the captured bytes
  std::uint32_t original_length =
      0;  // bytes on the wire, as the file says; may be smaller than data in damaged files
  std::uint32_t interface = 0;    // index into the reader's interfaces()
  std::int64_t timestamp_ns = 0;  // since 1970-01-01 UTC
  bool has_timestamp = true;      // false: the format gave none (pcapng simple packet block)
  PacketDirection direction = PacketDirection::unknown;
  // pcapng options of the record, already in little-endian byte order, end-of-options not included, without
  // epb_flags' direction bits being duplicated elsewhere. Empty in formats that have none.
  std::span<const std::byte> options;
};

}  // namespace anchoko
