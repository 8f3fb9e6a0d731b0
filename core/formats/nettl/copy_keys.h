// What the copies of one packet have in common, whichever layer of the stack traced them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/packet/link_type.h"

namespace anchoko::formats::nettl {

// Bytes of an IP packet's payload that go into a key, its check sums left out: they may be filled in by the
// card only. 16 bytes of TCP are ports, numbers, flags and window; a snap length of 54 still holds them
// behind Ethernet and IPv4 headers.
constexpr std::size_t max_key_bytes = 16;

struct CopyKeys {
  bool has_packet = false;   // the record holds an IP header
  bool has_message = false;  // it holds a message that another layer traces without its IP header
  std::uint64_t packet = 0;  // 64-bit hashes
  std::uint64_t message = 0;
  // Payload bytes that the record was cut to, if its keys could be longer but for that; otherwise
  // max_key_bytes.
  std::size_t cut_to = max_key_bytes;
};

// `bare_protocol` is the IP protocol of `data` without an IP header, 0 where `link_type` says what it is. At
// most `key_bytes` of the payload are looked at.
CopyKeys copy_keys(LinkType link_type, std::uint8_t bare_protocol, std::span<const std::byte> data,
                   std::uint32_t original_length, std::size_t key_bytes);

}  // namespace anchoko::formats::nettl
