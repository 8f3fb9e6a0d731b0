// Plain LZ77 of [MS-XCA], with which Windows compresses the buffers of event trace files.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace anchoko::formats::etl {

// Fills `out` wholly; what `in` holds beyond that is not looked at. False: the input ends early, a match
// refers to before the output's start or would write beyond its end, or a length is impossible. `out` may
// then be filled in part.
bool decompress_lz77(std::span<const std::byte> in, std::span<std::byte> out);

// Always succeeds; what cannot be compressed grows by four bytes in 32.
std::vector<std::byte> compress_lz77(std::span<const std::byte> in);

}  // namespace anchoko::formats::etl
