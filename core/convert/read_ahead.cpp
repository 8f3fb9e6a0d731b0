#include "core/convert/read_ahead.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/spare_thread.h"

namespace anchoko::convert {

ReadAhead::~ReadAhead() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  asked_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<std::size_t> ReadAhead::next(AheadFile& file, std::span<const std::byte> tail,
                                    std::vector<std::byte>& storage, std::size_t room) {
  const auto put_tail = [&](std::vector<std::byte>& into) {
    if (!tail.empty()) std::memmove(into.data() + (room - tail.size()), tail.data(), tail.size());
  };
  Result<std::size_t> count = std::size_t{0};
  if (was_read_ahead(file)) {
    count = std::move(file.count_);
    const bool more = count && *count > 0;
    put_tail(more ? file.storage_ : storage);
    if (more) std::swap(storage, file.storage_);
    release(file);
  } else {
    put_tail(storage);
    count = file.read_now(std::span(storage).subspan(room));
  }
  // What does not fill a block is the end.
  if (count && *count == storage.size() - room) line_up(file);
  ask_for_more(storage.size(), room);
  return count;
}

Result<std::size_t> ReadAhead::read(AheadFile& file, std::span<std::byte> buffer) {
  if (!was_read_ahead(file)) return file.read_now(buffer);
  if (!file.count_ || *file.count_ == 0) {
    auto count = std::move(file.count_);
    release(file);
    return count;
  }
  const std::size_t count = std::min(buffer.size(), *file.count_);
  std::byte* const block = file.storage_.data() + file.room_;
  std::memcpy(buffer.data(), block, count);
  std::memmove(block, block + count, *file.count_ - count);
  *file.count_ -= count;
  if (*file.count_ == 0) release(file);
  return count;
}

void ReadAhead::forget(AheadFile& file) {
  if (was_read_ahead(file)) release(file);
}

// Waits for a block that is on its way. What the thread has not begun with is the consumer's again.
bool ReadAhead::was_read_ahead(AheadFile& file) {
  using Place = AheadFile::Place;
  const Place place = std::exchange(file.place_, Place::nowhere);
  if (place == Place::waiting) waiting_.erase(file.waits_at_);
  if (place != Place::given) return false;
  std::unique_lock lock(mutex_);
  if (!file.begun_) {
    std::erase(queue_, &file);
    lock.unlock();
    release(file);
    return false;
  }
  done_.wait(lock, [&] { return file.ready_; });
  file.place_ = Place::given;
  return true;
}

// It has no block any more.
void ReadAhead::release(AheadFile& file) {
  spares_.push_back(std::exchange(file.storage_, {}));
  file.place_ = AheadFile::Place::nowhere;
}

void ReadAhead::line_up(AheadFile& file) {
  if (!threaded_) return;
  file.waits_at_ = waiting_.insert(waiting_.end(), &file);
  file.place_ = AheadFile::Place::waiting;
}

void ReadAhead::ask_for_more(std::size_t size, std::size_t room) {
  asking_.clear();
  if (!waiting_.empty() && !thread_.joinable()) threaded_ = start_spare(thread_, [this] { run(); });
  if (!threaded_) {
    for (AheadFile* file : waiting_) file->place_ = AheadFile::Place::nowhere;
    waiting_.clear();
  }
  while (!waiting_.empty() && (!spares_.empty() || made_ < most_blocks)) {
    AheadFile& file = *waiting_.front();
    waiting_.pop_front();
    if (spares_.empty()) {
      ++made_;
      file.storage_.resize(size);
    } else {
      file.storage_ = std::move(spares_.back());
      spares_.pop_back();
    }
    file.place_ = AheadFile::Place::given;
    file.room_ = room;
    file.begun_ = false;
    file.ready_ = false;
    asking_.push_back(&file);
  }
  if (asking_.empty()) return;
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    queue_.insert(queue_.end(), asking_.begin(), asking_.end());
    block_size_ = size - room;
    wake = idle_ && worth_it();
  }
  if (wake) asked_.notify_one();
}

void ReadAhead::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (queue_.empty()) {
      idle_ = true;
      asked_.wait(lock, [this] { return stop_ || worth_it(); });
      idle_ = false;
    }
    if (stop_) return;
    AheadFile& file = *queue_.front();
    queue_.pop_front();
    file.begun_ = true;
    lock.unlock();
    file.count_ = file.read_now(std::span(file.storage_).subspan(file.room_));
    lock.lock();
    file.ready_ = true;
    done_.notify_one();
  }
}

}  // namespace anchoko::convert
