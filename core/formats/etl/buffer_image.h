// The content of one buffer, decompressed where need be, seen through a window that moves forward.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/error.h"
#include "core/formats/etl/lz77_stream.h"
#include "core/formats/seekable_input.h"

namespace anchoko::formats::etl {

struct BufferPlace {
  std::uint64_t offset = 0;   // in the file
  std::uint32_t on_disk = 0;  // bytes, as far as the file goes
  std::uint32_t used = 0;     // as BufferHeader
  std::uint16_t processor = 0;
  bool compressed = false;
  std::int64_t time_shift = 0;  // see shifted(); behind a second header of the file
  bool operator==(const BufferPlace&) const = default;
};

// An event's time by the clock of the file's first header.
inline std::int64_t shifted(std::int64_t time, std::int64_t shift) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(time, shift, &sum) ? time : sum;
}

class BufferImage {
 public:
  // `window`: bytes that are held at a time; more where an event needs them. `input` outlives it.
  BufferImage(SeekableInput& input, std::size_t window) : input_(&input), window_(window) {}

  // Positions count as in the buffer, header included; the first one is 72.
  void open(const BufferPlace& place);
  // At least `count` bytes from there on in one piece, or fewer: those that the buffer has. A view that the
  // next call ends. Positions never go back.
  std::span<const std::byte> view(std::uint32_t position, std::size_t count) {
    if (position < start_ || position + count > end_) [[unlikely]]
      fill(position, count);
    return position < end_ ? std::span<const std::byte>(bytes_.get() + (position - start_), end_ - position)
                           : std::span<const std::byte>();
  }
  // Behind what is held; when view() gave less than was asked for, there is no more.
  std::uint32_t end() const { return end_; }
  bool damaged() const { return damaged_; }  // the compressed bytes make no sense
  bool failed() const { return failed_; }    // the file could not be read
  const Error& error() const { return error_; }

 private:
  void fill(std::uint32_t position, std::size_t count);
  void slide(std::uint32_t keep, std::size_t count);
  bool read_on();
  bool decompress_on();
  bool refill();

  SeekableInput* input_;
  std::size_t window_;
  BufferPlace place_;
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
  std::uint64_t start_ = 0;  // position of bytes_[0]
  std::uint32_t end_ = 0;    // position behind the last byte that is held
  bool damaged_ = false;
  bool failed_ = false;
  bool ended_ = false;
  Error error_;

  Lz77Stream stream_;
  std::unique_ptr<std::byte[]> packed_;
  std::size_t packed_capacity_ = 0;
  std::size_t packed_at_ = 0;
  std::size_t packed_end_ = 0;
  std::uint64_t packed_next_ = 0;  // offset in the file
  std::uint32_t packed_left_ = 0;  // bytes of the buffer behind it
};

}  // namespace anchoko::formats::etl
