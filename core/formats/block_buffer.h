// Input in large blocks, seen as one stretch of bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/formats/block_source.h"

namespace anchoko::formats {

// Views into the buffer are valid until the next peek() or discard().
class BlockBuffer {
 public:
  explicit BlockBuffer(std::unique_ptr<InputFile> input)
      : source_(std::make_unique<BlockSource>(std::move(input))) {}

  // At least `count` bytes in one piece, not consumed. Null when the input ends or fails before: available()
  // then says how many there are, failed() whether reading failed. The caller checks `count` against a cap of
  // its own.
  const std::byte* peek(std::size_t count) {
    if (available() >= count) [[likely]]
      return data_ + position_;
    return fill(count) ? data_ + position_ : nullptr;
  }
  void consume(std::size_t count) { position_ += count; }  // at most available()
  // Passes over up to `count` bytes without holding them; the number of bytes passed over.
  std::uint64_t discard(std::uint64_t count);
  std::uint64_t discard_rest() { return discard(UINT64_MAX); }

  std::size_t available() const { return end_ - position_; }
  std::uint64_t offset() const { return received_ - available(); }  // of the next byte in the file
  bool failed() const { return failed_; }
  const Error& error() const { return error_; }
  const std::string& name() const { return source_->name(); }
  // At the end of the input: why that is not the end that was meant. Empty: it is.
  std::string early_end() const { return source_->early_end(); }

 private:
  bool fill(std::size_t count);
  bool add_block();

  std::unique_ptr<BlockSource> source_;
  std::vector<std::byte> joined_;    // what does not fit before a block: the bytes of several, in one piece
  const std::byte* data_ = nullptr;  // a block of the source, or joined_
  std::size_t position_ = 0;
  std::size_t end_ = 0;
  std::uint64_t received_ = 0;  // bytes of the input up to end_
  bool at_end_ = false;
  bool failed_ = false;
  Error error_;
};

}  // namespace anchoko::formats
