// Blocks that are not packets but worth keeping.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/byte_cursor.h"

namespace anchoko::formats::pcapng {

bool is_attachment(std::uint32_t block_type);

// The body in little-endian byte order into `out`. False when it is damaged or its byte order cannot be
// turned.
bool convert_attachment(std::uint32_t block_type, std::span<const std::byte> body, ByteOrder order,
                        std::vector<std::byte>& out);

}  // namespace anchoko::formats::pcapng
