#include "core/formats/nettl/copy_keys.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/byte_cursor.h"
#include "core/packet/ethertype.h"

namespace anchoko::formats::nettl {
namespace {

using Bytes = std::span<const std::byte>;

namespace protocol {
constexpr std::uint8_t icmp = 1;
constexpr std::uint8_t igmp = 2;
constexpr std::uint8_t udp = 17;
constexpr std::uint8_t icmpv6 = 58;
constexpr std::uint8_t sctp = 132;
}  // namespace protocol

class Hash {
 public:
  void add(std::uint64_t word) {
    value_ = (value_ ^ word) * 0x9e3779b97f4a7c15;
    value_ ^= value_ >> 32;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0x243f6a8885a308d3;
};

std::uint64_t word_at(const std::byte* at) {
  return load<std::uint64_t>(at, ByteOrder::little);
}

// Of the SNAP header at `llc`, the offset behind it.
std::optional<std::size_t> behind_snap(Bytes data, std::size_t llc) {
  constexpr std::size_t size = 8;
  if (data.size() < llc + size) return std::nullopt;
  if (load_be16(data.data() + llc) != 0xaaaa) return std::nullopt;
  const std::uint16_t type = load_be16(data.data() + llc + 6);
  if (type != ethertype_ip && type != ethertype_ip6) return std::nullopt;
  return llc + size;
}

std::optional<std::size_t> behind_ethernet(Bytes data) {
  std::size_t at = 12;
  for (int tags = 0; tags < 3; ++tags, at += 4) {
    if (data.size() < at + 2) return std::nullopt;
    const std::uint16_t type = load_be16(data.data() + at);
    if (type == ethertype_ip || type == ethertype_ip6) return at + 2;
    if (type <= 1500) return behind_snap(data, at + 2);
    if (type != 0x8100 && type != 0x88a8) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::size_t> behind_token_ring(Bytes data) {
  constexpr std::size_t header = 14;
  if (data.size() <= header) return std::nullopt;
  const bool routed = (data[8] & std::byte{0x80}) != std::byte{0};
  return behind_snap(data,
                     header + (routed ? std::to_integer<std::size_t>(data[header] & std::byte{0x1f}) : 0));
}

std::optional<std::size_t> network_offset(LinkType link_type, Bytes data) {
  switch (link_type) {
    case LinkType::ethernet:
      return behind_ethernet(data);
    case LinkType::fddi:
      return behind_snap(data, 13);
    case LinkType::token_ring:
      return behind_token_ring(data);
    case LinkType::raw:
      return 0;
    default:
      return std::nullopt;
  }
}

struct Message {
  std::uint8_t protocol = 0;
  bool identified = false;  // an IPv4 identification goes with it
  bool whole = true;        // not a fragment
  std::size_t length = 0;
  Bytes data;
};

struct Gap {
  std::size_t offset = max_key_bytes;
  std::size_t size = 0;
};

// Of the check sum, as far as it begins within the bytes of a key.
Gap check_sum(const Message& message) {
  if (!message.whole) return {};
  switch (message.protocol) {
    case protocol::udp:
      return {6, 2};
    case protocol::icmp:
    case protocol::igmp:
    case protocol::icmpv6:
      return {2, 2};
    case protocol::sctp:
      return {8, 4};
    default:
      return {};
  }
}

// Of the first `size` bytes of a message, those that can go into a key.
std::size_t without_check_sum(const Message& message, std::size_t size) {
  const Gap gap = check_sum(message);
  return size - (std::clamp(size, gap.offset, gap.offset + gap.size) - gap.offset);
}

// Without an identification a key needs what numbers the packets of a flow: sequence and acknowledgement of
// TCP, the first chunk of SCTP. To take two packets for one is worse than to miss a copy.
std::size_t bytes_needed(const Message& message) {
  if (message.identified) return 0;
  return message.protocol == protocol::sctp ? max_key_bytes : 12;
}

// The message's first bytes into `hash`; how many they are.
std::size_t add_start(Hash& hash, const Message& message, std::size_t key_bytes) {
  std::array<std::byte, max_key_bytes> start{};
  const Gap gap = check_sum(message);
  const Bytes before = message.data.first(std::min({message.data.size(), gap.offset, key_bytes}));
  const Bytes behind = message.data.subspan(std::min(message.data.size(), gap.offset + gap.size));
  const Bytes rest = behind.first(std::min(behind.size(), key_bytes - before.size()));
  std::copy(before.begin(), before.end(), start.begin());
  std::copy(rest.begin(), rest.end(), start.begin() + static_cast<std::ptrdiff_t>(before.size()));
  hash.add(word_at(start.data()));
  hash.add(word_at(start.data() + 8));
  return before.size() + rest.size();
}

bool has_layer_of_its_own(const Message& message) {
  switch (message.protocol) {
    case protocol::icmp:
    case protocol::igmp:
    case protocol::icmpv6:
    case protocol::sctp:
      return message.whole;
    default:
      return false;
  }
}

// True: the key is good, and `cut_to` tells if it could not be longer.
bool add_message(CopyKeys& keys, Hash& hash, const Message& message, std::size_t key_bytes) {
  const std::size_t used = add_start(hash, message, key_bytes);
  const std::size_t whole = without_check_sum(message, message.length);
  if (used < std::min(bytes_needed(message), whole)) return false;
  const std::size_t held = without_check_sum(message, message.data.size());
  if (held < whole) keys.cut_to = std::min(keys.cut_to, held);
  return true;
}

void add_message_key(CopyKeys& keys, Message message, std::size_t key_bytes) {
  Hash hash;
  hash.add(std::uint64_t{message.protocol} << 32 | message.length);
  message.identified = false;
  keys.has_message = add_message(keys, hash, message, key_bytes);
  keys.message = hash.value();
}

void add_packet_keys(CopyKeys& keys, Hash hash, const Message& message, std::size_t key_bytes) {
  keys.has_packet = add_message(keys, hash, message, key_bytes);
  keys.packet = hash.value();
  if (has_layer_of_its_own(message)) add_message_key(keys, message, key_bytes);
}

// The time to live and the header's check sum change on the way, the type of service may.
void add_ipv4(CopyKeys& keys, Bytes packet, std::size_t key_bytes) {
  if (packet.size() < 20) return;
  const std::byte* at = packet.data();
  const std::size_t header = (std::to_integer<std::size_t>(at[0]) & 0xf) * 4;
  const std::size_t total = load_be16(at + 2);
  if (header < 20 || header > packet.size() || total < header) return;
  const std::uint16_t fragment = load_be16(at + 6) & 0x3fff;  // more fragments, and the offset
  Message message;
  message.protocol = std::to_integer<std::uint8_t>(at[9]);
  message.whole = fragment == 0;
  message.length = total - header;
  message.identified = load_be16(at + 4) != 0;
  message.data = packet.first(std::min(packet.size(), total)).subspan(header);
  Hash hash;
  hash.add(word_at(at + 12));  // both addresses
  hash.add(std::uint64_t{message.protocol} << 48 | std::uint64_t{load_be16(at + 4)} << 32 |
           std::uint64_t{fragment} << 16 | total);
  add_packet_keys(keys, hash, message, key_bytes);
}

void add_ipv6(CopyKeys& keys, Bytes packet, std::size_t key_bytes) {
  constexpr std::size_t header = 40;
  if (packet.size() < header) return;
  const std::byte* at = packet.data();
  Message message;
  message.protocol = std::to_integer<std::uint8_t>(at[6]);
  message.length = load_be16(at + 4);
  message.data = packet.subspan(header);
  message.data = message.data.first(std::min<std::size_t>(message.data.size(), message.length));
  Hash hash;
  for (std::size_t i = 8; i < header; i += 8) hash.add(word_at(at + i));
  hash.add(std::uint64_t{message.protocol} << 32 | message.length);
  add_packet_keys(keys, hash, message, key_bytes);
}

}  // namespace

CopyKeys copy_keys(LinkType link_type, std::uint8_t bare_protocol, std::span<const std::byte> data,
                   std::uint32_t original_length, std::size_t key_bytes) {
  CopyKeys keys;
  if (bare_protocol != 0) {
    add_message_key(keys, {bare_protocol, false, true, original_length, data}, key_bytes);
    return keys;
  }
  const auto offset = network_offset(link_type, data);
  if (!offset || *offset >= data.size()) return keys;
  const Bytes packet = data.subspan(*offset);
  const auto version = std::to_integer<unsigned>(packet[0]) >> 4;
  if (version == 4) {
    add_ipv4(keys, packet, key_bytes);
  } else if (version == 6) {
    add_ipv6(keys, packet, key_bytes);
  }
  // A packet that claims more than it had on the wire is as short at every layer.
  if (data.size() >= original_length) keys.cut_to = max_key_bytes;
  return keys;
}

}  // namespace anchoko::formats::nettl
