#include <windows.h>

#include "core/base/file_lock.h"

namespace anchoko {
namespace {

class HandleLock final : public FileLock {
 public:
  explicit HandleLock(HANDLE handle) : handle_(handle) {}
  ~HandleLock() override { CloseHandle(handle_); }
  HandleLock(const HandleLock&) = delete;
  HandleLock& operator=(const HandleLock&) = delete;

 private:
  HANDLE handle_;
};

}  // namespace

// Opened without sharing: nobody else can open it meanwhile.
Result<std::unique_ptr<FileLock>> try_lock(const std::filesystem::path& path) {
  const HANDLE handle = CreateFileW(path.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_ALWAYS,
                                    FILE_ATTRIBUTE_NORMAL, nullptr);
  if (handle != INVALID_HANDLE_VALUE) return std::unique_ptr<FileLock>(std::make_unique<HandleLock>(handle));
  const DWORD problem = GetLastError();
  if (problem == ERROR_SHARING_VIOLATION) return std::unique_ptr<FileLock>();
  return fail(ErrorKind::failed, path.string() + " cannot be locked: error " + std::to_string(problem));
}

}  // namespace anchoko
