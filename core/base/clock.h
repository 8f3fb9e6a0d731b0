// Time as the program sees it; a fake one in tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace anchoko {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::system_clock::time_point now() const = 0;
  virtual void sleep(std::chrono::milliseconds duration) const = 0;
};

const Clock& system_clock();

// Nanoseconds since 1970-01-01 UTC as "2026-01-31T12:00:00.123456789Z".
std::string iso_time(std::int64_t nanoseconds);

// "1h 2m", "45s", "1.5s": short and readable.
std::string human_duration(std::chrono::milliseconds duration);
// "1.4 MiB", "312 B".
std::string human_size(std::uint64_t bytes);

}  // namespace anchoko
