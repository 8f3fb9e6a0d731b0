#include "cli/render/plan.h"

#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "backends/registry.h"
#include "cli/commands/command.h"
#include "cli/render/table.h"
#include "cli/selection.h"
#include "cli/session_id.h"
#include "cli/target_option.h"
#include "core/backend/backend_choice.h"
#include "core/base/local_system.h"
#include "core/plan/planner.h"
#include "core/plan/script.h"

namespace anchoko::cli {
namespace {

class PlanCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "plan",
        "show what a capture would run, and why, without running it",
        "[PROFILE] [options]",
        "Prints the native commands of a capture, every word of them explained, what part of the filter the "
        "native tool "
        "takes and what is left for the conversion, how each limit is kept, and each hazard. Nothing is "
        "started. For a "
        "system that is not this one, a usual machine is assumed.",
        {{"plan dns", "what 'anchoko capture dns' would run here"},
         {"plan -f 'ip and udp' -i Team1 --backend netsh --native-file 'C:\\Tmp\\NetTrace.etl'",
          "the netsh commands for a Windows server"},
         {"plan web --backend all --json", "the plans of every backend, as a JSON array"},
         {"plan dns --on root@web1", "what would run on another machine, which is asked over ssh"},
         {"plan dns --script > dns.sh", "the capture as one shell program, for a system without anchoko"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    selection_.add_options(app);
    target_.add_options(app);
    app.add_option("--backend", backend_,
                   "plan for this backend, or for 'all'; 'anchoko backends' lists them")
        ->type_name("NAME")
        ->group("How");
    app.add_flag("--script", script_,
                 "print the shell program that starts the capture and minds it, and nothing else")
        ->group("How");
    app.add_option("--native-file", native_file_, "where the native tool writes on the target")
        ->type_name("PATH")
        ->group("How");
  }

  Result<int> run(Context& context) override {
    const BackendRegistry registry = make_backend_registry();
    if (auto loaded = selection_.load(registry); !loaded) return fail(loaded.error());
    const auto target = target_.target();
    if (!target) return fail(target.error());
    const auto runner = make_runner(*target);
    if (script_ && (context.common.json || backend_ == "all"))
      return fail(ErrorKind::usage,
                  "--script prints one shell program: neither --json nor --backend all goes with it");
    if (backend_ == "all") return run_all(context, registry, *runner);

    const auto backend = chosen(context, registry, *runner);
    if (!backend) return fail(backend.error());
    const auto plan = plan_for(context, *backend->backend, backend->facts);
    if (!plan) return fail(plan.error());
    if (script_) {
      if (plan->keeper.ready_text.empty())
        return fail(ErrorKind::usage, plan->backend + " is not minded by a shell program",
                    "'anchoko plan' prints its commands");
      auto script = plan::start_script(*plan);
      if (!script) return fail(script.error());
      context.print(*script);
    } else if (context.common.json) {
      context.print(to_json(*plan));
    } else {
      context.print(explained(context, *plan));
    }
    return 0;
  }

 private:
  // The facts of this machine where the backend is made for it, else those of a usual one.
  static Result<HostFacts> facts_for(const Context& context, const Backend& backend, CommandRunner& runner) {
    const auto systems = backend.info().systems;
    const auto system = system_of(runner);
    if (!system) return fail(system.error());
    if (std::find(systems.begin(), systems.end(), *system) != systems.end()) return backend.probe(runner);
    context.messages.detail(backend.info().name + " is not made for that system: a usual machine is assumed");
    return backend.assumed_facts();
  }

  Result<BackendChoice> chosen(const Context& context, const BackendRegistry& registry,
                               CommandRunner& runner) const {
    if (backend_.empty()) {
      // Mistakes in what was typed come before questions to the machine.
      const auto candidates = backends_for(registry, target_.remote() ? "linux" : local_system());
      if (auto spec = selection_.resolve(candidates.empty() ? "" : candidates.front()->info().name); !spec) {
        return fail(spec.error());
      }
      const auto system = system_of(runner);
      if (!system) return fail(system.error());
      return choose_backend(registry, {}, *system, runner);
    }
    const auto backend = named_backend(registry, backend_);
    if (!backend) return fail(backend.error());
    if (auto spec = selection_.resolve(backend_); !spec) return fail(spec.error());
    auto facts = facts_for(context, **backend, runner);
    if (!facts) return fail(facts.error());
    return BackendChoice{*backend, std::move(*facts), {}};
  }

  // Planning needs no rights: what is missing is said, and then taken as given.
  Result<CapturePlan> plan_for(const Context& context, const Backend& backend, const HostFacts& facts) const {
    auto spec = selection_.resolve(backend.info().name);
    if (!spec) return fail(spec.error());
    spec->native_file = native_file_;
    spec->control_left_out = target_.remote();
    const std::string id = fresh_session_id();
    auto plan = plan::make_plan(backend, *spec, facts, id);
    const auto target = target_.target();
    if (plan && target) tell_target(*plan, *target, false);
    if (plan || plan.error().kind != ErrorKind::unavailable) return plan;
    auto assumed = plan::make_plan(backend, *spec, with_assumed_rights(backend, facts), id);
    if (!assumed) return plan;
    if (target) tell_target(*assumed, *target, false);
    context.messages.warning("this could not run " + std::string(target_.remote() ? "there" : "here") +
                             " now: " + plan.error().message);
    if (!plan.error().hint.empty()) context.messages.info(plan.error().hint);
    return assumed;
  }

  // One plan in a line of the table over all of them.
  static std::vector<std::string> answer_row(const CapturePlan& plan) {
    std::string filter = "nothing is pushed";
    if (!plan.filter.native_words.empty())
      filter = plan.filter.exact() ? "pushed exactly" : "pushed wider, narrowed by conversion";
    else if (plan.filter.exact())
      filter = "none is asked for";
    std::string limits, hazards;
    for (const auto& one : plan.limits)
      limits += (limits.empty() ? "" : ", ") + one.limit + " " + to_string(one.keeping);
    for (const auto& one : plan.hazards) hazards += (hazards.empty() ? "" : ", ") + one.id;
    return {plan.backend, filter, limits, hazards};
  }

  // A backend that cannot do what is asked does not hide the plans of the others.
  Result<int> run_all(Context& context, const BackendRegistry& registry, CommandRunner& runner) const {
    int status = 0;
    Json all = Json::array();
    std::string text;
    Table answers{{{"backend"}, {"filter"}, {"limits"}, {"hazards"}}, {}};
    for (const auto& backend : registry.all()) {
      const std::string name = backend->info().name;
      auto facts = facts_for(context, *backend, runner);
      const auto plan =
          facts ? plan_for(context, *backend, *facts) : Result<CapturePlan>(fail(facts.error()));
      if (!plan) {
        // A mistake in the filter is the same for everyone.
        if (plan.error().kind == ErrorKind::usage && !plan.error().diagnostics.empty())
          return fail(plan.error());
        context.messages.info(name + " cannot do this:");
        context.messages.error(plan.error());
        Json problem = to_json(plan.error());
        problem.set("backend", name);
        all.add(std::move(problem));
        status = std::max(status, exit_status(plan.error().kind));
        answers.rows.push_back({name, "no plan: " + plan.error().message});
        continue;
      }
      all.add(to_json(*plan));
      answers.rows.push_back(answer_row(*plan));
      text += (text.empty() ? "" : "\n") + explained(context, *plan);
    }
    if (context.common.json) {
      context.print(all);
    } else {
      context.print(text + "\nAll answers\n\n" + render(answers, context.output_width, context.output_color));
    }
    return status;
  }

  Selection selection_;
  TargetOption target_;
  std::string backend_;
  std::string native_file_;
  bool script_ = false;
};

}  // namespace

std::unique_ptr<Command> make_plan_command() {
  return std::make_unique<PlanCommand>();
}

}  // namespace anchoko::cli
