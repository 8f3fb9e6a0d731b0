#include "core/formats/nettl/copies.h"

#include <algorithm>
#include <cstdlib>

namespace anchoko::formats::nettl {

std::uint64_t CopyTable::new_id(std::int64_t time_us) {
  if (next_id_ == 0) {
    // A time below 2^32 seconds leaves 12 bits: no ring brings more packets in a microsecond.
    first_id_ = next_id_ = std::max<std::uint64_t>(static_cast<std::uint64_t>(time_us) << 12, 1);
  }
  return next_id_++;
}

std::uint64_t CopyTable::identify(const Sight& sight) {
  if (next_id_ == 0) first_layer_ = sight.layer;
  if (one_layer_ && sight.layer == first_layer_) {
    const std::uint64_t id = new_id(sight.time_us);
    keep(sight, id);
    return id;
  }
  if (one_layer_) remember_kept();
  return identify_among_layers(sight);
}

void CopyTable::keep(const Sight& sight, std::uint64_t id) {
  const auto place = static_cast<std::size_t>((id - first_id_) % kept_packets);
  // Grows with what comes: there may be thousands of short files.
  if (place == kept_.size()) kept_.emplace_back();
  Kept& kept = kept_[place];
  kept.sight = sight;
  kept.size = std::min(sight.data.size(), kept.start.size());
  std::copy_n(sight.data.begin(), kept.size, kept.start.begin());
}

void CopyTable::remember_kept() {
  packets_.resize(packet_count);
  buckets_.resize(bucket_count);
  const std::uint64_t first = next_id_ - std::min<std::uint64_t>(next_id_ - first_id_, kept_packets);
  const auto sight_of = [this](std::uint64_t id) {
    const Kept& kept = kept_[(id - first_id_) % kept_packets];
    Sight sight = kept.sight;
    sight.data = {kept.start.data(), kept.size};
    return sight;
  };
  // Twice: the first time tells how short keys have to be.
  for (std::uint64_t id = first; id < next_id_; ++id) keys_of(sight_of(id));
  for (std::uint64_t id = first; id < next_id_; ++id) {
    const Sight sight = sight_of(id);
    add(sight, id, keys_of(sight));
  }
  kept_ = {};
  one_layer_ = false;
}

CopyKeys CopyTable::keys_of(const Sight& sight) {
  const CopyKeys keys =
      copy_keys(sight.link_type, sight.bare_protocol, sight.data, sight.original_length, key_bytes_);
  if (keys.cut_to >= key_bytes_) [[likely]]
    return keys;
  // Records that are cut like this one would never meet the keys made so far.
  key_bytes_ = keys.cut_to;
  std::fill(buckets_.begin(), buckets_.end(), Bucket{});
  return copy_keys(sight.link_type, sight.bare_protocol, sight.data, sight.original_length, key_bytes_);
}

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
  const auto slot =
      static_cast<std::size_t>(std::min_element(bucket.ids.begin(), bucket.ids.end()) - bucket.ids.begin());
  bucket.keys[slot] = key;
  bucket.ids[slot] = id;
}

void CopyTable::add(const Sight& sight, std::uint64_t id, const CopyKeys& keys) {
  at(id) = {id, sight.time_us, static_cast<std::uint8_t>(1u << sight.layer), sight.direction,
            keys.has_packet};
  if (keys.has_message) insert(keys.message, id);
  if (keys.has_packet) insert(keys.packet, id);
}

std::uint64_t CopyTable::identify_among_layers(const Sight& sight) {
  const CopyKeys keys = keys_of(sight);
  Packet* packet = keys.has_packet ? find(keys.packet, sight, false) : nullptr;
  // By its message alone, a packet is only recognised if no record told its addresses yet, or this one does
  // not.
  if (packet == nullptr && keys.has_message) packet = find(keys.message, sight, keys.has_packet);
  if (packet == nullptr) {
    const std::uint64_t id = new_id(sight.time_us);
    add(sight, id, keys);
    return id;
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
