// Counters of a native tool at the end of a capture; absent where it did not tell.
#pragma once

#include <cstdint>
#include <optional>

namespace anchoko {

struct CaptureStats {
  std::optional<std::uint64_t> captured;
  std::optional<std::uint64_t> received_by_filter;
  std::optional<std::uint64_t> dropped_by_kernel;
  std::optional<std::uint64_t> dropped_by_interface;
};

}  // namespace anchoko
