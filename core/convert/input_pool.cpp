#include "core/convert/input_pool.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace anchoko::convert {
namespace {

constexpr std::size_t buffer_budget = std::size_t{16} * 1024 * 1024;  // bytes, for all inputs together
constexpr std::size_t most_with_threads = 4;

// A block has half its size in front of it, see BlockSource, and of many inputs the next one beside it.
std::size_t block_size_for(std::size_t inputs) {
  constexpr std::size_t step = 1024;
  constexpr std::size_t least = 4 * step;
  constexpr std::size_t most = 256 * step;
  const std::size_t halves = inputs <= most_with_threads ? 3 : 5;
  const std::size_t share = buffer_budget / std::max<std::size_t>(inputs, 1) * 2 / halves;
  return std::clamp(share / step * step, least, most);
}

}  // namespace

// The next block of one file, as the thread reads it. A file is the consumer's or, from ask() to the end of
// wait(), the thread's.
struct Ahead {
  enum class State { idle, asked, reading, ready };

  std::vector<std::byte> block;
  Result<std::size_t> count = std::size_t{0};
  State state = State::idle;  // below the mutex
};

class PooledFile final : public InputFile {
 public:
  PooledFile(InputPool& pool, std::unique_ptr<InputFile> file, bool stays_open);
  PooledFile(InputPool& pool, std::string path, std::uint64_t offset, std::uint64_t end);
  PooledFile(const PooledFile&) = delete;
  PooledFile& operator=(const PooledFile&) = delete;
  ~PooledFile() override;

  Result<std::size_t> read(std::span<std::byte> buffer) override;
  const std::string& name() const override { return path_; }
  bool is_regular() const override { return regular_ && !pool_.ahead_; }
  std::size_t block_size() const override { return pool_.block_size_; }

 private:
  friend class ReadAhead;
  Result<std::size_t> read_now(std::span<std::byte> buffer);

  InputPool& pool_;
  std::string path_;
  bool regular_;
  bool stays_open_;
  std::unique_ptr<InputFile> file_;
  std::uint64_t offset_ = 0;  // of the next byte, where it is opened anew
  std::uint64_t end_ = UINT64_MAX;
  Ahead ahead_;
  bool asked_ = false;        // from the first whole block on
  std::size_t position_ = 0;  // in the block that was read ahead
};

// One thread that reads the next block of whichever file is asked for.
class ReadAhead {
 public:
  ReadAhead() = default;
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead() {
    {
      const std::scoped_lock lock(mutex_);
      stop_ = true;
    }
    asked_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void ask(PooledFile& file) {
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    {
      const std::scoped_lock lock(mutex_);
      file.ahead_.state = Ahead::State::asked;
      queue_.push_back(&file);
    }
    asked_.notify_one();
  }

  void wait(PooledFile& file) {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return file.ahead_.state == Ahead::State::ready; });
  }

  // It is not touched any more.
  void forget(PooledFile& file) {
    std::unique_lock lock(mutex_);
    if (file.ahead_.state == Ahead::State::asked) std::erase(queue_, &file);
    done_.wait(lock, [&] { return file.ahead_.state != Ahead::State::reading; });
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      asked_.wait(lock, [this] { return stop_ || !queue_.empty(); });
      if (stop_) return;
      PooledFile& file = *queue_.front();
      queue_.pop_front();
      file.ahead_.state = Ahead::State::reading;
      lock.unlock();
      file.ahead_.count = file.read_now(file.ahead_.block);
      lock.lock();
      file.ahead_.state = Ahead::State::ready;
      done_.notify_all();
    }
  }

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable done_;
  std::deque<PooledFile*> queue_;
  bool stop_ = false;
};

PooledFile::PooledFile(InputPool& pool, std::unique_ptr<InputFile> file, bool stays_open)
    : pool_(pool),
      path_(file->name()),
      regular_(file->is_regular()),
      stays_open_(stays_open),
      file_(std::move(file)) {
  if (!stays_open_) file_.reset();
}

PooledFile::PooledFile(InputPool& pool, std::string path, std::uint64_t offset, std::uint64_t end)
    : pool_(pool), path_(std::move(path)), regular_(true), stays_open_(false), offset_(offset), end_(end) {}

PooledFile::~PooledFile() {
  if (asked_) pool_.ahead_->forget(*this);
  if (stays_open_ && regular_) ++pool_.room_;
}

Result<std::size_t> PooledFile::read_now(std::span<std::byte> buffer) {
  if (stays_open_) return file_->read(buffer);
  buffer = buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end_ - offset_)));
  if (buffer.empty()) return std::size_t{0};
  auto file = open_input(path_);
  if (!file) return fail(std::move(file.error()));
  if (auto moved = (*file)->seek(offset_); !moved) return fail(std::move(moved.error()));
  auto count = (*file)->read(buffer);
  if (count) offset_ += *count;
  return count;
}

Result<std::size_t> PooledFile::read(std::span<std::byte> buffer) {
  if (!asked_) {
    auto count = read_now(buffer);
    // The first few bytes show what it is: no more may be wanted.
    const bool goes_on = count && *count == buffer.size() && *count >= pool_.block_size_;
    if (goes_on && regular_ && pool_.ahead_) {
      asked_ = true;
      ahead_.block.resize(pool_.block_size_);
      pool_.ahead_->ask(*this);
    }
    return count;
  }
  if (position_ == 0) pool_.ahead_->wait(*this);
  if (!ahead_.count) return fail(ahead_.count.error());
  const std::size_t count = std::min(buffer.size(), *ahead_.count - position_);
  if (count == 0) return count;  // stays the end, however often it is asked for
  std::memcpy(buffer.data(), ahead_.block.data() + position_, count);
  position_ += count;
  if (position_ == *ahead_.count) {
    position_ = 0;
    pool_.ahead_->ask(*this);
  }
  return count;
}

InputPool::InputPool(std::size_t inputs, std::size_t most_open)
    : block_size_(block_size_for(inputs)), room_(most_open) {
  if (inputs > most_with_threads) ahead_ = std::make_unique<ReadAhead>();
}

InputPool::~InputPool() = default;

Result<std::unique_ptr<InputFile>> InputPool::open(const std::string& path) {
  auto file = open_input(path);
  if (!file) return file;
  const bool stays_open = !(*file)->is_regular() || room_ > 0;
  if ((*file)->is_regular() && room_ > 0) --room_;
  return std::make_unique<PooledFile>(*this, std::move(*file), stays_open);
}

std::unique_ptr<InputFile> InputPool::open_part(const std::string& path, std::uint64_t offset,
                                                std::uint64_t size) {
  return std::make_unique<PooledFile>(*this, path, offset, offset + size);
}

}  // namespace anchoko::convert
