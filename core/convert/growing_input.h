// A file that another process still writes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "core/base/file.h"

namespace anchoko::convert {

// At its present end, waits for more as long as `growing` answers true, and calls `idle` before. A file that
// gets shorter than what was read of it ends: what is written to it then does not continue that.
class GrowingInput final : public InputFile {
 public:
  GrowingInput(std::unique_ptr<InputFile> file, std::function<bool()> growing,
               std::function<Result<void>()> idle)
      : file_(std::move(file)), growing_(std::move(growing)), idle_(std::move(idle)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    while (true) {
      // Asked before reading: what was written before it answered false is read.
      const bool more = growing_();
      auto count = file_->read(buffer);
      if (!count && count.error().kind == ErrorKind::interrupted) return std::size_t{0};  // a pipe's wait
      if (!count) return count;
      read_ += *count;
      if (*count > 0 || is_shorter() || !more) return count;
      if (auto done = idle_(); !done) return fail(std::move(done.error()));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  const std::string& name() const override { return file_->name(); }
  std::string early_end() const override { return early_end_; }

 private:
  bool is_shorter() {
    const auto size = file_->size();
    if (!size || *size >= read_) return false;
    early_end_ = "the file was cut to " + std::to_string(*size) + " bytes while it was followed, " +
                 std::to_string(read_) + " had been read";
    return true;
  }

  std::unique_ptr<InputFile> file_;
  std::function<bool()> growing_;
  std::function<Result<void>()> idle_;
  std::uint64_t read_ = 0;  // bytes
  std::string early_end_;
};

}  // namespace anchoko::convert
