#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "backends/registry.h"
#include "cli/commands/command.h"
#include "cli/render/table.h"
#include "core/backend/backend_choice.h"
#include "core/base/local_system.h"
#include "core/plan/limit_answers.h"

namespace anchoko::cli {
namespace {

// What this machine says about one backend.
struct Health {
  bool system = false;  // the backend is made for this system
  HostFacts facts;
  std::string problem;  // empty: it can capture here
};

Health look(const Backend& backend, const std::string& system, CommandRunner& runner) {
  Health health;
  const auto systems = backend.info().systems;
  health.system = std::find(systems.begin(), systems.end(), system) != systems.end();
  if (!health.system) {
    health.problem = "not a tool of " + system;
    return health;
  }
  if (auto facts = backend.probe(runner); facts) {
    health.facts = std::move(*facts);
    health.problem = obstacle(backend, health.facts);
  } else {
    health.problem = facts.error().message;
  }
  return health;
}

std::string found(const HostFacts& facts) {
  if (facts.tool.empty()) return "-";
  std::string text = facts.tool_version.empty() ? facts.tool : facts.tool_version;
  if (!facts.tool_library.empty()) text += ", " + facts.tool_library;
  return text;
}

std::string here(const Health& health) {
  if (!health.problem.empty()) return "no: " + health.problem;
  return health.facts.rights.empty() ? "yes" : "yes: " + health.facts.rights;
}

Json to_json(const Backend& backend, const Health& health) {
  const BackendInfo info = backend.info();
  Json json = Json::object();
  json.set("name", info.name);
  json.set("title", info.title);
  json.set("systems", Json::list(info.systems));
  json.set("tool", info.tool);
  Json capabilities = Json::object();
  for (const auto& entry : list(backend.capabilities())) {
    capabilities.set(entry.name, entry.value == "yes"  ? Json(true)
                                 : entry.value == "no" ? Json(false)
                                                       : Json(entry.value));
  }
  json.set("capabilities", std::move(capabilities));
  Json limits = Json::array();
  for (const auto& one : plan::limit_answers(backend)) {
    limits.add(Json(Json::Object{
        {"limit", one.limit}, {"asked", one.asked}, {"keeping", to_string(one.keeping)}, {"how", one.how}}));
  }
  json.set("limits", std::move(limits));
  Json options = Json::array();
  for (const auto& option : backend.options()) {
    options.add(Json(Json::Object{{"key", option.key}, {"type", option.type}, {"help", option.help}}));
  }
  json.set("options", std::move(options));
  Json hazards = Json::array();
  for (const auto& hazard : backend.hazards()) {
    hazards.add(Json(Json::Object{{"id", hazard.id},
                                  {"severity", hazard.severity == HazardSeverity::high ? "high" : "low"},
                                  {"text", hazard.text_en},
                                  {"when", hazard.when},
                                  {"source", hazard.source}}));
  }
  json.set("hazards", std::move(hazards));
  Json facts = Json::array();
  for (const auto& fact : backend.dialect().open_facts())
    facts.add(Json(Json::Object{{"name", fact.name}, {"meaning", fact.meaning}}));
  json.set("open_facts", std::move(facts));
  Json machine = Json::object();
  machine.set("system", health.system);
  machine.set("can_capture", health.problem.empty());
  machine.set("problem", health.problem);
  machine.set("tool", health.facts.tool);
  machine.set("version", health.facts.tool_version);
  machine.set("library", health.facts.tool_library);
  machine.set("rights", health.facts.rights);
  json.set("here", std::move(machine));
  return json;
}

Table overview(const std::vector<std::pair<const Backend*, Health>>& all) {
  Table table{{{"backend"}, {"systems"}, {"tool"}, {"filter"}, {"found"}, {"captures here"}}, {}};
  for (const auto& [backend, health] : all) {
    const BackendInfo info = backend->info();
    table.rows.push_back({info.name, enumerate(info.systems), info.tool, backend->capabilities().filter_shape,
                          found(health.facts), here(health)});
  }
  return table;
}

// One row for each feature, one column for each backend.
Table features(const BackendRegistry& registry) {
  Table table{{{"feature"}}, {}};
  for (const auto& backend : registry.all()) {
    table.columns.push_back({backend->info().name});
    std::size_t row = 0;
    for (const auto& entry : list(backend->capabilities())) {
      if (table.rows.size() <= row) table.rows.push_back({entry.name});
      table.rows[row].push_back(entry.value);
      ++row;
    }
  }
  return table;
}

// One row for each thing that can be asked for, one column for each backend.
Table limits(const BackendRegistry& registry) {
  Table table{{{"limit"}, {"asked"}}, {}};
  for (const auto& backend : registry.all()) {
    table.columns.push_back({backend->info().name});
    std::size_t row = 0;
    for (const auto& one : plan::limit_answers(*backend)) {
      if (table.rows.size() <= row) table.rows.push_back({one.limit, one.asked});
      table.rows[row].emplace_back(to_string(one.keeping));
      ++row;
    }
  }
  return table;
}

class BackendsCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "backends",
        "list the native capture tools, what they can do, and whether they can run here",
        "[options]",
        "A backend is one native capture tool. The table tells for which systems it is, whether it was found "
        "on this "
        "machine, and whether you may capture with it.",
        {{"backends", "which backend would capture here, and what is in the way of the others"},
         {"backends --features", "what each can do and how it keeps limits, side by side"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    app.add_flag("--features", features_, "what each backend can do and how it keeps limits, side by side")
        ->group("Options");
  }

  Result<int> run(Context& context) override {
    const BackendRegistry registry = make_backend_registry();
    if (features_ && !context.common.json) {
      context.print(render(features(registry), context.output_width, context.output_color) + "\n" +
                    render(limits(registry), context.output_width, context.output_color));
      return 0;
    }
    const auto runner = make_local_runner();
    const std::string system = local_system();
    std::vector<std::pair<const Backend*, Health>> all;
    for (const auto& backend : registry.all())
      all.emplace_back(backend.get(), look(*backend, system, *runner));
    if (context.common.json) {
      Json backends = Json::array();
      for (const auto& [backend, health] : all) backends.add(to_json(*backend, health));
      context.print(Json(Json::Object{{"system", system}, {"backends", std::move(backends)}}));
    } else {
      context.print(render(overview(all), context.output_width, context.output_color));
    }
    return 0;
  }

 private:
  bool features_ = false;
};

}  // namespace

std::unique_ptr<Command> make_backends_command() {
  return std::make_unique<BackendsCommand>();
}

}  // namespace anchoko::cli
