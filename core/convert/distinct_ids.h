// Packet ids of several captures in one file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/packet/packet_record.h"

namespace anchoko::convert {

// Packet ids tell copies of a packet within one capture: those of capture 0 stay, those of every other one
// are changed, each capture's in its own way, so that equal ids of two captures are not taken for copies.
// Equal ids of one capture stay equal, and different ones different. 0: they stay.
std::uint64_t id_mask(std::uint64_t capture);

// Puts options with the changed id in place of the record's; they are valid as long as `scratch`. A record
// without an id stays as it is.
void change_id(PacketRecord& record, std::uint64_t mask, std::vector<std::byte>& scratch);

}  // namespace anchoko::convert
