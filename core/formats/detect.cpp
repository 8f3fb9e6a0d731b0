#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/hex.h"
#include "core/formats/capture_format.h"
#include "core/formats/compressed_input.h"

namespace anchoko::formats {
namespace {

// Gives back the bytes that detection looked at, then the rest of the input.
class ReplayedInput final : public InputFile {
 public:
  ReplayedInput(std::vector<std::byte> start, std::unique_ptr<InputFile> rest)
      : start_(std::move(start)), rest_(std::move(rest)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t left = start_.size() - position_;
    if (left == 0) return rest_->read(buffer);
    const std::size_t count = std::min(left, buffer.size());
    std::memcpy(buffer.data(), start_.data() + position_, count);
    position_ += count;
    return count;
  }
  Result<std::size_t> read_behind(std::span<const std::byte> tail, std::vector<std::byte>& storage,
                                  std::size_t room) override {
    if (position_ < start_.size()) return InputFile::read_behind(tail, storage, room);
    return rest_->read_behind(tail, storage, room);
  }
  const std::string& name() const override { return rest_->name(); }
  bool is_regular() const override { return rest_->is_regular(); }
  std::string early_end() const override { return rest_->early_end(); }
  std::size_t block_size() const override { return rest_->block_size(); }
  std::optional<std::uint64_t> size() const override { return rest_->size(); }
  Result<void> seek(std::uint64_t offset) override {
    if (auto moved = rest_->seek(offset); !moved) return moved;
    position_ = start_.size();
    return {};
  }

 private:
  std::vector<std::byte> start_;
  std::size_t position_ = 0;
  std::unique_ptr<InputFile> rest_;
};

struct KnownStranger {
  std::array<unsigned char, 4> start;
  std::size_t length;
  const char* what;
  const char* hint;
};
constexpr std::array strangers{
    KnownStranger{
        {0xfd, '7', 'z', 'X'}, 4, "an xz file", "decompress it first: xz -dc FILE | anchoko convert - …"},
    KnownStranger{{0x04, 0x22, 0x4d, 0x18},
                  4,
                  "an lz4 file",
                  "decompress it first: lz4 -dc FILE | anchoko convert - …"},
};

std::string supported_formats() {
  std::string text;
  for (const auto& format : all_formats()) {
    if (!text.empty()) text += ", ";
    text += format.name;
  }
  return text;
}

std::unexpected<Error> unknown_content(const std::string& name, std::span<const std::byte> start) {
  for (const auto& stranger : strangers) {
    if (start.size() >= stranger.length &&
        std::memcmp(start.data(), stranger.start.data(), stranger.length) == 0) {
      return fail(ErrorKind::failed, name + ": is " + stranger.what + ", not a capture file", stranger.hint);
    }
  }
  return fail(ErrorKind::failed,
              name + ": is not a capture file of a known format: it starts with " +
                  hex(start.first(std::min<std::size_t>(start.size(), 16)), " "),
              "supported: " + supported_formats());
}

}  // namespace

Result<OpenedCapture> open_capture(const std::string& path, const ReadOptions& options) {
  auto input = open_input(path);
  if (!input) return fail(std::move(input.error()));
  return open_capture(std::move(*input), options);
}

namespace {

// The first bytes, which are then in `input` no more.
Result<std::vector<std::byte>> take_start(InputFile& input) {
  constexpr std::size_t looked_at = 64;
  std::vector<std::byte> start(looked_at);
  std::size_t length = 0;
  while (length < start.size()) {
    auto count = input.read(std::span(start).subspan(length));
    if (!count) return fail(std::move(count.error()));
    if (*count == 0) break;
    length += *count;
  }
  start.resize(length);
  return start;
}

// What is compressed twice is told as unknown content.
Result<OpenedCapture> open_content(std::unique_ptr<InputFile> input, const ReadOptions& options,
                                   bool decompressed) {
  auto start = take_start(*input);
  if (!start) return fail(std::move(start.error()));
  const std::string name = input->name();
  if (start->empty()) {
    const std::string why = input->early_end();
    return fail(ErrorKind::failed, name + ": " + (why.empty() ? "is empty" : why));
  }
  const auto replay = [&] { return std::make_unique<ReplayedInput>(*start, std::move(input)); };
  for (const auto& format : all_formats()) {
    if (format.detect(*start) != Detection::mine) continue;
    if (options.growing && format.only_whole != nullptr)
      return fail(ErrorKind::usage,
                  name + ": a file of format " + format.name + " cannot be followed: " + format.only_whole,
                  "convert it when it is complete");
    auto reader = format.open(replay(), options);
    if (!reader) return fail(std::move(reader.error()));
    return OpenedCapture{&format, std::move(*reader)};
  }
  if (!decompressed && (is_gzip(*start) || is_zstd(*start))) {
    auto content = is_gzip(*start) ? gzip_input(replay()) : zstd_input(replay());
    if (!content) return fail(std::move(content.error()));
    return open_content(std::move(*content), options, true);
  }
  return unknown_content(name, *start);
}

}  // namespace

Result<OpenedCapture> open_capture(std::unique_ptr<InputFile> input, const ReadOptions& options) {
  return open_content(std::move(input), options, false);
}

}  // namespace anchoko::formats
