#include <optional>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "backends/registry.h"
#include "cli/commands/command.h"
#include "cli/render/outcome.h"
#include "cli/render/progress.h"
#include "cli/render/text.h"
#include "cli/selection.h"
#include "cli/session_id.h"
#include "cli/terminal.h"
#include "core/backend/backend_choice.h"
#include "core/base/local_system.h"
#include "core/base/output_path.h"
#include "core/exec/shell_quote.h"
#include "core/filter/printer.h"
#include "core/plan/explain.h"
#include "core/plan/planner.h"
#include "core/session/capture_session.h"

namespace anchoko::cli {
namespace {

// What the second Ctrl-C says: the capture itself is left to its own limit.
std::string left_behind_text(const CapturePlan& plan, const std::string& output) {
  CommandLine command{"anchoko", "convert", plan.native_file, "-o", output};
  const LoweredFilter& filter = plan.filter;
  if (!filter.exact() && filter.wanted->kind != filter::NodeKind::none) {
    command.insert(command.end(), {"-f", filter::print(filter.wanted), "--reading", "capture"});
  }
  std::string text = "\nanchoko: left at once, before the result was complete\n";
  for (const auto& limit : plan.limits) {
    if (limit.limit != "duration") continue;
    text +=
        "  = a capture that still runs ends by itself, at the latest " + limit.value + " after its start\n";
  }
  return text + "  = its native file can then be converted:\n  = " + printable(quote_posix(command)) + "\n";
}

// The start alone: 'anchoko plan' and --verbose show the steps around it.
CapturePlan start_only(CapturePlan plan) {
  std::erase_if(plan.steps, [](const PlanStep& step) { return step.kind != StepKind::start; });
  return plan;
}

double fraction_of(const session::CaptureProgress& progress) {
  const auto total = progress.elapsed + progress.left;
  if (progress.left.count() == 0 || total.count() == 0) return -1;
  return static_cast<double>(progress.elapsed.count()) / static_cast<double>(total.count());
}

// Whole seconds: tenths that come and go make a line tremble.
std::string whole_seconds(std::chrono::milliseconds duration) {
  const auto whole =
      std::chrono::duration_cast<std::chrono::seconds>(duration + std::chrono::milliseconds(500));
  return whole.count() == 0 ? "0s" : human_duration(whole);
}

std::string progress_text(const session::CaptureProgress& progress) {
  std::string text = whole_seconds(progress.elapsed);
  if (progress.left.count() > 0) text += ", " + whole_seconds(progress.left) + " left";
  return text + ", " + human_size(progress.native_bytes);
}

class CaptureCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "capture",
        "capture packets here and write one pcapng",
        "[PROFILE] [options]",
        "Plans the capture, prints the native command and what every word of it means, runs it, and converts "
        "what it "
        "caught to one pcapng that holds exactly the packets that the filter names. Ctrl-C ends the capture "
        "early and "
        "keeps what there is; a second one leaves at once.",
        {{"capture dns --for 60s", "one minute of what the profile 'dns' asks for, into its output folder"},
         {"capture -f 'tcp port 443 and host 192.0.2.10' -i eth0 --for 5m -o web.pcapng",
          "a filter of your own"},
         {"capture dns --dry-run", "only show what would run"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    selection_.add_options(app);
    const char* group = "How, and where to";
    app.add_option_function<std::string>(
           "-o,--output", [this](const std::string& value) { output_ = value; },
           "the pcapng to write; without it a name in the profile's folder is made")
        ->type_name("FILE")
        ->group(group);
    app.add_flag("--force", force_, "replace the output when it exists")->group(group);
    app.add_flag("--keep-native", keep_native_, "keep the native tool's file as well")->group(group);
    app.add_flag("--expect-packets", expect_packets_, "exit status 3 when there are no packets")
        ->group(group);
    app.add_option("--backend", backend_, "the native tool to use; 'anchoko backends' lists them")
        ->type_name("NAME")
        ->group(group);
    app.add_flag("--dry-run", dry_run_, "check everything and show the plan, but start nothing")
        ->group(group);
  }

  Result<int> run(Context& context) override {
    if (output_ == "-") {
      return fail(ErrorKind::usage, "'-o -' is not supported yet: a capture is written to a file",
                  "give a file name with -o");
    }
    const BackendRegistry registry = make_backend_registry();
    if (auto loaded = selection_.load(make_profile_library(registry)); !loaded) return fail(loaded.error());
    auto prepared = prepare(context, registry);
    if (!prepared) return fail(prepared.error());
    if (dry_run_) {
      if (context.common.json) {
        context.print(to_json(prepared->plan));
      } else {
        context.print(explained(prepared->plan, context.output_color, context.output_width));
      }
      context.messages.info("nothing was started (--dry-run); the output would be " + prepared->output);
      return 0;
    }
    context.messages.info(prepared->choice.reason);
    context.messages.block(explained(context.common.verbose ? prepared->plan : start_only(prepared->plan),
                                     context.messages.color(), terminal_width(Stream::err)));
    const auto outcome = capture(context, *prepared);
    if (!outcome) return fail(outcome.error());
    return finish(context, *prepared, *outcome);
  }

 private:
  struct Prepared {
    BackendChoice choice;
    CapturePlan plan;
    std::string output;
  };

  // Everything that can be found wrong before anything is started.
  Result<Prepared> prepare(const Context& context, const BackendRegistry& registry) const {
    const std::string system = local_system();
    const auto candidates = backends_for(registry, system);
    std::string provisional = backend_;
    if (provisional.empty() && !candidates.empty()) provisional = candidates.front()->info().name;
    if (!backend_.empty()) {
      if (auto named = named_backend(registry, backend_); !named) return fail(named.error());
    }
    auto spec = selection_.resolve(provisional);
    if (!spec) return fail(spec.error());
    if (output_) {
      if (auto valid = check_output(*output_, force_); !valid) return fail(valid.error());
    }
    const auto runner = make_local_runner();
    auto choice = choose_backend(registry, backend_, system, *runner);
    if (!choice) return fail(choice.error());
    if (choice->backend->info().name != provisional) {
      spec = selection_.resolve(choice->backend->info().name);
      if (!spec) return fail(spec.error());
    }
    auto plan = plan::make_plan(*choice->backend, *spec, choice->facts, fresh_session_id());
    if (!plan) return fail(plan.error());
    if (!plan->can_run) return fail(ErrorKind::unavailable, plan->cannot_run);
    if (auto accepted = plan::check_hazards(*plan, *spec); !accepted) return fail(accepted.error());
    auto output = output_for(*spec, choice->facts);
    if (!output) return fail(output.error());
    for (const auto& warning : plan->warnings) context.messages.detail(warning);
    return Prepared{std::move(*choice), std::move(*plan), std::move(*output)};
  }

  Result<std::string> output_for(const SessionSpec& spec, const HostFacts& facts) const {
    if (output_) return *output_;
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(system_clock().now().time_since_epoch()).count();
    const std::string name = spec.profile.empty() ? "capture" : spec.profile;
    std::string path = default_output(spec.output_directory, name, facts.hostname, now);
    if (!dry_run_) {
      if (auto made = make_output_folder(spec.output_directory); !made) {
        Error error = made.error();
        error.kind = ErrorKind::usage;
        error.hint = "choose a file with -o";
        return fail(std::move(error));
      }
      if (auto valid = check_output(path, force_); !valid) return fail(valid.error());
    }
    return path;
  }

  static std::string explained(const CapturePlan& plan, bool color, unsigned width) {
    plan::ExplainStyle style;
    style.color = color;
    if (width > 0) style.width = width;
    return plan::explain(plan, style);
  }

  Result<session::CaptureOutcome> capture(const Context& context, const Prepared& prepared) const {
    const Messages& messages = context.messages;
    ProgressLine progress(!context.common.quiet);
    const auto runner = make_local_runner();
    bool told = false;
    session::CaptureRequest request;
    request.plan = prepared.plan;
    request.output = prepared.output;
    request.overwrite = force_;
    request.keep_native = keep_native_;
    request.invocation = context.invocation();
    request.facts = prepared.choice.facts;
    request.started = [&] {
      messages.info("capturing on " + prepared.plan.interface +
                    "; Ctrl-C ends it early and keeps what there is");
    };
    request.progress = [&](const session::CaptureProgress& state) {
      progress.update(fraction_of(state), progress_text(state));
    };
    request.stop_requested = [&] {
      const bool asked = interrupts() > 0;
      if (asked && !told) {
        told = true;
        progress.clear();
        messages.info("ending the capture and keeping what there is; once more leaves at once");
      }
      return asked;
    };
    count_interrupts(left_behind_text(prepared.plan, prepared.output));
    auto outcome = session::run(*prepared.choice.backend, *runner, system_clock(), request);
    progress.clear();
    return outcome;
  }

  int finish(Context& context, const Prepared& prepared, const session::CaptureOutcome& outcome) const {
    const Messages& messages = context.messages;
    for (const auto& complaint : outcome.complaints)
      messages.warning(prepared.plan.backend + " says: " + complaint);
    for (const auto& note : damage_notes(outcome.conversion.loss, 5)) messages.warning(note);
    const auto missing = shortfalls(outcome, expect_packets_);
    for (const auto& reason : missing) messages.warning(reason);
    if (outcome.suspicious) {
      messages.warning("no packets were captured");
      for (const auto& reason : outcome.reasons) messages.warning("a likely reason: " + reason);
    }
    const int status = missing.empty() ? 0 : exit_status(ErrorKind::partial);
    if (context.common.json) {
      Json json = Json::object();
      json.set("output", prepared.output);
      json.set("exit_status", status);
      json.set("shortfalls", Json::list(missing));
      json.set("backend_reason", prepared.choice.reason);
      json.set("outcome", session::to_json(outcome));
      json.set("plan", to_json(prepared.plan));
      context.print(json);
    } else if (context.common.quiet) {
      context.print(prepared.output + "\n");
    } else {
      context.print(render(summary(outcome, prepared.plan, prepared.output), context.output_width,
                           context.output_color));
    }
    return status;
  }

  Selection selection_;
  std::optional<std::string> output_;
  std::string backend_;
  bool force_ = false;
  bool keep_native_ = false;
  bool expect_packets_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_capture_command() {
  return std::make_unique<CaptureCommand>();
}

}  // namespace anchoko::cli
