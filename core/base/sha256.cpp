#include "core/base/sha256.h"

namespace anchoko {

std::string Sha256::hexadecimal(std::span<const std::byte> digest) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : digest) {
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

}  // namespace anchoko
