// For unit tests: nettl traces made byte by byte.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/formats/test_bytes.h"

namespace anchoko::formats::nettl::test {

using formats::test::Builder;
using formats::test::Bytes;

inline Builder& text_field(Builder& file, std::string_view text, std::size_t size) {
  file.text(text);
  for (std::size_t i = text.size(); i < size; ++i) file.u8(0);
  return file;
}

// The 128 bytes of a file header.
inline Builder trace(std::string_view release = "B.11.31") {
  Builder file(ByteOrder::big);
  file.u32(0x54520064).u32(0).u32(0x80);
  text_field(file, "/tmp/trace.TRC000", 56);
  text_field(file, "JST-9", 20);
  text_field(file, "hpserv", 9);
  text_field(file, release, 9);
  file.u8(0x55).u64(0);
  text_field(file, "9000/800", 11);
  return file.u16(0x0406);
}

constexpr std::uint32_t in = 0x20000000;
constexpr std::uint32_t out = 0x10000000;

struct Record {
  std::uint16_t header = 68;
  std::uint16_t subsystem = 253;
  std::uint32_t device = 0;
  std::uint32_t kind = in;
  std::uint32_t seconds = 1'000'000'000;
  std::uint32_t microseconds = 0;
  std::int64_t captured = -1;  // what the header claims; -1: the size of the data
  std::int64_t original = -1;
};

inline void add(Builder& file, const Record& record, const Bytes& data) {
  const auto size = static_cast<std::int64_t>(data.size());
  file.u16(record.header).u16(record.subsystem).u32(record.device).u32(0).u32(record.kind);
  file.u32(0).u32(0x0406).u32(0).u32(0);
  file.u32(static_cast<std::uint32_t>(record.captured < 0 ? size : record.captured));
  file.u32(static_cast<std::uint32_t>(record.original < 0 ? size : record.original));
  file.u32(record.seconds).u32(record.microseconds);
  file.u32(UINT32_MAX).u32(0).u32(0).u32(UINT32_MAX);
  for (std::size_t i = 64; i < record.header; ++i) file.u8(0xee);
  file.raw(data);
}

inline Bytes bytes_of(std::string_view hex) {
  Bytes bytes;
  unsigned value = 0;
  int digits = 0;
  for (const char c : hex) {
    if (c == ' ') continue;
    value = value * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    if (++digits % 2 == 0) {
      bytes.push_back(static_cast<std::byte>(value));
      value = 0;
    }
  }
  return bytes;
}

inline Bytes joined(const Bytes& first, const Bytes& second) {
  Bytes all = first;
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

inline Bytes zeros(std::size_t count) {
  return Bytes(count);
}

// From the IP header on.
struct Ip4 {
  std::uint32_t source = 0xc0000201;
  std::uint32_t destination = 0xc0000202;
  std::uint8_t protocol = 6;
  std::uint16_t id = 1;
  std::uint16_t fragment = 0;
  std::uint8_t ttl = 64;
  std::uint8_t service = 0;
  std::uint16_t check_sum = 0x1234;
};

inline Bytes ip4(const Ip4& header, const Bytes& payload) {
  Builder packet(ByteOrder::big);
  packet.u8(0x45).u8(header.service).u16(static_cast<std::uint16_t>(20 + payload.size()));
  packet.u16(header.id).u16(header.fragment).u8(header.ttl).u8(header.protocol).u16(header.check_sum);
  return packet.u32(header.source).u32(header.destination).raw(payload).bytes();
}

inline Bytes ethernet(const Bytes& packet, std::uint16_t type = 0x0800) {
  Builder frame(ByteOrder::big);
  frame.raw(bytes_of("02 00 00 00 00 01 02 00 00 00 00 02")).u16(type).raw(packet);
  while (frame.bytes().size() < 60) frame.u8(0);
  return frame.bytes();
}

}  // namespace anchoko::formats::nettl::test
