#include "core/convert/record_digest.h"

#include <bit>
#include <cstring>

namespace anchoko::convert {

void RecordDigest::mix(std::uint64_t word) {
  // Two chains with odd multipliers, each step a bijection of its state: a changed word always changes both.
  first_ = std::rotl((first_ ^ word) * 0x9e3779b97f4a7c15, 29);
  second_ = (std::rotl(second_, 31) + word) * 0xc2b2ae3d27d4eb4f;
  second_ ^= second_ >> 32;
}

void RecordDigest::add(std::span<const std::byte> bytes) {
  mix(bytes.size());
  std::size_t at = 0;
  for (; bytes.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    mix(word);
  }
  if (at < bytes.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, bytes.size() - at);
    mix(word);
  }
}

void RecordDigest::add(const PacketRecord& record, std::uint32_t interface, bool with_options) {
  ++records_;
  mix(std::uint64_t{interface} << 32 | record.original_length);
  mix(record.has_timestamp ? static_cast<std::uint64_t>(record.timestamp_ns) : UINT64_MAX);
  mix(static_cast<std::uint64_t>(record.direction));
  add(record.data);
  if (with_options) add(record.options);
}

}  // namespace anchoko::convert
