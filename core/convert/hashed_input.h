// The SHA-256 of a file, taken while it is read.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "core/base/file.h"
#include "core/base/sha256.h"

namespace anchoko::convert {

// The file's bytes as they stand, compressed or not. Outlives the inputs that it hands out.
class FileHash {
 public:
  explicit FileHash(std::unique_ptr<InputFile> file) : file_(std::move(file)) {}

  // Once.
  std::unique_ptr<InputFile> input() { return std::make_unique<Input>(*this); }
  // When the input is gone: reads what it left, and answers the digest. Errors: it cannot be read;
  // interrupted, when `go_on` answers false.
  Result<std::string> finish(const GoOn& go_on) {
    std::array<std::byte, 65536> buffer{};
    while (true) {
      if (!go_on()) return fail(ErrorKind::interrupted, "interrupted");
      auto count = read(buffer);
      if (!count) return fail(std::move(count.error()));
      if (*count == 0) return hash_.finish();
    }
  }

 private:
  class Input final : public InputFile {
   public:
    explicit Input(FileHash& hash) : hash_(hash) {}
    Result<std::size_t> read(std::span<std::byte> buffer) override { return hash_.read(buffer); }
    const std::string& name() const override { return hash_.file_->name(); }
    bool is_regular() const override { return hash_.file_->is_regular(); }
    std::size_t block_size() const override { return hash_.file_->block_size(); }
    std::string early_end() const override { return hash_.file_->early_end(); }

   private:
    FileHash& hash_;
  };

  Result<std::size_t> read(std::span<std::byte> buffer) {
    auto count = file_->read(buffer);
    if (count) hash_.add(buffer.first(*count));
    return count;
  }

  std::unique_ptr<InputFile> file_;
  Sha256 hash_;
};

}  // namespace anchoko::convert
