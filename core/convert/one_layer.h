// Of copies of one packet that several layers traced, the one closest to the wire.
#pragma once

#include <cstdint>
#include <memory>

#include "core/convert/time_order.h"
#include "core/formats/record_reader.h"

namespace anchoko::convert {

// Copies are records that share the pcapng option epb_packetid and come within a second, and the window, of
// each other; layers are those of InterfaceInfo. Records without that option stay, and are held only where
// one with it is before them. The order stays. `left_out` counts the copies of the records delivered so far,
// and lives as long as the reader.
std::unique_ptr<formats::RecordReader> one_layer(std::unique_ptr<formats::RecordReader> reader,
                                                 std::uint64_t& left_out, Window window = {});

}  // namespace anchoko::convert
