#include "cli/session_id.h"

#include <chrono>
#include <random>

#include "core/base/clock.h"
#include "core/plan/planner.h"

namespace anchoko::cli {

std::string fresh_session_id() {
  const auto since_epoch = system_clock().now().time_since_epoch();
  std::random_device device;
  return plan::new_session_id(std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count(),
                              device());
}

}  // namespace anchoko::cli
