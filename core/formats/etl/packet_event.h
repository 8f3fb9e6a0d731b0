// Which events carry packets.
#pragma once

#include <cstdint>

#include "core/formats/etl/buffer.h"

namespace anchoko::formats::etl {

enum class PacketKind : std::uint8_t {
  none,
  fragment,         // NDIS-PacketCapture, of an adapter
  metadata,         // what the Wi-Fi adapter tells of the packet that follows
  switch_fragment,  // NDIS-PacketCapture, of a port of a virtual switch
  ras,              // NdisWan
  flow,             // PktMon
  drop,             // PktMon, of a packet that was dropped
};

inline PacketKind packet_kind(const Guid& by, std::uint16_t id) {
  if (by == provider::pktmon) {
    if (id == pktmon::packet) return PacketKind::flow;
    return id == pktmon::drop ? PacketKind::drop : PacketKind::none;
  }
  if (by == provider::ndis) {
    if (id == ndis::fragment) return PacketKind::fragment;
    if (id == ndis::switch_fragment) return PacketKind::switch_fragment;
    return id == ndis::metadata ? PacketKind::metadata : PacketKind::none;
  }
  if (by == provider::ras && (id == ras::sent || id == ras::received)) return PacketKind::ras;
  return PacketKind::none;
}

}  // namespace anchoko::formats::etl
