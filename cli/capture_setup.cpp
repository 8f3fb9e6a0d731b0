#include "cli/capture_setup.h"

#include <filesystem>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/session_id.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/local_system.h"
#include "core/base/output_path.h"
#include "core/plan/planner.h"

namespace anchoko::cli {

void CaptureSetup::add_options(CLI::App& app) {
  selection_.add_options(app);
  target_.add_options(app);
  app.add_flag("--include-control", include_control_,
               "with --on: keep the packets of the ssh connection itself, which are left out otherwise")
      ->group("Where");
  const char* group = "How, and where to";
  app.add_option_function<std::string>(
         "-o,--output", [this](const std::string& value) { output_ = value; },
         "the pcapng to write; without it a name in the profile's folder is made")
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--force", force_, "replace the output when it exists")->group(group);
  app.add_flag("--keep-native", keep_native_, "keep the native tool's file as well")->group(group);
  app.add_option("--backend", backend_, "the native tool to use; 'anchoko backends' lists them")
      ->type_name("NAME")
      ->group(group);
}

Result<PreparedSession> CaptureSetup::prepare(const Context& context, const BackendRegistry& registry,
                                              bool make_folder) {
  if (auto loaded = selection_.load(registry); !loaded) return fail(loaded.error());
  const auto target = target_.target();
  if (!target) return fail(target.error());
  if (target_.remote() && to_stdout())
    return fail(ErrorKind::usage, "packets of another machine cannot be streamed to standard output",
                "capture into a file, -o FILE.pcapng: it is there when the capture has ended");
  // Mistakes in what was typed come before questions to another machine: most of those are Linux.
  const auto candidates = backends_for(registry, target_.remote() ? "linux" : local_system());
  std::string provisional = backend_;
  if (provisional.empty() && !candidates.empty()) provisional = candidates.front()->info().name;
  if (!backend_.empty()) {
    if (auto named = named_backend(registry, backend_); !named) return fail(named.error());
  }
  auto spec = selection_.resolve(provisional);
  if (!spec) return fail(spec.error());
  if (output_ && !to_stdout()) {
    if (auto valid = check_output(*output_, force_); !valid) return fail(valid.error());
  }
  auto runner = make_runner(*target);
  const auto system = system_of(*runner);
  if (!system) return fail(system.error());
  auto choice = choose_backend(registry, backend_, *system, *runner);
  if (!choice) return fail(choice.error());
  if (choice->backend->info().name != provisional) {
    spec = selection_.resolve(choice->backend->info().name);
    if (!spec) return fail(spec.error());
  }
  PreparedSession prepared;
  spec->live = to_stdout();
  spec->control_left_out = target_.remote() && !include_control_;
  auto plan = plan::make_plan(*choice->backend, *spec, choice->facts, fresh_session_id());
  if (!plan) return fail(plan.error());
  tell_target(*plan, *target, include_control_);
  if (!plan->can_run) return fail(ErrorKind::unavailable, plan->cannot_run);
  if (auto accepted = plan::check_hazards(*plan, *spec); !accepted) return fail(accepted.error());
  auto output = output_for(*spec, choice->facts, make_folder);
  if (!output) return fail(output.error());
  for (const auto& warning : plan->warnings) context.messages.detail(warning);
  prepared.choice = std::move(*choice);
  prepared.runner = std::move(runner);
  prepared.record.target = *target;
  prepared.record.include_control = include_control_;
  prepared.record.plan = std::move(*plan);
  prepared.record.facts = prepared.choice.facts;
  prepared.record.profile = spec->profile;
  prepared.record.output = std::move(*output);
  prepared.record.overwrite = force_;
  prepared.record.keep_native = keep_native_;
  prepared.record.invocation = context.invocation();
  return prepared;
}

// Absolute: another process, elsewhere, may collect.
Result<std::string> CaptureSetup::output_for(const SessionSpec& spec, const HostFacts& facts,
                                             bool make_folder) const {
  std::error_code problem;
  if (to_stdout()) return std::string("-");
  if (output_) return absolute_path(*output_);
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(system_clock().now().time_since_epoch()).count();
  const std::string name = spec.profile.empty() ? "capture" : spec.profile;
  const std::string path = default_output(spec.output_directory, name, facts.hostname, now);
  if (make_folder) {
    if (auto made = make_output_folder(spec.output_directory); !made) {
      Error error = made.error();
      error.kind = ErrorKind::usage;
      error.hint = "choose a file with -o";
      return fail(std::move(error));
    }
    if (auto valid = check_output(path, force_); !valid) return fail(valid.error());
  }
  const auto absolute = std::filesystem::absolute(path_of(path), problem);
  return problem ? path : utf8(absolute.lexically_normal());
}

}  // namespace anchoko::cli
