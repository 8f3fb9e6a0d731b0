#include "core/base/clock.h"

#include <array>
#include <cstdio>
#include <thread>

namespace anchoko {
namespace {

class RealClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::now(); }
  void sleep(std::chrono::milliseconds duration) const override { std::this_thread::sleep_for(duration); }
};

}  // namespace

const Clock& system_clock() {
  static const RealClock clock;
  return clock;
}

std::string iso_time(std::int64_t nanoseconds) {
  using namespace std::chrono;
  constexpr std::int64_t second = 1'000'000'000;
  std::int64_t whole = nanoseconds / second;
  std::int64_t part = nanoseconds % second;
  if (part < 0) {
    part += second;
    --whole;
  }
  const sys_seconds time{seconds{whole}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<long long>(part));
  return text.data();
}

std::string human_duration(std::chrono::milliseconds duration) {
  const auto total = duration.count();
  if (total < 1000) return std::to_string(total) + "ms";
  const auto tenths = total % 1000 / 100;
  const auto seconds = total / 1000;
  if (seconds < 60) return std::to_string(seconds) + (tenths != 0 ? "." + std::to_string(tenths) : "") + "s";
  const auto minutes = seconds / 60;
  if (minutes < 60)
    return std::to_string(minutes) + "m" +
           (seconds % 60 != 0 ? " " + std::to_string(seconds % 60) + "s" : "");
  return std::to_string(minutes / 60) + "h" +
         (minutes % 60 != 0 ? " " + std::to_string(minutes % 60) + "m" : "");
}

std::string human_size(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  static constexpr std::array<const char*, 5> units{"KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  const bool whole = value == static_cast<double>(static_cast<std::uint64_t>(value));
  std::snprintf(text.data(), text.size(), whole ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text.data();
}

}  // namespace anchoko
