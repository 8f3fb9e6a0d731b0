#include "core/convert/write_behind.h"

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/spare_thread.h"

namespace anchoko::convert {
namespace {

// One buffer is being filled, one is being written.
class WriteBehind final : public OutputFile {
 public:
  explicit WriteBehind(std::unique_ptr<OutputFile> output) : output_(std::move(output)) {}
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;
  ~WriteBehind() override { end_thread(); }

  Result<void> write_front(std::vector<std::byte>& buffer, std::size_t count, std::size_t used) override {
    // Small outputs never pay for a thread.
    const bool direct = std::exchange(first_, false) || !threaded_;
    if (!direct && !thread_.joinable()) threaded_ = start_spare(thread_, [this] { run(); });
    if (direct || !threaded_) return output_->write_front(buffer, count, used);
    if (auto done = settle(); !done) return done;
    pending_.resize(buffer.size());
    std::memcpy(pending_.data(), buffer.data() + count, used - count);
    std::swap(pending_, buffer);
    {
      const std::scoped_lock lock(mutex_);
      count_ = count;
    }
    changed_.notify_all();
    return {};
  }
  Result<void> write(std::span<const std::byte> bytes) override {
    if (auto done = settle(); !done) return done;
    return output_->write(bytes);
  }
  Result<void> rewrite(std::uint64_t offset, std::span<const std::byte> bytes) override {
    if (auto done = settle(); !done) return done;
    return output_->rewrite(offset, bytes);
  }
  Result<void> flush() override {
    if (auto done = settle(); !done) return done;
    return output_->flush();
  }
  Result<void> commit() override {
    if (auto done = settle(); !done) return done;
    end_thread();
    return output_->commit();
  }
  std::string pending_path() const override { return output_->pending_path(); }
  bool reader_left() const override { return output_->reader_left(); }

 private:
  // Everything handed over is written; the thread does nothing.
  Result<void> settle() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ == 0; });
    if (error_) return fail(*error_);
    return {};
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stop_ || count_ > 0; });
      if (count_ == 0) return;
      const auto bytes = std::span(pending_).first(count_);
      lock.unlock();
      auto done = output_->write(bytes);
      lock.lock();
      if (!done && !error_) error_ = std::move(done.error());
      count_ = 0;
      changed_.notify_all();
    }
  }

  void end_thread() {
    {
      const std::scoped_lock lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  std::unique_ptr<OutputFile> output_;
  std::vector<std::byte> pending_;  // the thread's while count_ > 0
  bool first_ = true;
  bool threaded_ = true;  // false: no thread could be made
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Below the mutex.
  std::size_t count_ = 0;
  bool stop_ = false;
  std::optional<Error> error_;
};

}  // namespace

std::unique_ptr<OutputFile> write_behind(std::unique_ptr<OutputFile> output) {
  return std::make_unique<WriteBehind>(std::move(output));
}

}  // namespace anchoko::convert
