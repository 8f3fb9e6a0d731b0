#include "core/formats/nettl/copies.h"

#include <algorithm>
#include <cstdlib>

namespace anchoko::formats::nettl {

CopyTable::CopyTable() : packets_(packet_count), buckets_(bucket_count) {}

CopyTable::Packet* CopyTable::find(std::uint64_t key, const Sight& sight, bool without_packet_key) {
  const Bucket& bucket = buckets_[key % bucket_count];
  Packet* oldest = nullptr;
  for (std::size_t i = 0; i < ways; ++i) {
    if (bucket.keys[i] != key || bucket.ids[i] == 0) continue;
    Packet& packet = at(bucket.ids[i]);
    if (packet.id != bucket.ids[i] || (packet.layers >> sight.layer & 1) != 0) continue;
    if (std::abs(sight.time_us - packet.time_us) > window_us) continue;
    if (packet.direction != sight.direction && packet.direction != PacketDirection::unknown &&
        sight.direction != PacketDirection::unknown)
      continue;
    if (without_packet_key && packet.has_packet_key) continue;
    if (oldest == nullptr || packet.id < oldest->id) oldest = &packet;
  }
  return oldest;
}

void CopyTable::insert(std::uint64_t key, std::uint64_t id) {
  Bucket& bucket = buckets_[key % bucket_count];
  const auto slot = static_cast<std::size_t>(std::min_element(bucket.ids, bucket.ids + ways) - bucket.ids);
  bucket.keys[slot] = key;
  bucket.ids[slot] = id;
}

CopyTable::Packet& CopyTable::add(const Sight& sight) {
  // A time below 2^32 seconds leaves 12 bits: no ring brings more packets in a microsecond.
  if (next_id_ == 0) next_id_ = std::max<std::uint64_t>(static_cast<std::uint64_t>(sight.time_us) << 12, 1);
  Packet& packet = at(next_id_);
  packet = {next_id_, sight.time_us, 0, PacketDirection::unknown, false};
  ++next_id_;
  return packet;
}

std::uint64_t CopyTable::identify(const Sight& sight) {
  const CopyKeys keys =
      copy_keys(sight.link_type, sight.bare_protocol, sight.data, sight.original_length, key_bytes_);
  if (keys.cut_to < key_bytes_) [[unlikely]] {
    // Records that were cut later would never meet the keys made so far.
    key_bytes_ = keys.cut_to;
    std::fill(buckets_.begin(), buckets_.end(), Bucket{});
    return identify(sight);
  }
  Packet* packet = keys.has_packet ? find(keys.packet, sight, false) : nullptr;
  // By its message alone, a packet is only recognised if no record told its addresses yet, or this one does
  // not.
  if (packet == nullptr && keys.has_message) packet = find(keys.message, sight, keys.has_packet);
  if (packet == nullptr) {
    packet = &add(sight);
    if (keys.has_message) insert(keys.message, packet->id);
  }
  if (keys.has_packet && !packet->has_packet_key) {
    packet->has_packet_key = true;
    insert(keys.packet, packet->id);
  }
  packet->layers |= static_cast<std::uint8_t>(1u << sight.layer);
  if (packet->direction == PacketDirection::unknown) packet->direction = sight.direction;
  return packet->id;
}

}  // namespace anchoko::formats::nettl
