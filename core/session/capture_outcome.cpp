#include "core/session/capture_outcome.h"

#include <algorithm>

#include "core/session/provenance.h"

namespace anchoko::session {
namespace {

constexpr int interrupt_status = 130;  // 128 + SIGINT: a tool that lets the signal end it

void judge_end(const CapturePlan& plan, const CaptureEnd& end, CaptureOutcome& outcome) {
  const auto& said = end.messages.complaints;
  if (end.ended_by == "lost") {
    outcome.incomplete.push_back(plan.backend + " and its keeper were ended from outside");
    return;
  }
  if (!end.exit_status) return;  // it was asked to end, and did
  const bool asked = end.ended_by != "tool" && end.ended_by != "packets";
  if (end.ended_by == "tool" && *end.exit_status == 0) {
    outcome.incomplete.push_back(plan.backend + " ended by itself before its time" +
                                 (said.empty() ? "" : ": " + said.back()));
    return;
  }
  if (*end.exit_status == 0 || (asked && *end.exit_status == interrupt_status)) return;
  outcome.incomplete.push_back(plan.backend + " ended with status " + std::to_string(*end.exit_status) +
                               (said.empty() ? "" : ": " + said.back()));
}

// Native tools do not notice a full disk; the count does. A ring overwrites too, but not before all of its
// files are there.
void compare_counts(const CapturePlan& plan, const CaptureEnd& end, CaptureOutcome& outcome) {
  const auto& in = outcome.conversion;
  const bool read_on = plan.convert_packets == 0 || in.records_out < plan.convert_packets;
  if (!read_on || !outcome.stats.captured) return;
  const std::uint64_t counted = *outcome.stats.captured;
  if (plan.asked.files > 1 && end.native_files >= plan.asked.files) {
    outcome.overwritten = counted - std::min(counted, in.records_in);
    return;
  }
  if (counted <= in.records_in) return;
  outcome.incomplete.push_back(plan.backend + " counted " + std::to_string(counted) +
                               " packets, its file holds " + std::to_string(in.records_in) +
                               ": the disk may have been full");
}

Json to_json(const CaptureStats& stats) {
  return Json::object()
      .set("captured", stats.captured)
      .set("received_by_filter", stats.received_by_filter)
      .set("dropped_by_kernel", stats.dropped_by_kernel)
      .set("dropped_by_interface", stats.dropped_by_interface);
}

}  // namespace

bool CaptureOutcome::partial() const {
  return !incomplete.empty() || stats.dropped_by_kernel.value_or(0) > 0 ||
         stats.dropped_by_interface.value_or(0) > 0 || conversion.loss.partial();
}

std::string ended_by(const CapturePlan& plan, const KeeperReport& report) {
  if (report.phase != "ended") return "lost";
  if (report.reason != "tool") return report.reason;
  const bool counts = plan.asked.packets > 0 && plan.convert_packets == 0;
  return counts && report.exit_status == 0 ? "packets" : "tool";
}

CaptureEnd end_of(const Backend& backend, const SessionRecord& session, const KeeperReport& report,
                  std::int64_t now_ns) {
  CaptureEnd end;
  end.messages = backend.read_messages(report.messages);
  end.exit_status = report.exit_status;
  end.ended_by = ended_by(session.plan, report);
  end.start_ns = session.begun_ns();
  // Of one that was ended from outside the keeper tells when it last knew of it.
  const bool seen = end.ended_by != "lost";
  end.end_ns = std::max(report.at_ns.value_or(seen ? now_ns : end.start_ns), end.start_ns);
  end.native_files = report.files.size();
  end.duration = std::chrono::milliseconds((end.end_ns - end.start_ns) / 1'000'000);
  return end;
}

CaptureOutcome judge(const SessionRecord& session, const CaptureEnd& end, convert::Outcome conversion) {
  CaptureOutcome outcome;
  outcome.stats = end.messages.stats;
  outcome.complaints = end.messages.complaints;
  outcome.ended_by = end.ended_by;
  outcome.duration = end.duration;
  outcome.conversion = std::move(conversion);
  // Some tools say nothing at their end: their files tell.
  if (!outcome.stats.dropped_by_kernel) outcome.stats.dropped_by_kernel = outcome.conversion.dropped_by_os;
  // Nobody saw when it ended: not before its last packet.
  if (const auto last = outcome.conversion.last_ns; last && end.ended_by == "lost")
    outcome.duration =
        std::max(outcome.duration, std::chrono::milliseconds((*last - end.start_ns) / 1'000'000));
  judge_end(session.plan, end, outcome);
  compare_counts(session.plan, end, outcome);
  if (outcome.conversion.records_out == 0) {
    outcome.suspicious = true;
    outcome.reasons = reasons_for_nothing(session, outcome);
  }
  return outcome;
}

Json to_json(const CaptureOutcome& outcome) {
  return Json::object()
      .set("stats", to_json(outcome.stats))
      .set("conversion", convert::to_json(outcome.conversion))
      .set("overwritten", outcome.overwritten)
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
