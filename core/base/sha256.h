// SHA-256 (FIPS 180-4), so that a file can be named by its content.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace anchoko {

class Sha256 {
 public:
  void add(std::span<const std::byte> bytes);
  // 64 hexadecimal digits of all that was added. Nothing is added afterwards.
  std::string finish();

 private:
  static constexpr std::size_t block_size = 64;

  void take_block(const std::byte* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, block_size> rest_{};
  std::uint64_t size_ = 0;  // bytes added
};

}  // namespace anchoko
