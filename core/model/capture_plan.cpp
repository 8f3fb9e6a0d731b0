#include "core/model/capture_plan.h"

#include "core/filter/printer.h"

namespace anchoko {
namespace {

const char* to_string(HazardSeverity severity) {
  return severity == HazardSeverity::high ? "high" : "low";
}

Json to_json(const LoweredFilter& lowered) {
  Json notes = Json::array();
  for (const auto& note : lowered.notes) {
    notes.add(Json::object().set("part", note.part).set("reason", note.reason).set("assume", note.assume));
  }
  return Json::object()
      .set("wanted", filter_json(lowered.wanted))
      .set("reading", lowered.reading == filter::Reading::capture ? "capture" : "file")
      .set("pushed", filter_json(lowered.pushed))
      .set("native_words", Json::list(lowered.native_words))
      .set("residual", filter_json(lowered.residual))
      .set("exact", lowered.exact())
      .set("notes", std::move(notes));
}

Json to_json(const PlanStep& step) {
  Json command = Json::array();
  for (const auto& part : step.command) {
    command.add(Json::object().set("words", Json::list(part.words)).set("meaning", part.meaning));
  }
  return Json::object()
      .set("kind", to_string(step.kind))
      .set("purpose", step.purpose)
      .set("argv", Json::list(step.argv()))
      .set("command", std::move(command))
      .set("note", step.note);
}

Json to_json(const Hazard& hazard) {
  return Json::object()
      .set("id", hazard.id)
      .set("severity", to_string(hazard.severity))
      .set("text_en", hazard.text_en)
      .set("text_ja", hazard.text_ja)
      .set("source", hazard.source)
      .set("when", hazard.when);
}

Json to_json(const PlanFile& file) {
  return Json::object().set("path", file.path).set("content", file.content).set("purpose", file.purpose);
}

Json to_json(const LimitPlan& limit) {
  return Json::object()
      .set("limit", limit.limit)
      .set("value", limit.value)
      .set("keeping", to_string(limit.keeping))
      .set("how", limit.how);
}

Json to_json(const Limits& limits) {
  return Json::object()
      .set("duration_ms", limits.duration.count())
      .set("max_size", limits.max_size)
      .set("files", limits.files)
      .set("packets", limits.packets)
      .set("min_free", limits.min_free);
}

Json to_json(const KeeperSettings& keeper) {
  return Json::object()
      .set("shell", keeper.shell)
      .set("fractional_sleep", keeper.fractional_sleep)
      .set("stop_signal", keeper.stop_signal)
      .set("settle_seconds", keeper.settle_seconds)
      .set("report_signal", keeper.report_signal)
      .set("ready_text", keeper.ready_text)
      .set("hard_file_bytes", keeper.hard_file_bytes);
}

template <typename T>
Json list_of(const std::vector<T>& items) {
  Json array = Json::array();
  for (const auto& item : items) array.add(to_json(item));
  return array;
}

}  // namespace

std::vector<std::string> PlanStep::argv() const {
  std::vector<std::string> words;
  for (const auto& part : command) words.insert(words.end(), part.words.begin(), part.words.end());
  return words;
}

const PlanStep* CapturePlan::step(StepKind kind) const {
  for (const auto& one : steps) {
    if (one.kind == kind) return &one;
  }
  return nullptr;
}

Json filter_json(const filter::FilterExpr& expr) {
  if (expr->kind == filter::NodeKind::none) return nullptr;
  return filter::print(expr);
}

Json to_json(const CapturePlan& plan) {
  return Json::object()
      .set("schema", "anchoko-plan/1")
      .set("backend", plan.backend)
      .set("os", plan.os)
      .set("host", plan.host)
      .set("session_id", plan.session_id)
      .set("interface", plan.interface)
      .set("link_type", plan.link_type)
      .set("folder", plan.folder)
      .set("native_file", plan.native_file)
      .set("messages_file", plan.messages_file)
      .set("filter", to_json(plan.filter))
      .set("native_snaplen", plan.native_snaplen)
      .set("convert_snaplen", plan.convert_snaplen)
      .set("convert_packets", plan.convert_packets)
      .set("limits", list_of(plan.limits))
      .set("asked", to_json(plan.asked))
      .set("keeper", to_json(plan.keeper))
      .set("files", list_of(plan.files))
      .set("steps", list_of(plan.steps))
      .set("hazards", list_of(plan.hazards))
      .set("warnings", Json::list(plan.warnings))
      .set("can_run", plan.can_run)
      .set("cannot_run", plan.cannot_run);
}

const char* to_string(StepKind kind) {
  switch (kind) {
    case StepKind::prepare:
      return "prepare";
    case StepKind::start:
      return "start";
    case StepKind::status:
      return "status";
    case StepKind::stop:
      return "stop";
    case StepKind::collect:
      return "collect";
    case StepKind::clean:
      return "clean";
  }
  return "";
}

const char* to_string(LimitKeeping keeping) {
  switch (keeping) {
    case LimitKeeping::native:
      return "native";
    case LimitKeeping::kept:
      return "kept";
    case LimitKeeping::bounded:
      return "bounded";
    case LimitKeeping::refused:
      return "refused";
  }
  return "";
}

}  // namespace anchoko
