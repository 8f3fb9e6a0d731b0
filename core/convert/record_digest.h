// A running 128-bit digest of records, to compare what was written with what can be read back. Not
// cryptographic.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/packet/packet_record.h"

namespace anchoko::convert {

class RecordDigest {
 public:
  // Time, both lengths, bytes, direction, options and the interface's index. Options are left out where the
  // writer adds to them (`with_options` false).
  void add(const PacketRecord& record, std::uint32_t interface, bool with_options);
  void add(std::span<const std::byte> bytes);

  std::array<std::uint64_t, 2> value() const { return {first_, second_}; }
  std::uint64_t records() const { return records_; }

 private:
  void mix(std::uint64_t word);

  std::uint64_t first_ = 0x243f6a8885a308d3;  // any constants do
  std::uint64_t second_ = 0x13198a2e03707344;
  std::uint64_t records_ = 0;
};

}  // namespace anchoko::convert
