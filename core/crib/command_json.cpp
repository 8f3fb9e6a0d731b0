#include "core/crib/explain_command.h"

namespace anchoko::crib {
namespace {

Json both(const BilingualText& text) {
  return Json::object().set("en", text.en).set("ja", text.ja);
}

const char* role_word(TokenRole role) {
  switch (role) {
    case TokenRole::prefix:
      return "prefix";
    case TokenRole::program:
      return "program";
    case TokenRole::option:
      return "option";
    case TokenRole::end_of_options:
      return "end-of-options";
    case TokenRole::filter:
      return "filter";
    case TokenRole::unread:
      return "unread";
  }
  return "unread";
}

const char* activity_word(CommandActivity activity) {
  switch (activity) {
    case CommandActivity::capture:
      return "capture";
    case CommandActivity::read:
      return "read";
    case CommandActivity::list_interfaces:
      return "list-interfaces";
    case CommandActivity::list_link_types:
      return "list-link-types";
    case CommandActivity::list_time_sources:
      return "list-time-sources";
    case CommandActivity::show_filter_code:
      return "show-filter-code";
    case CommandActivity::show_version:
      return "show-version";
    case CommandActivity::show_help:
      return "show-help";
    case CommandActivity::show_status:
      return "show-status";
    case CommandActivity::stop_capture:
      return "stop-capture";
    case CommandActivity::set_up:
      return "set-up";
  }
  return "capture";
}

Json to_json(const ExplainedPiece& piece, bool placed) {
  Json json = Json::object().set("text", piece.text);
  if (placed) {
    json.set("role", role_word(piece.role))
        .set("column", piece.where.begin + 1)
        .set("length", piece.where.end - piece.where.begin);
  }
  if (!piece.id.empty()) json.set("id", piece.id).set("since", piece.since);
  json.set("meaning", both(piece.meaning));
  if (!piece.elsewhere.empty()) {
    Json elsewhere = Json::object();
    for (const auto& one : piece.elsewhere) elsewhere.set(one.system, both(one.text));
    json.set("elsewhere", std::move(elsewhere));
  }
  return json;
}

Json to_json(const CommandModel& m) {
  Json other = Json::array();
  for (const auto& use : m.other) other.add(Json::object().set("id", use.id).set("value", use.value));
  const char* direction = m.direction == CaptureDirection::both ? "both"
                          : m.direction == CaptureDirection::in ? "in"
                                                                : "out";
  return Json::object()
      .set("prefix", Json::list(m.prefix))
      .set("ends_after_ms", m.ends_after.count())
      .set("ended_by", m.ended_by)
      .set("program", m.program)
      .set("activity", activity_word(m.activity))
      .set("interface", m.interface)
      .set("read_file", m.read_file)
      .set("read_list", m.read_list)
      .set("snaplen", m.snaplen ? Json(*m.snaplen) : Json())
      .set("promiscuous", m.promiscuous)
      .set("monitor_mode", m.monitor_mode)
      .set("packets", m.packets)
      .set("write_file", m.write_file)
      .set("rotation", Json::object()
                           .set("bytes", m.rotation.bytes)
                           .set("seconds", m.rotation.seconds)
                           .set("files", m.rotation.files)
                           .set("ends_after_files", m.rotation.ends_after_files)
                           .set("command", m.rotation.command))
      .set("direction", direction)
      .set("buffer_kib", m.buffer_kib)
      .set("link_type", m.link_type)
      .set("time_source", m.time_source)
      .set("nanoseconds", m.nanoseconds)
      .set("immediate", m.immediate)
      .set("flush_each_packet", m.flush_each_packet)
      .set("optimise", m.optimise)
      .set("user", m.user)
      .set("filter", m.filter_text)
      .set("filter_file", m.filter_file)
      .set("other", std::move(other));
}

}  // namespace

Json to_json(const CommandExplanation& explanation, const CommandModel& model) {
  Json pieces = Json::array();
  for (const auto& piece : explanation.pieces) pieces.add(to_json(piece, true));
  Json absent = Json::array();
  for (const auto& piece : explanation.absent) absent.add(to_json(piece, false));
  Json problems = Json::array();
  for (const auto& problem : explanation.problems) {
    problems.add(Json::object()
                     .set("id", problem.id)
                     .set("severity", severity_word(problem.severity))
                     .set("column", problem.where.begin + 1)
                     .set("length", problem.where.end - problem.where.begin)
                     .set("text", both(problem.text))
                     .set("hint", both(problem.hint)));
  }
  Json hazards = Json::array();
  for (const auto& hazard : explanation.hazards) {
    hazards.add(Json::object()
                    .set("id", hazard.id)
                    .set("severity", hazard.severity == HazardSeverity::high ? "high" : "low")
                    .set("text", both({hazard.text_en, hazard.text_ja}))
                    .set("when", hazard.when)
                    .set("source", hazard.source));
  }
  return Json::object()
      .set("tool", explanation.tool)
      .set("command", explanation.line)
      .set("summary", both(explanation.summary))
      .set("pieces", std::move(pieces))
      .set("absent", std::move(absent))
      .set("filter", explanation.filter ? to_json(*explanation.filter) : Json())
      .set("problems", std::move(problems))
      .set("hazards", std::move(hazards))
      .set("model", to_json(model))
      .set("equivalent", Json::list(explanation.equivalent));
}

}  // namespace anchoko::crib
