// Packets as a link hands them to snoop: what the medium adds, what promiscuity lets through, and bufmod,
// which hands them on in chunks (reference, section 3).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "backends/snoop/emulator_file.h"
#include "core/lab/packet_source.h"

namespace anchoko::snoop::emulated {

struct LinkView {
  Medium medium = Medium::ethernet;
  bool promiscuous = true;
  bool loopback = false;
  bool live = true;  // not from a file
  const lab::HostInterface* interface = nullptr;
  std::uint32_t index = 1;  // of the interface, as IP counts
};

// The packet as it stands on this link; nothing: not seen there. The bytes live as long as the frame, or
// until the next call.
std::optional<Packet> seen_on(const LinkView& link, const lab::Frame& frame, std::vector<std::byte>& room);

// Collects up to 64 KB or for one second, then everything is handed on at once.
class Chunk {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t largest = 65536;

  Chunk(const Release& release, std::uint32_t snaplen, std::chrono::milliseconds wait)
      : release_(release), snaplen_(snaplen), wait_(wait) {}

  bool has_room_for(const Packet& packet) const;
  void add(const Packet& packet, std::int64_t time, Clock::time_point now);
  bool is_due(Clock::time_point now) const { return !records_.empty() && now >= began_ + wait_; }
  bool empty() const { return records_.empty(); }
  // `lost`: so many of the last packets found no room; the counter of drops is cumulative.
  std::vector<Record> take(std::size_t lost);

 private:
  std::uint32_t included(const Packet& packet) const;
  std::uint32_t total_of(std::uint32_t included) const;

  const Release& release_;
  std::uint32_t snaplen_;
  std::chrono::milliseconds wait_;
  std::vector<Record> records_;
  std::size_t size_ = 0;
  std::uint32_t drops_ = 0;
  std::int64_t last_time_ = 0;  // microseconds
  Clock::time_point began_;
};

}  // namespace anchoko::snoop::emulated
