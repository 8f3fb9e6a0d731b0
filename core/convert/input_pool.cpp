#include "core/convert/input_pool.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "core/convert/read_ahead.h"
#include "core/formats/block_source.h"

namespace anchoko::convert {
namespace {

constexpr std::size_t buffer_budget = std::size_t{16} * 1024 * 1024;  // bytes, for all inputs together

// A block has room in front of it, see BlockSource; of many inputs some have the next one beside it.
std::size_t block_size_for(std::size_t inputs) {
  constexpr std::size_t step = 1024;
  constexpr std::size_t least = 4 * step;
  constexpr std::size_t most = 256 * step;
  if (inputs <= InputPool::few) return most;
  const std::size_t share = buffer_budget / (inputs + std::min(inputs, ReadAhead::most_blocks));
  std::size_t size = std::min(share, most);
  while (size > least && size + formats::BlockSource::headroom_of(size) > share) size -= step;
  return std::max(size / step * step, least);
}

}  // namespace

class PooledFile final : public InputFile, private AheadFile {
 public:
  PooledFile(InputPool& pool, std::unique_ptr<InputFile> file, bool takes_room, bool stays_open);
  PooledFile(InputPool& pool, std::string path, std::uint64_t offset, std::uint64_t end);
  PooledFile(const PooledFile&) = delete;
  PooledFile& operator=(const PooledFile&) = delete;
  ~PooledFile() override;

  Result<std::size_t> read(std::span<std::byte> buffer) override;
  Result<std::size_t> read_behind(std::span<const std::byte> tail, std::vector<std::byte>& storage,
                                  std::size_t room) override;
  const std::string& name() const override { return path_; }
  bool is_regular() const override { return regular_ && !pool_.ahead_; }
  std::size_t block_size() const override { return pool_.block_size_; }
  std::optional<std::uint64_t> size() const override { return file_ ? file_->size() : size_; }
  Result<void> seek(std::uint64_t offset) override;

 private:
  Result<std::size_t> read_now(std::span<std::byte> buffer) override;

  InputPool& pool_;
  std::string path_;
  bool regular_;
  bool takes_room_ = false;  // of the pool
  bool stays_open_;
  Identity identity_;                  // of what is opened anew
  std::optional<std::uint64_t> size_;  // of the same, when it was opened first
  std::unique_ptr<InputFile> file_;
  std::uint64_t offset_ = 0;  // of the next byte, where it is opened anew
  std::uint64_t end_ = UINT64_MAX;
};

PooledFile::PooledFile(InputPool& pool, std::unique_ptr<InputFile> file, bool takes_room, bool stays_open)
    : pool_(pool),
      path_(file->name()),
      regular_(file->is_regular()),
      takes_room_(takes_room),
      stays_open_(stays_open),
      identity_(file->identity()),
      size_(file->size()),
      file_(std::move(file)) {
  if (!stays_open_) file_.reset();
}

PooledFile::PooledFile(InputPool& pool, std::string path, std::uint64_t offset, std::uint64_t end)
    : pool_(pool), path_(std::move(path)), regular_(true), stays_open_(false), offset_(offset), end_(end) {}

PooledFile::~PooledFile() {
  if (pool_.ahead_) pool_.ahead_->forget(*this);
  if (takes_room_) ++pool_.room_;
}

Result<std::size_t> PooledFile::read_now(std::span<std::byte> buffer) {
  if (stays_open_) return file_->read(buffer);
  buffer = buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end_ - offset_)));
  if (buffer.empty()) return std::size_t{0};
  auto file = open_input(path_);
  if (!file) return fail(std::move(file.error()));
  if (identity_ != Identity() && (*file)->identity() != identity_)
    return fail(ErrorKind::failed, path_ + ": another file has taken its name while it was read");
  if (auto moved = (*file)->seek(offset_); !moved) return fail(std::move(moved.error()));
  auto count = (*file)->read(buffer);
  if (count) offset_ += *count;
  return count;
}

// Small pieces: what shows the format, and compressed files.
Result<std::size_t> PooledFile::read(std::span<std::byte> buffer) {
  return pool_.ahead_ ? pool_.ahead_->read(*this, buffer) : read_now(buffer);
}

Result<std::size_t> PooledFile::read_behind(std::span<const std::byte> tail, std::vector<std::byte>& storage,
                                            std::size_t room) {
  if (!regular_ || !pool_.ahead_) return InputFile::read_behind(tail, storage, room);
  return pool_.ahead_->next(*this, tail, storage, room);
}

Result<void> PooledFile::seek(std::uint64_t offset) {
  const bool is_part = end_ != UINT64_MAX;
  if (!regular_ || is_part) return InputFile::seek(offset);
  if (pool_.ahead_) pool_.ahead_->forget(*this);
  if (stays_open_) return file_->seek(offset);
  offset_ = offset;
  return {};
}

InputPool::InputPool(std::size_t inputs, std::size_t most_open)
    : block_size_(block_size_for(inputs)), room_(most_open) {
  if (inputs > few) ahead_ = std::make_unique<ReadAhead>();
}

InputPool::~InputPool() = default;

Result<std::unique_ptr<InputFile>> InputPool::open(const std::string& path, GoOn go_on) {
  auto file = open_input(path, std::move(go_on));
  if (!file) return file;
  // Standard input cannot be opened again by a name, even where it is a file.
  const bool once = path == "-" || !(*file)->is_regular();
  const bool takes_room = !once && room_ > 0;
  if (takes_room) --room_;
  return std::make_unique<PooledFile>(*this, std::move(*file), takes_room, once || takes_room);
}

std::unique_ptr<InputFile> InputPool::open_part(const std::string& path, std::uint64_t offset,
                                                std::uint64_t size) {
  return std::make_unique<PooledFile>(*this, path, offset, offset + size);
}

}  // namespace anchoko::convert
