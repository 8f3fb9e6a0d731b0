// A thread that only makes things faster.
#pragma once

#include <system_error>
#include <thread>
#include <utility>

namespace anchoko {

// False where the system has no thread left (RLIMIT_NPROC, memory for its stack): the caller does the work
// itself then.
template <typename Work>
bool start_spare(std::thread& thread, Work&& work) {
  try {
    thread = std::thread(std::forward<Work>(work));
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace anchoko
