// Bodies of the blocks that describe: section, interface, statistics.
#pragma once

#include <cstdint>
#include <vector>

#include "core/formats/record_writer.h"

namespace anchoko::formats::pcapng {

// Bodies without type and lengths, little-endian.
std::vector<std::byte> section_body(const SectionInfo& section);
std::vector<std::byte> interface_body(const InterfaceInfo& interface);
// `time_ns`: of the block itself; unit_ns: nanoseconds per unit of the interface's time stamps.
std::vector<std::byte> statistics_body(std::uint32_t interface, const InterfaceStatistics& statistics,
                                       std::int64_t time_ns, std::int64_t unit_ns);

}  // namespace anchoko::formats::pcapng
