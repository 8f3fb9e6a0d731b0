// Reading and writing integers of stated byte order at any address. No unaligned access, no host byte order.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace anchoko {

enum class ByteOrder { little, big };

namespace detail {
constexpr bool is_native(ByteOrder order) {
  return (order == ByteOrder::little) == (std::endian::native == std::endian::little);
}
}  // namespace detail

template <typename T>
T load(const std::byte* at, ByteOrder order) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return detail::is_native(order) ? value : std::byteswap(value);
}
template <typename T>
void store(std::byte* at, T value, ByteOrder order) {
  if (!detail::is_native(order)) value = std::byteswap(value);
  std::memcpy(at, &value, sizeof value);
}

inline std::uint16_t load_be16(const std::byte* at) {
  return load<std::uint16_t>(at, ByteOrder::big);
}
inline std::uint32_t load_be32(const std::byte* at) {
  return load<std::uint32_t>(at, ByteOrder::big);
}
inline std::uint32_t load_le32(const std::byte* at) {
  return load<std::uint32_t>(at, ByteOrder::little);
}

// A bounded reader: every read says how much remains must suffice, or fails and stays where it is.
class ByteCursor {
 public:
  ByteCursor(std::span<const std::byte> bytes, ByteOrder order) : bytes_(bytes), order_(order) {}

  std::size_t remaining() const { return bytes_.size() - position_; }
  std::size_t position() const { return position_; }
  std::span<const std::byte> rest() const { return bytes_.subspan(position_); }

  template <typename T>
  bool read(T& value) {
    if (remaining() < sizeof(T)) return false;
    value = load<T>(bytes_.data() + position_, order_);
    position_ += sizeof(T);
    return true;
  }
  bool take(std::size_t count, std::span<const std::byte>& out) {
    if (remaining() < count) return false;
    out = bytes_.subspan(position_, count);
    position_ += count;
    return true;
  }

 private:
  std::span<const std::byte> bytes_;
  ByteOrder order_;
  std::size_t position_ = 0;
};

}  // namespace anchoko
