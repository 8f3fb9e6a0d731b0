// What the inputs of compressed files share: the compressed bytes, and how the input ended.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/file.h"

namespace anchoko::formats {

class DecompressingInput : public InputFile {
 public:
  explicit DecompressingInput(std::unique_ptr<InputFile> compressed)
      : compressed_(std::move(compressed)), bytes_(compressed_->block_size()) {}

  const std::string& name() const override { return compressed_->name(); }
  bool is_regular() const override { return compressed_->is_regular(); }
  std::size_t block_size() const override { return compressed_->block_size(); }
  std::string early_end() const override {
    return early_end_.empty() ? compressed_->early_end() : early_end_;
  }

 protected:
  // At least one compressed byte in rest(), or none at the end.
  Result<void> refill() {
    if (position_ < end_) return {};
    auto count = compressed_->read(bytes_);
    if (!count) return fail(std::move(count.error()));
    position_ = 0;
    end_ = *count;
    consumed_ += *count;
    return {};
  }
  std::span<std::byte> rest() { return std::span(bytes_).subspan(position_, end_ - position_); }
  void consume(std::size_t count) { position_ += count; }

  Result<std::size_t> end_early(const std::string& what) {
    early_end_ = what + " at compressed byte " + std::to_string(consumed_ - (end_ - position_));
    return std::size_t{0};
  }
  bool ended_early() const { return !early_end_.empty(); }

 private:
  std::unique_ptr<InputFile> compressed_;
  std::vector<std::byte> bytes_;
  std::size_t position_ = 0;
  std::size_t end_ = 0;
  std::uint64_t consumed_ = 0;  // compressed bytes taken from the file
  std::string early_end_;
};

}  // namespace anchoko::formats
