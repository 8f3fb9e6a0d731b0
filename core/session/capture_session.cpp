#include "core/session/capture_session.h"

#include <filesystem>

#include "core/base/file.h"
#include "core/session/minder.h"
#include "core/session/provenance.h"

namespace anchoko::session {
namespace {

constexpr std::chrono::seconds step_limit{10};
constexpr int interrupt_status = 130;  // 128 + SIGINT: a tool that lets the signal end it

Result<void> run_steps(CommandRunner& runner, const CapturePlan& plan, StepKind kind) {
  for (const auto& step : plan.steps) {
    if (step.kind != kind) continue;
    const auto words = step.argv();
    if (words.empty()) continue;
    const auto output = runner.run(words, step_limit);
    if (!output) return fail(output.error());
    if (output->exit_status == 0) continue;
    std::string said = output->err.substr(0, output->err.find('\n'));
    if (said.empty()) said = words.front() + " ended with status " + std::to_string(output->exit_status);
    return fail(ErrorKind::failed, step.purpose + ": " + said);
  }
  return {};
}

Result<void> write_files(const CapturePlan& plan) {
  for (const auto& file : plan.files) {
    auto output = create_output(file.path, Overwrite::no);
    if (!output) return fail(output.error());
    if (auto written = (*output)->write(std::as_bytes(std::span(file.content))); !written) return written;
    if (auto done = (*output)->commit(); !done) return done;
  }
  return {};
}

bool exists(const std::string& path) {
  std::error_code problem;
  return !path.empty() && std::filesystem::exists(path, problem);
}

// The error, with what lies on the disk now.
Error naming_native_file(Error error, const CaptureRequest& request) {
  if (!exists(request.plan.native_file)) return error;
  const std::string kept = "the native file is kept: " + request.plan.native_file;
  if (error.hint.find(request.plan.native_file) == std::string::npos) {
    error.hint += (error.hint.empty() ? "" : "; ") + kept;
  }
  return error;
}

// Nothing was captured: what we made goes again. Its failure matters less than the error that led here.
Error cleaned_up(CommandRunner& runner, const CapturePlan& plan, Error error) {
  if (auto cleaned = run_steps(runner, plan, StepKind::clean); !cleaned) {
    error.hint += (error.hint.empty() ? "" : "; ") + plan.folder + " is left: " + cleaned.error().message;
  }
  return error;
}

// Once it listens a tool has made its file; one that has not lost nothing that we could find.
Error no_file_error(const CapturePlan& plan, const Minded& minded) {
  const auto& said = minded.messages;
  return make_error(said.failure.value_or(ErrorKind::failed),
                    plan.backend + " ended with status " + std::to_string(minded.exit_status) +
                        " and left no file" +
                        (said.complaints.empty() ? std::string() : ": " + said.complaints.back()),
                    said.hint);
}

// Why the file is as it is, only the tool may have said.
Error naming_last_words(Error error, const CapturePlan& plan, const Minded& minded) {
  if (minded.messages.complaints.empty()) return error;
  error.hint +=
      (error.hint.empty() ? "" : "; ") + plan.backend + " said: " + minded.messages.complaints.back();
  return error;
}

void judge_end(const CapturePlan& plan, const Minded& minded, CaptureOutcome& outcome) {
  const int status = minded.exit_status;
  const bool good = status == 0 || (plan.duration_status != 0 && status == plan.duration_status) ||
                    (minded.interrupted && status == interrupt_status);
  if (good) return;
  const auto& said = minded.messages.complaints;
  outcome.incomplete.push_back(plan.backend + " ended with status " + std::to_string(status) +
                               (said.empty() ? "" : ": " + said.back()));
}

// Native tools do not notice a full disk; the count does.
void compare_counts(const CapturePlan& plan, CaptureOutcome& outcome) {
  const auto& in = outcome.conversion;
  const bool read_on = plan.convert_packets == 0 || in.records_out < plan.convert_packets;
  const std::uint64_t counted = outcome.stats.captured.value_or(0);
  if (!read_on || counted <= in.records_in) return;
  outcome.incomplete.push_back(plan.backend + " counted " + std::to_string(counted) +
                               " packets, its file holds " + std::to_string(in.records_in) +
                               ": the disk may have been full");
}

// Deleted only when its copy is verified and holds all of it.
void settle_native_file(CommandRunner& runner, const CaptureRequest& request, CaptureOutcome& outcome) {
  const CapturePlan& plan = request.plan;
  outcome.native_file = plan.native_file;
  if (request.keep_native || !outcome.conversion.verified || outcome.conversion.loss.damage_count > 0) return;
  if (auto cleaned = run_steps(runner, plan, StepKind::clean); !cleaned) {
    outcome.complaints.push_back(plan.folder + " is left: " + cleaned.error().message);
  }
  if (!exists(plan.native_file)) outcome.native_file.clear();
}

template <typename T>
Json value_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json(const CaptureStats& stats) {
  return Json::object()
      .set("captured", value_or_null(stats.captured))
      .set("received_by_filter", value_or_null(stats.received_by_filter))
      .set("dropped_by_kernel", value_or_null(stats.dropped_by_kernel))
      .set("dropped_by_interface", value_or_null(stats.dropped_by_interface));
}

}  // namespace

bool CaptureOutcome::partial() const {
  return !incomplete.empty() || stats.dropped_by_kernel.value_or(0) > 0 ||
         stats.dropped_by_interface.value_or(0) > 0 || conversion.loss.partial();
}

Result<CaptureOutcome> run(const Backend& backend, CommandRunner& runner, const Clock& clock,
                           const CaptureRequest& request) {
  const CapturePlan& plan = request.plan;
  if (!plan.can_run) return fail(ErrorKind::unavailable, plan.cannot_run);
  if (auto prepared = run_steps(runner, plan, StepKind::prepare); !prepared) return fail(prepared.error());
  if (auto written = write_files(plan); !written) return fail(cleaned_up(runner, plan, written.error()));

  Minder minder(backend, runner, clock, request);
  if (auto started = minder.start(); !started) {
    return fail(minder.left_running() ? started.error() : cleaned_up(runner, plan, started.error()));
  }
  const auto minded = minder.mind();
  if (!minded) return fail(naming_native_file(minded.error(), request));

  if (!exists(plan.native_file)) return fail(cleaned_up(runner, plan, no_file_error(plan, *minded)));

  auto converted = convert::run(conversion_of(request, *minded));
  if (!converted) {
    return fail(naming_native_file(naming_last_words(converted.error(), plan, *minded), request));
  }

  CaptureOutcome outcome;
  outcome.stats = minded->messages.stats;
  outcome.complaints = minded->messages.complaints;
  outcome.ended_by = minded->ended_by;
  outcome.duration = minded->duration;
  outcome.conversion = std::move(*converted);
  judge_end(plan, *minded, outcome);
  compare_counts(plan, outcome);
  settle_native_file(runner, request, outcome);
  if (outcome.conversion.records_out == 0) {
    outcome.suspicious = true;
    outcome.reasons = reasons_for_nothing(request, outcome);
  }
  return outcome;
}

Json to_json(const CaptureOutcome& outcome) {
  return Json::object()
      .set("stats", to_json(outcome.stats))
      .set("conversion", convert::to_json(outcome.conversion))
      .set("native_file", outcome.native_file)
      .set("complaints", Json::list(outcome.complaints))
      .set("ended_by", outcome.ended_by)
      .set("partial", outcome.partial())
      .set("incomplete", Json::list(outcome.incomplete))
      .set("duration_ms", outcome.duration.count())
      .set("suspicious", outcome.suspicious)
      .set("reasons", Json::list(outcome.reasons));
}

}  // namespace anchoko::session
