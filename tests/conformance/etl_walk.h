// The structure of ETL files, as etl-format.md in the reference gives it; a part of capture_walk.
#pragma once

#include "tests/conformance/capture_walk.h"

namespace anchoko::walk {

// Packets of Microsoft-Windows-NDIS-PacketCapture (a packet of several fragments stands where its last one
// is), Ras-NdisWan and Microsoft-Windows-PktMon, one copy of each; what of them depends on rules that the
// reference leaves open is maybe_packet.
Walk walk_etl(std::span<const std::byte> file);
// The same with every copy that PktMon logged, and those that were dropped.
Walk walk_whole_etl(std::span<const std::byte> file);

}  // namespace anchoko::walk
