#include "core/formats/etl/buffer_image.h"

#include <algorithm>
#include <cstring>

#include "core/formats/etl/layout.h"

namespace anchoko::formats::etl {

void BufferImage::open(const BufferPlace& place) {
  place_ = place;
  start_ = buffer::header_size;
  end_ = buffer::header_size;
  damaged_ = false;
  ended_ = false;
  stream_ = {};
  packed_at_ = 0;
  packed_end_ = 0;
  packed_next_ = place.offset + buffer::header_size;
  packed_left_ = place.on_disk - static_cast<std::uint32_t>(buffer::header_size);
}

void BufferImage::fill(std::uint32_t position, std::size_t count) {
  const std::uint32_t limit = place_.compressed ? place_.used : std::min(place_.used, place_.on_disk);
  while (end_ < std::min<std::uint64_t>(position + std::uint64_t{count}, limit) && !ended_ && !failed_) {
    // A long way: in steps of the window.
    const std::uint32_t keep = std::min(position, end_);
    slide(keep, count);
    if (!(place_.compressed ? decompress_on() : read_on())) ended_ = true;
  }
}

// Makes room behind the bytes from `keep` on; those that matches may refer to stay before them.
void BufferImage::slide(std::uint32_t keep, std::size_t count) {
  std::uint64_t start = keep;
  if (place_.compressed) start -= std::min<std::uint64_t>(Lz77Stream::history, keep - start_);
  const std::size_t held = end_ - start;
  const std::size_t wanted =
      std::max(std::min<std::size_t>(window_, place_.used) + (place_.compressed ? Lz77Stream::history : 0),
               (keep - start) + count);
  if (wanted > capacity_) {
    auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted);
    if (held > 0) std::memcpy(larger.get(), bytes_.get() + (start - start_), held);
    bytes_ = std::move(larger);
    capacity_ = wanted;
  } else if (start > start_ && held > 0) {
    std::memmove(bytes_.get(), bytes_.get() + (start - start_), held);
  }
  start_ = start;
}

bool BufferImage::read_on() {
  const std::uint32_t limit = std::min(place_.used, place_.on_disk);
  const std::size_t held = end_ - start_;
  const std::size_t wanted = std::min<std::size_t>(capacity_ - held, limit - end_);
  auto count = input_->read(place_.offset + end_, {bytes_.get() + held, wanted});
  if (!count) {
    failed_ = true;
    error_ = std::move(count.error());
    return false;
  }
  end_ += static_cast<std::uint32_t>(*count);
  return *count == wanted;
}

bool BufferImage::refill() {
  constexpr std::size_t least = std::size_t{8} * 1024;
  const std::size_t wanted = std::min<std::size_t>(std::max(window_ / 4, least), place_.on_disk);
  const std::size_t held = packed_end_ - packed_at_;
  if (packed_capacity_ < wanted) {
    auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted);
    if (held > 0) std::memcpy(larger.get(), packed_.get() + packed_at_, held);
    packed_ = std::move(larger);
    packed_capacity_ = wanted;
  } else if (held > 0) {
    std::memmove(packed_.get(), packed_.get() + packed_at_, held);
  }
  packed_at_ = 0;
  packed_end_ = held;
  const std::size_t more = std::min<std::size_t>(packed_capacity_ - held, packed_left_);
  auto count = input_->read(packed_next_, {packed_.get() + held, more});
  if (!count) {
    failed_ = true;
    error_ = std::move(count.error());
    return false;
  }
  packed_end_ += *count;
  packed_next_ += *count;
  packed_left_ = *count < more ? 0 : packed_left_ - static_cast<std::uint32_t>(*count);
  return true;
}

bool BufferImage::decompress_on() {
  const std::size_t held = end_ - start_;
  const std::size_t room = std::min<std::size_t>(capacity_ - held, place_.used - end_);
  Lz77Stream::Output output{bytes_.get(), bytes_.get() + held, bytes_.get() + held + room};
  while (true) {
    Lz77Stream::Input input{packed_.get() + packed_at_, packed_.get() + packed_end_, packed_left_ == 0};
    const auto stop = stream_.run(input, output);
    packed_at_ = static_cast<std::size_t>(input.at - packed_.get());
    end_ = static_cast<std::uint32_t>(start_ + static_cast<std::size_t>(output.at - bytes_.get()));
    if (stop == Lz77Stream::Stop::needs_room) break;
    damaged_ = stop == Lz77Stream::Stop::damaged;
    if (damaged_ || !refill()) return false;
  }
  // Its end is that of the buffer.
  damaged_ = end_ == place_.used && stream_.in_match();
  return true;
}

}  // namespace anchoko::formats::etl
