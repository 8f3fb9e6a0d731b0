// A file that another process still writes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "core/base/file.h"

namespace anchoko::convert {

// At its present end, waits for more as long as `growing` answers true, and calls `idle` before.
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
      if (!count || *count > 0 || !more) return count;
      if (auto done = idle_(); !done) return fail(std::move(done.error()));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  const std::string& name() const override { return file_->name(); }

 private:
  std::unique_ptr<InputFile> file_;
  std::function<bool()> growing_;
  std::function<Result<void>()> idle_;
};

}  // namespace anchoko::convert
