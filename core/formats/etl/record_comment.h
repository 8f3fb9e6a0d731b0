// The options of a packet, made anew for each one without memory being allocated.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "core/formats/etl/layout.h"
#include "core/formats/pcapng/blocks.h"

namespace anchoko::formats::etl {

class RecordComment {
 public:
  // With what ran on the processor.
  void begin(std::uint32_t process, std::uint32_t thread) {
    used_ = text_start;
    has_id_ = false;
    add("pid ").add(process).add(", tid ").add(thread);
  }
  void set_id(std::uint64_t id) {
    id_ = id;
    has_id_ = true;
  }
  // What does not fit is left out: the room is more than all that is ever said.
  RecordComment& add(std::string_view text) {
    const std::size_t count = std::min(text.size(), text_limit - used_);
    std::memcpy(bytes_.data() + used_, text.data(), count);
    used_ += count;
    return *this;
  }
  RecordComment& add(std::uint64_t number, int base = 10) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
    return add(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
  }
  // A part of its own, behind a comma.
  RecordComment& part() { return used_ == text_start ? *this : add(", "); }

  // Encoded as PacketRecord has them; a view that the next begin() ends.
  std::span<const std::byte> finish() {
    const std::size_t length = used_ - text_start;
    std::size_t end = used_;
    while (end % 4 != 0) bytes_[end++] = std::byte{0};
    store<std::uint16_t>(bytes_.data() + text_start - 4, pcapng::option::comment, little);
    store<std::uint16_t>(bytes_.data() + text_start - 2, static_cast<std::uint16_t>(length), little);
    std::size_t start = length == 0 ? text_start : text_start - 4;
    if (length == 0) end = text_start;
    if (has_id_) {
      // Before the comment, or where it would be.
      start = length == 0 ? text_start - id_size : start - id_size;
      store<std::uint16_t>(bytes_.data() + start, pcapng::option::packet_id, little);
      store<std::uint16_t>(bytes_.data() + start + 2, 8, little);
      store<std::uint64_t>(bytes_.data() + start + 4, id_, little);
    }
    return {bytes_.data() + start, end - start};
  }

 private:
  static constexpr std::size_t id_size = 12;
  static constexpr std::size_t text_start = id_size + 4;
  static constexpr std::size_t text_limit = 508;

  std::array<std::byte, 512> bytes_{};
  std::size_t used_ = text_start;
  std::uint64_t id_ = 0;
  bool has_id_ = false;
};

}  // namespace anchoko::formats::etl
