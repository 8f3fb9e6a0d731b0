#include "core/convert/input_pool.h"

#include <algorithm>
#include <utility>

namespace anchoko::convert {
namespace {

constexpr std::size_t buffer_budget = std::size_t{16} * 1024 * 1024;  // bytes, for all inputs together
constexpr std::size_t most_with_threads = 4;

// A block has half its size in front of it, see BlockSource.
std::size_t block_size_for(std::size_t inputs) {
  constexpr std::size_t least = std::size_t{4} * 1024;
  constexpr std::size_t most = std::size_t{256} * 1024;
  const std::size_t share = buffer_budget / std::max<std::size_t>(inputs, 1) * 2 / 3;
  return std::clamp(share / least * least, least, most);
}

}  // namespace

class PooledFile final : public InputFile {
 public:
  PooledFile(InputPool& pool, std::unique_ptr<InputFile> file, bool stays_open)
      : pool_(pool),
        path_(file->name()),
        regular_(file->is_regular()),
        stays_open_(stays_open),
        file_(std::move(file)) {
    if (!stays_open_) file_.reset();
  }
  PooledFile(const PooledFile&) = delete;
  PooledFile& operator=(const PooledFile&) = delete;
  ~PooledFile() override {
    if (stays_open_ && regular_) ++pool_.room_;
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (stays_open_) return file_->read(buffer);
    auto file = open_input(path_);
    if (!file) return fail(std::move(file.error()));
    if (auto moved = (*file)->seek(offset_); !moved) return fail(std::move(moved.error()));
    auto count = (*file)->read(buffer);
    if (count) offset_ += *count;
    return count;
  }
  const std::string& name() const override { return path_; }
  bool is_regular() const override { return regular_ && pool_.read_ahead_; }
  std::size_t block_size() const override { return pool_.block_size_; }

 private:
  InputPool& pool_;
  std::string path_;
  bool regular_;
  bool stays_open_;
  std::unique_ptr<InputFile> file_;
  std::uint64_t offset_ = 0;
};

InputPool::InputPool(std::size_t inputs, std::size_t most_open)
    : block_size_(block_size_for(inputs)), read_ahead_(inputs <= most_with_threads), room_(most_open) {}

Result<std::unique_ptr<InputFile>> InputPool::open(const std::string& path) {
  auto file = open_input(path);
  if (!file) return file;
  const bool stays_open = !(*file)->is_regular() || room_ > 0;
  if ((*file)->is_regular() && room_ > 0) --room_;
  return std::make_unique<PooledFile>(*this, std::move(*file), stays_open);
}

}  // namespace anchoko::convert
