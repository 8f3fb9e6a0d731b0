#include "core/convert/distinct_ids.h"

#include "core/base/byte_cursor.h"
#include "core/formats/packet_id.h"

namespace anchoko::convert {

// The finaliser of splitmix64. That two captures' ids, counted up from any beginnings, meet all the same
// takes masks that agree in all upper bits.
std::uint64_t id_mask(std::uint64_t capture) {
  std::uint64_t word = capture * 0x9e3779b97f4a7c15;
  word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
  word = (word ^ word >> 27) * 0x94d049bb133111eb;
  return word ^ word >> 31;
}

void change_id(PacketRecord& record, std::uint64_t mask, std::vector<std::byte>& scratch) {
  const std::byte* id = formats::find_packet_id(record);
  if (id == nullptr) return;
  const std::ptrdiff_t place = id - record.options.data();
  scratch.assign(record.options.begin(), record.options.end());
  std::byte* at = scratch.data() + place;
  store<std::uint64_t>(at, load<std::uint64_t>(at, ByteOrder::little) ^ mask, ByteOrder::little);
  record.options = scratch;
}

}  // namespace anchoko::convert
