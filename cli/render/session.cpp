#include "cli/render/session.h"

#include "cli/render/text.h"
#include "core/base/clock.h"
#include "core/filter/printer.h"

namespace anchoko::cli {
namespace {

// Whole seconds: tenths that come and go make a line tremble.
std::string whole_seconds(std::chrono::milliseconds duration) {
  const auto whole =
      std::chrono::duration_cast<std::chrono::seconds>(duration + std::chrono::milliseconds(500));
  return whole.count() == 0 ? "0s" : human_duration(whole);
}

std::string count_or_dash(const std::optional<std::uint64_t>& count) {
  return count ? group_digits(*count) : "-";
}

std::optional<std::uint64_t> dropped(const CaptureStats& stats) {
  if (!stats.dropped_by_kernel && !stats.dropped_by_interface) return std::nullopt;
  return stats.dropped_by_kernel.value_or(0) + stats.dropped_by_interface.value_or(0);
}

constexpr std::size_t longest_what = 32;  // columns

bool running(session::State state) {
  return state == session::State::capturing || state == session::State::starting;
}

}  // namespace

std::string live_text(const session::LiveState& now) {
  std::string text = now.elapsed ? whole_seconds(*now.elapsed) : "-";
  if (now.left.count() > 0) text += ", " + whole_seconds(now.left) + " left";
  text += ", " + human_size(now.report.native_bytes());
  if (now.stats.captured) text += ", " + counted(*now.stats.captured, "packet");
  if (dropped(now.stats).value_or(0) > 0) text += ", " + group_digits(*dropped(now.stats)) + " dropped";
  return text;
}

Table session_table(const std::vector<SessionView>& views) {
  Table table;
  // The id is there to be copied.
  table.columns = {{"session", Align::left, true},
                   {"state"},
                   {"on"},
                   {"what"},
                   {"time", Align::right},
                   {"left", Align::right},
                   {"size", Align::right},
                   {"packets", Align::right},
                   {"dropped", Align::right}};
  for (const auto& view : views) {
    if (!view.record || !view.now) {
      table.rows.push_back({view.id, "unknown", "", view.problem});
      continue;
    }
    const session::LiveState& now = *view.now;
    const CapturePlan& plan = view.record->plan;
    std::string state = session::to_string(now.state);
    if (!now.detail.empty()) state += ": " + now.detail;
    std::string what = view.record->profile;  // a long filter would stretch every row; --json has it whole
    if (what.empty())
      what = filter::is_match_all(plan.filter.wanted) ? "everything" : filter::print(plan.filter.wanted);
    what = truncate(what, longest_what);
    const std::string machine = view.record->remote() ? view.record->target.destination + " " : "";
    table.rows.push_back({view.id, state, machine + plan.backend + " " + plan.interface, what,
                          now.elapsed ? whole_seconds(*now.elapsed) : "-",
                          running(now.state) ? whole_seconds(now.left) : "-",
                          human_size(now.report.native_bytes()), count_or_dash(now.stats.captured),
                          count_or_dash(dropped(now.stats))});
  }
  return table;
}

Json to_json(const SessionView& view) {
  Json json = Json::object();
  json.set("session", view.id);
  if (!view.problem.empty()) json.set("problem", view.problem);
  if (view.record) {
    const CapturePlan& plan = view.record->plan;
    json.set("profile", view.record->profile)
        .set("backend", plan.backend)
        .set("host", plan.host)
        .set("target", view.record->remote() ? Json(view.record->target.destination) : Json())
        .set("interface", plan.interface)
        .set("filter", filter_json(plan.filter.wanted))
        .set("folder", plan.folder)
        .set("output", view.record->output)
        .set("started", iso_time(view.record->begun_ns()));
  }
  if (view.now) {
    const session::LiveState& now = *view.now;
    json.set("state", session::to_string(now.state))
        .set("detail", now.detail)
        .set("elapsed_ms", now.elapsed ? Json(now.elapsed->count()) : Json())
        .set("left_ms", now.left.count())
        .set("native_bytes", now.report.native_bytes())
        .set("captured", now.stats.captured)
        .set("dropped_by_kernel", now.stats.dropped_by_kernel)
        .set("dropped_by_interface", now.stats.dropped_by_interface)
        .set("free_bytes", now.report.free_bytes)
        .set("keeper_alive", now.report.keeper_alive)
        .set("watchdog_alive", now.report.watchdog_alive)
        .set("tool_alive", now.report.tool_alive)
        .set("tool_pid", now.report.tool_pid);
  }
  return json;
}

}  // namespace anchoko::cli
