// Minds a native tool from its start to its end: limits that the tool does not keep itself, and requests to
// stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/backend/backend.h"
#include "core/base/clock.h"
#include "core/exec/command_runner.h"
#include "core/session/capture_session.h"

namespace anchoko::session {

// Time as it passed while we looked. A wall clock that is set, or a machine that slept, adds at most a
// little.
class Stopwatch {
 public:
  explicit Stopwatch(const Clock& clock) : clock_(clock), last_(clock.now()) {}
  std::chrono::milliseconds elapsed();

 private:
  const Clock& clock_;
  std::chrono::system_clock::time_point last_;
  std::chrono::system_clock::duration total_{0};
};

struct Minded {
  Backend::ToolMessages messages;
  int exit_status = 0;
  bool interrupted = false;  // by us
  std::string ended_by;      // as CaptureOutcome::ended_by
  std::chrono::milliseconds duration{0};
  std::int64_t start_ns = 0;  // since 1970-01-01 UTC
  std::int64_t end_ns = 0;
};

class Minder {
 public:
  Minder(const Backend& backend, CommandRunner& runner, const Clock& clock, const CaptureRequest& request)
      : backend_(backend), runner_(runner), clock_(clock), request_(request), plan_(request.plan) {}

  // Starts the tool and waits until it says that it captures. On an error it has ended, unless
  // left_running().
  Result<void> start();
  // Returns when it has ended. Error: it does not end; it was left as it is.
  Result<Minded> mind();

  bool left_running() const { return left_running_; }

 private:
  enum class Ended { yes, no };
  Backend::ToolMessages messages() const;
  Error start_error(int exit_status) const;
  bool stop_requested() const { return request_.stop_requested && request_.stop_requested(); }
  std::uint64_t native_bytes() const;
  std::string limit_reached(std::chrono::milliseconds elapsed) const;
  void report(std::chrono::milliseconds elapsed);
  Ended wait_for_end(std::chrono::milliseconds limit);
  Ended end_in_order();
  Error does_not_end();
  std::string ended_by(int exit_status, const std::string& asked) const;

  const Backend& backend_;
  CommandRunner& runner_;
  const Clock& clock_;
  const CaptureRequest& request_;
  const CapturePlan& plan_;
  std::unique_ptr<RunningCommand> command_;
  std::chrono::milliseconds last_report_{-1000};
  bool left_running_ = false;
};

}  // namespace anchoko::session
