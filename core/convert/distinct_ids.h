// Packet ids of several captures in one file.
#pragma once

#include <cstdint>
#include <memory>

#include "core/formats/record_reader.h"

namespace anchoko::convert {

// Packet ids tell copies of a packet within one capture: those of capture 0 stay, those of every other
// capture are changed, each capture's in its own way, so that equal ids of two captures are not taken for
// copies. Equal ids of one capture stay equal, and different ones different.
std::unique_ptr<formats::RecordReader> distinct_ids(std::unique_ptr<formats::RecordReader> reader,
                                                    std::uint64_t capture);

}  // namespace anchoko::convert
