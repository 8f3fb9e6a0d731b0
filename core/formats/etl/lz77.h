// Plain LZ77 of [MS-XCA], as Windows compresses the buffers of event trace files; Lz77Stream decompresses it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace anchoko::formats::etl {

// Always succeeds; what cannot be compressed grows by four bytes in 32.
std::vector<std::byte> compress_lz77(std::span<const std::byte> in);

}  // namespace anchoko::formats::etl
