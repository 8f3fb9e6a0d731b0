// The pcapng option epb_packetid of a record: copies of one packet share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/byte_cursor.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/options.h"
#include "core/packet/packet_record.h"

namespace anchoko::formats {

// Its 8 bytes, in little-endian order, within record.options; null: the record has none.
inline const std::byte* find_packet_id(const PacketRecord& record) {
  if (record.options.empty()) return nullptr;
  pcapng::OptionList list(record.options, ByteOrder::little);
  pcapng::Option option;
  while (list.next(option)) {
    if (option.code == pcapng::option::packet_id && option.value.size() == 8) return option.value.data();
  }
  return nullptr;
}

inline std::optional<std::uint64_t> packet_id(const PacketRecord& record) {
  const std::byte* at = find_packet_id(record);
  if (at == nullptr) return std::nullopt;
  return load<std::uint64_t>(at, ByteOrder::little);
}

}  // namespace anchoko::formats
