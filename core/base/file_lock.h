// A lock that one process at a time can hold, and that ends with it.
#pragma once

#include <filesystem>
#include <memory>

#include "core/base/result.h"

namespace anchoko {

class FileLock {
 public:
  virtual ~FileLock() = default;
};

// The file is made (0600) and stays. Null: another process holds it.
Result<std::unique_ptr<FileLock>> try_lock(const std::filesystem::path& path);

}  // namespace anchoko
