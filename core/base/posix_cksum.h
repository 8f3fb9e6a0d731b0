// What POSIX's `cksum` prints of a file, which every Unix system has: tells a copy that is not the same.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace anchoko {

// CRC-32 of the polynomial 0x04C11DB7, highest bit first, the length behind the bytes, inverted (XCU cksum).
class PosixCksum {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) step(static_cast<std::uint8_t>(c));
    bytes_ += bytes.size();
  }
  std::uint64_t bytes() const { return bytes_; }
  std::uint32_t value() const {
    PosixCksum all = *this;
    for (std::uint64_t left = bytes_; left != 0; left >>= 8) all.step(static_cast<std::uint8_t>(left & 0xff));
    return ~all.crc_;
  }

 private:
  using Table = std::array<std::uint32_t, 256>;
  static constexpr Table make_table() {
    Table table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t crc = i << 24;
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x80000000U) != 0 ? (crc << 1) ^ 0x04c11db7U : crc << 1;
      table[i] = crc;
    }
    return table;
  }
  void step(std::uint8_t byte) {
    static constexpr Table table = make_table();
    crc_ = (crc_ << 8) ^ table[((crc_ >> 24) ^ byte) & 0xff];
  }

  std::uint32_t crc_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace anchoko
