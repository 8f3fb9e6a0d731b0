// Packets from devices of this machine, by AF_PACKET.
#pragma once

#include "core/lab/packet_source.h"

namespace anchoko::lab {

Result<std::unique_ptr<PacketSource>> open_live_packets(const EmulatedHost& host,
                                                        const std::vector<std::size_t>& interfaces);

}  // namespace anchoko::lab
