#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "core/formats/capture_format.h"

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
  const std::string& name() const override { return rest_->name(); }
  bool is_regular() const override { return rest_->is_regular(); }

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
        {0x1f, 0x8b, 0, 0}, 2, "a gzip file", "decompress it first: gzip -dc FILE | anchoko convert - …"},
    KnownStranger{{0x28, 0xb5, 0x2f, 0xfd},
                  4,
                  "a zstd file",
                  "decompress it first: zstd -dc FILE | anchoko convert - …"},
    KnownStranger{
        {0xfd, '7', 'z', 'X'}, 4, "an xz file", "decompress it first: xz -dc FILE | anchoko convert - …"},
    KnownStranger{{0x04, 0x22, 0x4d, 0x18},
                  4,
                  "an lz4 file",
                  "decompress it first: lz4 -dc FILE | anchoko convert - …"},
};

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const auto byte : bytes) {
    std::array<char, 4> two{};
    std::snprintf(two.data(), two.size(), "%02x", static_cast<unsigned>(byte));
    if (!text.empty()) text += ' ';
    text += two.data();
  }
  return text;
}

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
                  hex(start.first(std::min<std::size_t>(start.size(), 16))),
              "supported: " + supported_formats());
}

}  // namespace

Result<OpenedCapture> open_capture(const std::string& path) {
  auto input = open_input(path);
  if (!input) return fail(std::move(input.error()));
  return open_capture(std::move(*input));
}

Result<OpenedCapture> open_capture(std::unique_ptr<InputFile> input) {
  const std::string name = input->name();

  constexpr std::size_t looked_at = 64;
  std::vector<std::byte> start(looked_at);
  std::size_t length = 0;
  while (length < start.size()) {
    auto count = input->read(std::span(start).subspan(length));
    if (!count) return fail(std::move(count.error()));
    if (*count == 0) break;
    length += *count;
  }
  start.resize(length);
  if (start.empty()) return fail(ErrorKind::failed, name + ": is empty");

  for (const auto& format : all_formats()) {
    if (format.detect(start) != Detection::mine) continue;
    auto reader = format.open(std::make_unique<ReplayedInput>(std::move(start), std::move(input)));
    if (!reader) return fail(std::move(reader.error()));
    return OpenedCapture{&format, std::move(*reader)};
  }
  return unknown_content(name, start);
}

}  // namespace anchoko::formats
