// A clock that moves only when somebody sleeps.
#pragma once

#include <functional>

#include "core/base/clock.h"

namespace anchoko::testing {

class FakeClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return now_; }
  void sleep(std::chrono::milliseconds duration) const override {
    now_ += duration;
    if (on_sleep) on_sleep();
  }
  std::chrono::milliseconds since_start() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - start());
  }
  void jump(std::chrono::milliseconds by) const { now_ += by; }

  mutable std::function<void()> on_sleep;

 private:
  static std::chrono::system_clock::time_point start() {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000));
  }
  mutable std::chrono::system_clock::time_point now_ = start();
};

}  // namespace anchoko::testing
