#include "core/formats/block_buffer.h"

#include <algorithm>

namespace anchoko::formats {

bool BlockBuffer::add_block() {
  const std::size_t rest = available();
  const bool joining = rest > source_->headroom();
  if (joining && data_ != joined_.data()) {
    joined_.assign(data_ + position_, data_ + end_);
  } else if (joining && position_ > 0) {
    joined_.erase(joined_.begin(), joined_.begin() + static_cast<std::ptrdiff_t>(position_));
  }
  if (joining) {
    data_ = joined_.data();
    position_ = 0;
    end_ = rest;
  }
  auto block = source_->next(joining ? std::span<const std::byte>() : std::span(data_ + position_, rest));
  if (!block) {
    failed_ = true;
    error_ = std::move(block.error());
    return false;
  }
  const std::size_t old = joining ? 0 : rest;
  at_end_ = block->size() == old;
  received_ += block->size() - old;
  if (joining) {
    // Grows with what really arrives: a length that lies costs no memory.
    joined_.insert(joined_.end(), block->begin(), block->end());
    data_ = joined_.data();
    end_ = joined_.size();
  } else {
    data_ = block->data();
    position_ = 0;
    end_ = block->size();
  }
  return !at_end_;
}

bool BlockBuffer::fill(std::size_t count) {
  while (available() < count) {
    if (at_end_ || failed_ || !add_block()) return false;
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
