#include "cli/session_report.h"

#include <filesystem>

#include "cli/render/outcome.h"
#include "cli/render/table.h"
#include "core/base/file.h"

namespace anchoko::cli {

int report_outcome(Context& context, const session::SessionRecord& record,
                   const session::CaptureOutcome& outcome, bool expect_packets, const std::string& reason) {
  const Messages& messages = context.messages;
  for (const auto& complaint : outcome.complaints)
    messages.warning(record.plan.backend + " says: " + complaint);
  for (const auto& note : damage_notes(outcome.conversion.loss, 5)) messages.warning(note);
  const auto missing = shortfalls(outcome, expect_packets);
  for (const auto& one : missing) messages.warning(one);
  if (outcome.suspicious) {
    messages.warning("no packets were captured");
    for (const auto& one : outcome.reasons) messages.warning("a likely reason: " + one);
  }
  const int status = missing.empty() ? 0 : exit_status(ErrorKind::partial);
  if (record.output == "-") return status;  // stdout is the capture itself
  if (context.common.json) {
    Json json = Json::object();
    json.set("output", shown_path(record.output));
    json.set("exit_status", status);
    json.set("shortfalls", Json::list(missing));
    if (!reason.empty()) json.set("backend_reason", reason);
    json.set("outcome", session::to_json(outcome));
    json.set("session", record.plan.session_id);
    json.set("plan", to_json(record.plan));
    context.print(json);
  } else if (context.common.quiet) {
    context.print(shown_path(record.output) + "\n");
  } else {
    context.print(render(summary(outcome, record.plan, shown_path(record.output)), context.output_width,
                         context.output_color));
  }
  return status;
}

std::string place_of(const session::SessionRecord& record) {
  return record.plan.interface + (record.remote() ? " of " + record.target.destination : "");
}

std::string shown_path(const std::string& path) {
  std::error_code problem;
  const auto here = std::filesystem::current_path(problem);
  if (problem || here.empty()) return path;
  const std::string start = utf8(here / "");
  return path.size() > start.size() && path.starts_with(start) ? path.substr(start.size()) : path;
}

Result<session::SessionJournal> open_journal() {
  auto folder = session::default_journal_folder();
  if (!folder) return fail(folder.error());
  return session::SessionJournal(std::move(*folder));
}

}  // namespace anchoko::cli
