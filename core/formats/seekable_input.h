// An input that is read at any place, for formats whose order is not that of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/result.h"

namespace anchoko::formats {

// A file is read where it lies. What can be read only once (a pipe, a compressed file) is kept: in
// memory up to `kept_in_memory` bytes, else in a nameless temporary file in TMPDIR, or /var/tmp.
class SeekableInput {
 public:
  static constexpr std::size_t kept_in_memory = std::size_t{16} * 1024 * 1024;

  // Takes the input at its first byte. Errors: it cannot be read; the temporary file cannot be made;
  // interrupted, when `go_on` answers false while the input is kept.
  static Result<std::unique_ptr<SeekableInput>> open(std::unique_ptr<InputFile> input, GoOn go_on = {});

  // Fewer bytes than asked for: the file ends there. Several threads may read.
  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into);

  std::uint64_t size() const { return size_; }
  const std::string& name() const { return name_; }
  // As InputFile::block_size(): smaller where many inputs share memory.
  std::size_t block_size() const { return block_size_; }
  // As InputFile::early_end().
  const std::string& early_end() const { return early_end_; }

 private:
  Result<void> keep(InputFile& input, const GoOn& go_on);
  Result<void> keep_in_file(InputFile& input, const GoOn& go_on);
  Result<void> find_size();
  Result<bool> has_byte(std::uint64_t offset);

  std::unique_ptr<OutputFile> kept_;  // never committed: it vanishes
  std::unique_ptr<InputFile> file_;   // null: all is in memory
  std::vector<std::byte> memory_;
  std::uint64_t size_ = 0;
  std::size_t block_size_ = 0;
  std::mutex mutex_;
  std::uint64_t position_ = 0;  // of the file's next byte; below the mutex, as the file
  std::string name_;
  std::string early_end_;
};

}  // namespace anchoko::formats
