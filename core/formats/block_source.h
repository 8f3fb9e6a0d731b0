// The blocks of an input in their order, read ahead by a thread once the input has shown to be a large file.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "core/base/file.h"
#include "core/base/result.h"

namespace anchoko::formats {

class BlockSource {
 public:
  explicit BlockSource(std::unique_ptr<InputFile> input)
      : input_(std::move(input)), block_size_(input_->block_size()) {}
  ~BlockSource();
  BlockSource(const BlockSource&) = delete;
  BlockSource& operator=(const BlockSource&) = delete;

  // Room in front of every block, for the end of the block before: small blocks are many, and memory is dear
  // then.
  static constexpr std::size_t headroom_of(std::size_t block_size) {
    constexpr std::size_t large = std::size_t{64} * 1024;
    return block_size >= large ? block_size / 2 : std::min<std::size_t>(block_size / 2, 2048);
  }
  std::size_t headroom() const { return headroom_of(block_size_); }

  // The next block with `tail` (at most headroom() bytes, part of the block before) put directly in front of
  // it; the span holds both. Nothing new: the end of the input. Views of earlier blocks are invalid
  // afterwards.
  Result<std::span<std::byte>> next(std::span<const std::byte> tail);

  const std::string& name() const { return input_->name(); }
  // As InputFile::early_end(); asked when next() gave nothing new.
  std::string early_end() const { return input_->early_end(); }

 private:
  // Small files never pay for a thread.
  static constexpr std::uint64_t blocks_before_thread = 4;
  static constexpr std::size_t ring_size = 8;

  struct Slot {
    Slot(std::size_t headroom, std::size_t block_size) : room(headroom), storage(headroom + block_size) {}
    std::size_t room;
    std::vector<std::byte> storage;
    Result<std::size_t> count = std::size_t{0};
    std::span<std::byte> block() { return std::span(storage).subspan(room); }
  };

  Result<std::span<std::byte>> next_here(std::span<const std::byte> tail);
  Result<std::span<std::byte>> next_from_thread(std::span<const std::byte> tail);
  static std::span<std::byte> with_tail(Slot& slot, std::span<const std::byte> tail, std::size_t count);
  bool start_thread();
  void read_ahead();

  std::unique_ptr<InputFile> input_;
  std::size_t block_size_;
  std::vector<Slot> slots_;
  std::uint64_t blocks_ = 0;

  // Slots are filled and handed out in turn. Below the mutex: how many were filled, and how many are free
  // again.
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t filled_ = 0;
  std::uint64_t released_ = 0;
  bool stop_ = false;
  std::uint64_t taken_ = 0;  // by the consumer
};

}  // namespace anchoko::formats
