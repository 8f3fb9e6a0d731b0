#include "core/formats/block_buffer.h"

#include <algorithm>
#include <cstring>

namespace anchoko::formats {

bool BlockBuffer::read_more() {
  if (at_end_ || failed_) return false;
  // A length that lies must not cost memory: the storage grows with what really arrives.
  if (storage_.size() < end_ + block_size) {
    std::vector<std::byte> larger(std::max(2 * storage_.size(), 2 * block_size));
    if (end_ > 0) std::memcpy(larger.data(), storage_.data(), end_);
    storage_ = std::move(larger);
    data_ = storage_.data();
  }
  auto count = input_->read(std::span(storage_).subspan(end_, block_size));
  if (!count) {
    failed_ = true;
    error_ = std::move(count.error());
    return false;
  }
  end_ += *count;
  at_end_ = *count == 0;
  return !at_end_;
}

bool BlockBuffer::fill(std::size_t count) {
  if (at_end_ || failed_) return false;
  const std::size_t rest = available();
  if (rest > 0 && position_ > 0) std::memmove(data_, data_ + position_, rest);
  base_ += position_;
  position_ = 0;
  end_ = rest;
  while (available() < count) {
    if (!read_more()) return false;
  }
  return true;
}

std::uint64_t BlockBuffer::discard(std::uint64_t count) {
  std::uint64_t passed = 0;
  while (passed < count) {
    if (available() == 0 && !fill(1)) break;
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(count - passed, available()));
    consume(step);
    passed += step;
  }
  return passed;
}

}  // namespace anchoko::formats
