#include "core/formats/seekable_input.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/base/pending_name.h"

namespace anchoko::formats {
namespace {

// Not /tmp, which is memory on many systems.
std::filesystem::path temporary_folder() {
  std::error_code problem;
  if (std::getenv("TMPDIR") == nullptr && std::filesystem::is_directory("/var/tmp", problem))
    return "/var/tmp";
  return std::filesystem::temp_directory_path(problem);
}

}  // namespace

Result<std::unique_ptr<SeekableInput>> SeekableInput::open(std::unique_ptr<InputFile> input, GoOn go_on) {
  auto opened = std::make_unique<SeekableInput>();
  opened->name_ = input->name();
  opened->block_size_ = input->block_size();
  if (input->seek(0)) {
    opened->file_ = std::move(input);
    if (auto done = opened->find_size(); !done) return fail(std::move(done.error()));
  } else {
    if (auto done = opened->keep(*input, go_on); !done) return fail(std::move(done.error()));
    opened->early_end_ = input->early_end();
  }
  return opened;
}

Result<void> SeekableInput::keep(InputFile& input, const GoOn& go_on) {
  std::vector<std::byte> block(input.block_size());
  while (memory_.size() < kept_in_memory) {
    if (go_on && !go_on()) return fail(ErrorKind::interrupted, "interrupted");
    auto count = input.read(block);
    if (!count) return fail(std::move(count.error()));
    if (*count == 0) return {};
    memory_.insert(memory_.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(*count));
    size_ = memory_.size();
  }
  return keep_in_file(input, go_on);
}

Result<void> SeekableInput::keep_in_file(InputFile& input, const GoOn& go_on) {
  const auto path = temporary_folder() / ("anchoko-input" + pending_name());
  auto made = create_output(utf8(path), Overwrite::no);
  if (!made) {
    Error error = std::move(made.error());
    error.message = name_ + ": no temporary file for what can be read only once: " + error.message;
    error.hint = "set TMPDIR to a folder with room, or give it as an uncompressed file";
    return fail(std::move(error));
  }
  kept_ = std::move(*made);
  if (auto done = kept_->write(memory_); !done) return done;
  memory_.resize(std::size_t{1} * 1024 * 1024);
  memory_.shrink_to_fit();
  while (true) {
    if (go_on && !go_on()) return fail(ErrorKind::interrupted, "interrupted");
    auto count = input.read(memory_);
    if (!count) return fail(std::move(count.error()));
    if (*count == 0) break;
    if (auto done = kept_->write(std::span(memory_).first(*count)); !done) return done;
    size_ += *count;
  }
  memory_ = {};
  auto file = open_input(kept_->pending_path());
  if (!file) return fail(std::move(file.error()));
  file_ = std::move(*file);
  return {};
}

Result<bool> SeekableInput::has_byte(std::uint64_t offset) {
  std::array<std::byte, 1> one{};
  if (auto done = file_->seek(offset); !done) return fail(std::move(done.error()));
  auto count = file_->read(one);
  if (!count) return fail(std::move(count.error()));
  return *count == 1;
}

// A device tells no size, and files of the kernel that they are empty: by reading single bytes then.
Result<void> SeekableInput::find_size() {
  if (const auto told = file_->size(); told && *told > 0) {
    size_ = *told;
    return {};
  }
  constexpr std::uint64_t largest = std::uint64_t{1} << 62;
  std::uint64_t beyond = 1;
  for (;; beyond *= 2) {
    auto there = has_byte(beyond - 1);
    if (!there) return fail(std::move(there.error()));
    if (!*there || beyond >= largest) break;
  }
  std::uint64_t low = beyond / 2;  // so many bytes are there
  std::uint64_t high = beyond - 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low + 1) / 2;
    auto there = has_byte(middle - 1);
    if (!there) return fail(std::move(there.error()));
    if (*there) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  size_ = low;
  position_ = UINT64_MAX;
  return {};
}

Result<std::size_t> SeekableInput::read(std::uint64_t offset, std::span<std::byte> into) {
  if (offset >= size_) return std::size_t{0};
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - offset));
  if (!file_) {
    std::memcpy(into.data(), memory_.data() + offset, count);
    return count;
  }
  const std::scoped_lock lock(mutex_);
  if (position_ != offset) {
    if (auto done = file_->seek(offset); !done) return fail(std::move(done.error()));
    position_ = offset;
  }
  std::size_t filled = 0;
  while (filled < count) {
    auto part = file_->read(into.subspan(filled, count - filled));
    if (!part) return fail(std::move(part.error()));
    if (*part == 0) break;
    filled += *part;
  }
  position_ += filled;
  return filled;
}

}  // namespace anchoko::formats
