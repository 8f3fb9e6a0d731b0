// Many input files at once: within the limit of open files, and within a budget of memory for their buffers.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/base/file.h"
#include "core/base/result.h"

namespace anchoko::convert {

class ReadAhead;

// Every input may be kept open as long as there is room; the others are opened anew for each block. Of a few
// inputs each is read ahead by a thread of its own (BlockSource), many share one (ReadAhead).
class InputPool {
 public:
  static constexpr std::size_t few = 4;

  // `inputs`: how many will be open at once. `most_open`: how many files may be kept open.
  InputPool(std::size_t inputs, std::size_t most_open);
  ~InputPool();
  InputPool(const InputPool&) = delete;
  InputPool& operator=(const InputPool&) = delete;

  // "-": standard input. It, pipes and devices stay open, whatever the limit is. The pool outlives the file.
  // `go_on`: see open_input().
  Result<std::unique_ptr<InputFile>> open(const std::string& path, GoOn go_on = {});
  // A part of a regular file that is there; opened anew for each block.
  std::unique_ptr<InputFile> open_part(const std::string& path, std::uint64_t offset, std::uint64_t size);

 private:
  friend class PooledFile;

  std::size_t block_size_;
  std::unique_ptr<ReadAhead> ahead_;  // null: there are few inputs
  std::size_t room_;
};

}  // namespace anchoko::convert
