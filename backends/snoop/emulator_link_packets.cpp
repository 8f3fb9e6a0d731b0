#include "backends/snoop/emulator_link_packets.h"

#include <algorithm>
#include <cstring>

#include "core/base/byte_cursor.h"

namespace anchoko::snoop::emulated {
namespace {

constexpr std::size_t ethernet_header = 14;
constexpr std::uint32_t unknown_zone = 0xffffffff, global_zone = 0;

bool is_for(const lab::HostInterface& interface, const lab::Frame& frame) {
  const auto first = number_at(frame.bytes, 0, 1);
  return frame.sent || (first && (*first & 1) != 0) ||
         (frame.bytes.size() >= interface.mac.size() &&
          std::memcmp(frame.bytes.data(), interface.mac.data(), interface.mac.size()) == 0);
}

// How long the IP packet is by its own header: IP hands it on without the padding of the frame.
std::size_t length_of_ip(std::span<const std::byte> packet, bool six) {
  const auto field = number_at(packet, six ? 4 : 2, 2);
  if (!field || *field == 0) return packet.size();
  return std::min<std::size_t>(packet.size(), *field + (six ? 40 : 0));
}

std::optional<Packet> on_ipnet(const LinkView& link, const lab::Frame& frame, std::vector<std::byte>& room) {
  const auto type = number_at(frame.bytes, 12, 2);
  if (type != ethertype_ip4 && type != ethertype_ip6) return std::nullopt;
  // Linux shows a packet of its loopback device twice, sent and received.
  if (link.loopback && link.live && frame.sent) return std::nullopt;
  if (!link.loopback && !is_for(*link.interface, frame)) return std::nullopt;
  const bool six = type == ethertype_ip6;
  auto packet = frame.bytes.subspan(ethernet_header);
  packet = packet.first(length_of_ip(packet, six));
  room.assign(ipnet_header, std::byte{});
  room[0] = std::byte{1};  // version
  room[1] = std::byte{six ? std::uint8_t{26} : std::uint8_t{2}};
  const std::uint16_t hook = link.loopback ? 2 : frame.sent ? 1 : 0;
  store<std::uint16_t>(room.data() + 2, hook, ByteOrder::big);
  store(room.data() + 4, static_cast<std::uint32_t>(packet.size()), ByteOrder::big);
  store(room.data() + 8, link.index, ByteOrder::big);  // the group, at 12, is none
  store(room.data() + 16, hook == 0 ? unknown_zone : global_zone, ByteOrder::big);
  store(room.data() + 20, hook == 1 ? unknown_zone : global_zone, ByteOrder::big);
  room.insert(room.end(), packet.begin(), packet.end());
  return Packet{room, static_cast<std::uint32_t>(room.size())};
}

}  // namespace

std::optional<Packet> seen_on(const LinkView& link, const lab::Frame& frame, std::vector<std::byte>& room) {
  if (link.medium == Medium::ipnet) return on_ipnet(link, frame, room);
  if (!link.promiscuous && !is_for(*link.interface, frame)) return std::nullopt;
  return Packet{frame.bytes, frame.original};
}

std::uint32_t Chunk::included(const Packet& packet) const {
  const auto size = static_cast<std::uint32_t>(packet.bytes.size());
  return snaplen_ == 0 ? size : std::min(size, snaplen_);
}

// bufmod rounds to what a long takes in its kernel (7.2).
std::uint32_t Chunk::total_of(std::uint32_t included) const {
  const auto pad = static_cast<std::uint32_t>(release_.pad);
  return (static_cast<std::uint32_t>(record_header) + included + pad - 1) / pad * pad;
}

bool Chunk::has_room_for(const Packet& packet) const {
  return size_ + total_of(included(packet)) <= largest;
}

void Chunk::add(const Packet& packet, std::int64_t time, Clock::time_point now) {
  if (records_.empty()) began_ = now;
  std::int64_t microseconds = time / 1000;
  if (release_.unique_times) microseconds = std::max(microseconds, last_time_ + 1);
  last_time_ = microseconds;
  Record record;
  const std::uint32_t size = included(packet);
  record.original = packet.original;
  record.total = total_of(size);
  record.drops = drops_;
  record.seconds = static_cast<std::uint32_t>(microseconds / 1'000'000);
  record.microseconds = static_cast<std::uint32_t>(microseconds % 1'000'000);
  record.bytes.assign(packet.bytes.begin(), packet.bytes.begin() + size);
  size_ += record.total;
  records_.push_back(std::move(record));
}

std::vector<Record> Chunk::take(std::size_t lost) {
  lost = std::min(lost, records_.size());
  records_.resize(records_.size() - lost);
  drops_ += static_cast<std::uint32_t>(lost);
  size_ = 0;
  return std::exchange(records_, {});
}

}  // namespace anchoko::snoop::emulated
