// Which records of a trace are copies of one packet that several layers of the stack traced.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/formats/nettl/copy_keys.h"
#include "core/packet/link_type.h"
#include "core/packet/packet_record.h"

namespace anchoko::formats::nettl {

// A packet as one layer saw it.
struct Sight {
  LinkType link_type = LinkType::ethernet;
  std::uint8_t bare_protocol = 0;  // see copy_keys()
  std::span<const std::byte> data;
  std::uint32_t original_length = 0;
  std::uint8_t layer = 0;  // at most 7
  PacketDirection direction = PacketDirection::unknown;
  std::int64_t time_us = 0;
};

// Remembers the last packets, in memory of a fixed size. Equal packets at one layer are different packets:
// the copies of each are paired in the order in which they came. Most traces are of one layer: until a second
// one shows, only the starts of the last packets are kept.
class CopyTable {
 public:
  // The packet's id: that of an earlier sight of the same packet from another layer, not more than a second
  // apart, or a new one. The first one is made of the time, so that files of a ring have different ids.
  std::uint64_t identify(const Sight& sight);

  static constexpr std::size_t kept_packets = 512;  // of the only layer

 private:
  static constexpr std::size_t packet_count = 4096;
  static constexpr std::size_t ways = 8;  // keys per bucket: the oldest gives way
  static constexpr std::size_t bucket_count = 1024;
  static constexpr std::int64_t window_us = 1'000'000;

  struct Packet {
    std::uint64_t id = 0;  // 0: none
    std::int64_t time_us = 0;
    std::uint8_t layers = 0;  // a bit each
    PacketDirection direction = PacketDirection::unknown;
    bool has_packet_key = false;
  };
  struct alignas(64) Bucket {
    std::array<std::uint64_t, ways> keys{};
    std::array<std::uint64_t, ways> ids{};  // 0: free
  };
  struct Kept {
    Sight sight;  // without its data
    std::size_t size = 0;
    // More than the longest headers and what keys need behind them.
    std::array<std::byte, 160> start{};
  };

  std::uint64_t new_id(std::int64_t time_us);
  void keep(const Sight& sight, std::uint64_t id);
  void remember_kept();
  std::uint64_t identify_among_layers(const Sight& sight);
  CopyKeys keys_of(const Sight& sight);
  Packet* find(std::uint64_t key, const Sight& sight, bool without_packet_key);
  void add(const Sight& sight, std::uint64_t id, const CopyKeys& keys);
  void insert(std::uint64_t key, std::uint64_t id);
  Packet& at(std::uint64_t id) { return packets_[id % packet_count]; }

  bool one_layer_ = true;        // no second one has come
  std::vector<Packet> packets_;  // empty as long as there is one layer only, as the buckets
  std::vector<Bucket> buckets_;
  std::vector<Kept> kept_;  // empty from the second layer on
  std::uint64_t first_id_ = 0;
  std::uint64_t next_id_ = 0;
  std::uint8_t first_layer_ = 0;
  // Of the payload, that keys are made of: as many as the shortest record of a cut packet has.
  std::size_t key_bytes_ = max_key_bytes;
};

}  // namespace anchoko::formats::nettl
