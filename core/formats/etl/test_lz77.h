// For unit tests: a compressed block that is decompressed as a whole.
#pragma once

#include <cstddef>
#include <span>

#include "core/formats/etl/lz77_stream.h"

namespace anchoko::formats::etl::test {

// Fills `out`. False: the input makes no sense, ends early, or its last match would go on behind `out`.
inline bool unpack_lz77(std::span<const std::byte> in, std::span<std::byte> out) {
  Lz77Stream stream;
  Lz77Stream::Input input{in.data(), in.data() + in.size(), true};
  Lz77Stream::Output output{out.data(), out.data(), out.data() + out.size()};
  return stream.run(input, output) == Lz77Stream::Stop::needs_room && !stream.in_match();
}

}  // namespace anchoko::formats::etl::test
