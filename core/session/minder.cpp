#include "core/session/minder.h"

#include <algorithm>
#include <filesystem>

#include "core/base/file.h"

namespace anchoko::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds start_step{20};
constexpr milliseconds watch_step{50};
constexpr milliseconds report_step{200};
constexpr seconds start_limit{10};      // from the start to the line that says it captures
constexpr seconds interrupt_limit{10};  // then it is told to end
constexpr seconds terminate_limit{5};   // then we give up; it is never killed, for its file would be cut
constexpr seconds duration_grace{10};   // beyond the duration, should its own timer fail
constexpr seconds longest_gap{5};

std::int64_t nanoseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

milliseconds Stopwatch::elapsed() {
  const auto now = clock_.now();
  total_ += std::clamp<std::chrono::system_clock::duration>(now - last_, seconds(0), longest_gap);
  last_ = now;
  return std::chrono::duration_cast<milliseconds>(total_);
}

Backend::ToolMessages Minder::messages() const {
  const auto text = read_text_file(plan_.messages_file);
  return backend_.read_messages(text ? *text : std::string());
}

Error Minder::start_error(int exit_status) const {
  const auto said = messages();
  if (plan_.duration_status != 0 && exit_status == plan_.duration_status && said.complaints.empty()) {
    return make_error(ErrorKind::failed,
                      "the duration was over before " + plan_.backend + " began to capture",
                      "a long filter takes it a while: ask for a longer duration");
  }
  const std::string what = said.complaints.empty()
                               ? "ended with status " + std::to_string(exit_status) + " without a message"
                               : said.complaints.front();
  return make_error(said.failure.value_or(ErrorKind::failed),
                    plan_.backend + " did not start capturing: " + what, said.hint);
}

Error Minder::does_not_end() {
  left_running_ = true;
  return make_error(
      ErrorKind::failed,
      plan_.backend + " (process " + std::to_string(command_->pid()) + ") does not end when it is asked to",
      "its file is " + plan_.native_file);
}

Result<void> Minder::start() {
  const PlanStep* step = plan_.step(StepKind::start);
  if (step == nullptr) return fail(ErrorKind::failed, "the plan has no start step");
  auto command = runner_.start(step->argv(), plan_.messages_file);
  if (!command) return fail(command.error());
  command_ = std::move(*command);
  for (Stopwatch watch(clock_); watch.elapsed() < start_limit; clock_.sleep(start_step)) {
    const auto status = command_->poll();  // first: what it said before it ended is then complete
    if (messages().started) return {};
    if (status) return fail(start_error(*status));
    if (stop_requested()) {
      if (end_in_order() == Ended::no) return fail(does_not_end());
      return fail(ErrorKind::interrupted, "stopped before " + plan_.backend + " captured anything");
    }
  }
  if (end_in_order() == Ended::no) return fail(does_not_end());
  return fail(ErrorKind::failed,
              plan_.backend + " did not begin to capture within " + human_duration(start_limit));
}

Result<Minded> Minder::mind() {
  Minded result;
  result.start_ns = nanoseconds(clock_.now());
  if (request_.started) request_.started();
  std::string asked;
  std::optional<int> status;
  Stopwatch watch(clock_);
  while (!(status = command_->poll())) {
    const milliseconds elapsed = watch.elapsed();
    report(elapsed);
    asked = stop_requested() ? "request" : limit_reached(elapsed);
    if (!asked.empty()) {
      result.interrupted = true;
      if (end_in_order() == Ended::no) return fail(does_not_end());
      status = command_->poll();
      break;
    }
    clock_.sleep(watch_step);
  }
  result.exit_status = status.value_or(0);
  result.duration = watch.elapsed();
  result.end_ns = nanoseconds(clock_.now());
  result.messages = messages();
  result.ended_by = ended_by(result.exit_status, asked);
  return result;
}

std::string Minder::ended_by(int exit_status, const std::string& asked) const {
  if (!asked.empty()) return asked;
  if (plan_.duration_status != 0 && exit_status == plan_.duration_status) return "duration";
  const bool counts = plan_.asked.packets > 0 && plan_.convert_packets == 0;
  return counts && exit_status == 0 ? "packets" : "tool";
}

std::uint64_t Minder::native_bytes() const {
  std::error_code problem;
  const auto size = std::filesystem::file_size(plan_.native_file, problem);
  return problem ? 0 : size;
}

std::string Minder::limit_reached(milliseconds elapsed) const {
  const Limits& limits = plan_.asked;
  if (limits.max_size > 0 && native_bytes() >= limits.max_size) return "max_size";
  if (limits.min_free > 0) {
    std::error_code problem;
    const auto space = std::filesystem::space(plan_.folder, problem);
    if (!problem && space.available < limits.min_free) return "min_free";
  }
  const bool overdue = limits.duration.count() > 0 && elapsed > limits.duration + duration_grace;
  return overdue ? "duration" : "";
}

void Minder::report(milliseconds elapsed) {
  if (!request_.progress || elapsed - last_report_ < report_step) return;
  last_report_ = elapsed;
  CaptureProgress progress;
  progress.elapsed = elapsed;
  if (plan_.asked.duration.count() > 0)
    progress.left = std::max(plan_.asked.duration - elapsed, milliseconds(1));
  progress.native_bytes = native_bytes();
  request_.progress(progress);
}

Minder::Ended Minder::wait_for_end(milliseconds limit) {
  for (Stopwatch watch(clock_); watch.elapsed() < limit; clock_.sleep(start_step)) {
    if (command_->poll()) return Ended::yes;
  }
  return command_->poll() ? Ended::yes : Ended::no;
}

Minder::Ended Minder::end_in_order() {
  // A signal that cannot be sent shows as a command that does not end.
  (void)command_->interrupt();
  if (wait_for_end(interrupt_limit) == Ended::yes) return Ended::yes;
  (void)command_->terminate();
  return wait_for_end(terminate_limit);
}

}  // namespace anchoko::session
