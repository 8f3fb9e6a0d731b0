// Generated frames as records to judge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tests/differential/filter_files.h"
#include "tests/tools/frames.h"

namespace anchoko::differential {

// A record to judge: its own memory, exactly as long as the captured bytes, so that a sanitizer sees a read
// beyond it.
struct Case {
  std::unique_ptr<std::uint8_t[]> data;
  std::size_t size = 0;
  std::uint32_t original_length = 0;
  std::string name;  // empty: cut from the last case before it that has one

  std::span<const std::uint8_t> bytes() const { return {data.get(), size}; }
};
Case make_case(const testing::Octets& data, std::uint32_t original_length, std::string name);

using Cases = std::vector<Case>;

// Generated frames of a link type: whole; and cut at every offset below their length.
const Cases& whole_frames(const Link& link);
const Cases& cut_frames(const Link& link);

}  // namespace anchoko::differential
