#include "core/formats/block_source.h"

#include <cstring>

#include "core/base/spare_thread.h"

namespace anchoko::formats {

BlockSource::~BlockSource() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<std::span<std::byte>> BlockSource::next(std::span<const std::byte> tail) {
  if (thread_.joinable()) return next_from_thread(tail);
  if (slots_.empty()) slots_.emplace_back(headroom(), block_size_);
  if (++blocks_ == blocks_before_thread + 1 && input_->is_regular() && start_thread())
    return next_from_thread(tail);
  return next_here(tail);
}

std::span<std::byte> BlockSource::with_tail(Slot& slot, std::span<const std::byte> tail, std::size_t count) {
  std::byte* start = slot.storage.data() + (slot.room - tail.size());
  if (!tail.empty()) std::memmove(start, tail.data(), tail.size());
  return {start, tail.size() + count};
}

Result<std::span<std::byte>> BlockSource::next_here(std::span<const std::byte> tail) {
  Slot& slot = slots_.front();
  auto count = input_->read_behind(tail, slot.storage, slot.room);
  if (!count) return fail(std::move(count.error()));
  return std::span(slot.storage).subspan(slot.room - tail.size(), tail.size() + *count);
}

bool BlockSource::start_thread() {
  // The first slot may still hold the tail: it stays where it is, and counts as taken.
  slots_.reserve(ring_size);
  while (slots_.size() < ring_size) slots_.emplace_back(headroom(), block_size_);
  filled_ = 1;
  taken_ = 1;
  if (start_spare(thread_, [this] { read_ahead(); })) return true;
  while (slots_.size() > 1) slots_.pop_back();
  return false;
}

void BlockSource::read_ahead() {
  while (true) {
    std::uint64_t turn = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stop_ || filled_ - released_ < ring_size; });
      if (stop_) return;
      turn = filled_;
    }
    Slot& slot = slots_[turn % ring_size];
    slot.count = input_->read(slot.block());
    const bool last = !slot.count || *slot.count == 0;
    {
      const std::scoped_lock lock(mutex_);
      ++filled_;
    }
    changed_.notify_all();
    if (last) return;
  }
}

Result<std::span<std::byte>> BlockSource::next_from_thread(std::span<const std::byte> tail) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return filled_ > taken_; });
  }
  Slot& slot = slots_[taken_ % ring_size];
  if (!slot.count) return fail(slot.count.error());
  const std::size_t count = *slot.count;
  const auto result = with_tail(slot, tail, count);
  if (count == 0) return result;  // stays the end, however often it is asked for
  ++taken_;
  {
    const std::scoped_lock lock(mutex_);
    released_ = taken_ - 1;
  }
  changed_.notify_all();
  return result;
}

}  // namespace anchoko::formats
