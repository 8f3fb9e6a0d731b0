// Buffers read and decompressed by a thread before their turn comes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/formats/etl/buffer_image.h"

namespace anchoko::formats::etl {

// Images come in the order in which they were asked for, their first window filled. Without a thread, which
// small files never pay for, they are filled when they are taken.
class Preparer {
 public:
  // `input` outlives it.
  Preparer(SeekableInput& input, std::size_t window, bool threaded)
      : input_(input), window_(window), threaded_(threaded) {}
  ~Preparer();
  Preparer(const Preparer&) = delete;
  Preparer& operator=(const Preparer&) = delete;

  // As BufferImage::open(), filled from `start` on. How many are asked for ahead bounds the memory.
  void ask(const BufferPlace& place, std::uint32_t start);
  std::size_t asked() const { return asked_; }  // and not taken yet
  std::unique_ptr<BufferImage> take();          // the oldest one that was asked for
  void give_back(std::unique_ptr<BufferImage> image) { idle_.push_back(std::move(image)); }

 private:
  struct Order {
    std::unique_ptr<BufferImage> image;
    BufferPlace place;
    std::uint32_t start = 0;
  };
  static void fill(Order& order);
  void run();

  SeekableInput& input_;
  std::size_t window_;
  bool threaded_;
  std::vector<std::unique_ptr<BufferImage>> idle_;
  std::size_t asked_ = 0;

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Below the mutex. The thread works on the first one that is not done; it stays in its place meanwhile.
  std::deque<Order> orders_;
  std::size_t done_ = 0;
  bool stop_ = false;
};

// From so many bytes on a thread pays, as long as inputs are few: of many each has small blocks.
inline bool pays_for_thread(const SeekableInput& input) {
  return input.size() >= std::uint64_t{4} * 1024 * 1024 && input.block_size() >= std::size_t{256} * 1024;
}

}  // namespace anchoko::formats::etl
