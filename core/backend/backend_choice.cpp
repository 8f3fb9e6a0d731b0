#include "core/backend/backend_choice.h"

#include <algorithm>

#include "core/base/local_system.h"

namespace anchoko {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool serves(const Backend& backend, const std::string& os) {
  const auto systems = backend.info().systems;
  return std::find(systems.begin(), systems.end(), os) != systems.end();
}

Result<BackendChoice> choose_named(const BackendRegistry& registry, const std::string& name,
                                   const std::string& os, CommandRunner& runner) {
  const auto backend = named_backend(registry, name);
  if (!backend) return fail(backend.error());
  if (!serves(**backend, os)) {
    return fail(ErrorKind::unavailable,
                name + " captures on " + joined((*backend)->info().systems) + ", and this is " + os,
                "'anchoko plan --backend " + name + "' prints what would run there");
  }
  auto facts = (*backend)->probe(runner);
  if (!facts) return fail(facts.error());
  return BackendChoice{*backend, std::move(*facts), name + " was asked for by name"};
}

}  // namespace

Result<std::string> system_of(CommandRunner& runner) {
  if (runner.target().empty()) return local_system();
  const auto output = runner.run({"uname", "-s"}, std::chrono::seconds(10));
  if (!output) return fail(output.error());
  const std::string name = output->out.substr(0, output->out.find('\n'));
  return name.empty() ? "unknown" : system_of_name(name);
}

std::vector<const Backend*> backends_for(const BackendRegistry& registry, const std::string& os) {
  std::vector<const Backend*> result;
  for (const auto& backend : registry.all()) {
    if (serves(*backend, os)) result.push_back(backend.get());
  }
  return result;
}

Result<const Backend*> named_backend(const BackendRegistry& registry, const std::string& name) {
  if (const Backend* backend = registry.find(name); backend != nullptr) return backend;
  const std::string near = did_you_mean(name, registry.names());
  return fail(ErrorKind::usage, "unknown backend '" + name + "'",
              near.empty() ? "backends: " + joined(registry.names()) : "did you mean '" + near + "'?");
}

std::string obstacle(const Backend& backend, const HostFacts& facts) {
  const std::string tool = backend.info().tool;
  if (!backend.capabilities().runs_here) return "this build only plans for " + backend.info().name;
  if (facts.tool.empty()) return tool + " is not installed";
  if (!facts.elevated) return facts.rights.empty() ? "the right to capture is missing" : facts.rights;
  return {};
}

Result<BackendChoice> choose_backend(const BackendRegistry& registry, const std::string& name,
                                     const std::string& os, CommandRunner& runner) {
  if (!name.empty()) return choose_named(registry, name, os, runner);
  const auto candidates = backends_for(registry, os);
  if (candidates.empty()) {
    return fail(
        ErrorKind::unavailable, "no backend captures on " + os,
        "'anchoko plan --backend NAME' plans for another system; backends: " + joined(registry.names()));
  }
  std::vector<BackendChoice> hindered;
  std::string passed_over;
  for (const Backend* backend : candidates) {
    const std::string own_name = backend->info().name;
    auto facts = backend->probe(runner);
    const std::string why = facts ? obstacle(*backend, *facts) : facts.error().message;
    if (why.empty()) {
      std::string reason =
          own_name + (candidates.size() == 1 ? " is the backend for " : " is the best backend for ") + os;
      if (!passed_over.empty()) reason += " that can run here (" + passed_over + ")";
      return BackendChoice{backend, std::move(*facts), std::move(reason)};
    }
    passed_over += (passed_over.empty() ? "" : "; ") + own_name + ": " + why;
    if (facts) hindered.push_back({backend, std::move(*facts), own_name + " cannot run here: " + why});
  }
  if (hindered.empty())
    return fail(ErrorKind::failed, "no backend could be asked about this machine: " + passed_over);
  const auto present = std::find_if(hindered.begin(), hindered.end(),
                                    [](const BackendChoice& choice) { return !choice.facts.tool.empty(); });
  return std::move(present == hindered.end() ? hindered.front() : *present);
}

HostFacts with_assumed_rights(const Backend& backend, HostFacts facts) {
  const HostFacts usual = backend.assumed_facts();
  if (facts.tool.empty()) {
    facts.tool = usual.tool;
    facts.tool_version = usual.tool_version;
    facts.tool_library = usual.tool_library;
  }
  if (!facts.elevated) {
    facts.elevated = true;
    facts.rights = "assumed";
  }
  return facts;
}

}  // namespace anchoko
