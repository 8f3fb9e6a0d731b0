#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/base/file_lock.h"

namespace anchoko {
namespace {

class DescriptorLock final : public FileLock {
 public:
  explicit DescriptorLock(int descriptor) : descriptor_(descriptor) {}
  ~DescriptorLock() override { ::close(descriptor_); }
  DescriptorLock(const DescriptorLock&) = delete;
  DescriptorLock& operator=(const DescriptorLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace

Result<std::unique_ptr<FileLock>> try_lock(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0)
    return fail(ErrorKind::failed, path.string() + ": " + std::generic_category().message(errno));
  auto lock = std::make_unique<DescriptorLock>(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return std::unique_ptr<FileLock>(std::move(lock));
  if (errno == EWOULDBLOCK) return std::unique_ptr<FileLock>();
  return fail(ErrorKind::failed,
              path.string() + " cannot be locked: " + std::generic_category().message(errno));
}

}  // namespace anchoko
