#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "backends/registry.h"
#include "cli/capture_setup.h"
#include "cli/commands/command.h"
#include "cli/render/plan.h"
#include "cli/render/progress.h"
#include "cli/render/session.h"
#include "cli/session_report.h"
#include "cli/terminal.h"
#include "core/session/capture_session.h"

namespace anchoko::cli {
namespace {

using session::CaptureSession;
using session::LiveState;

constexpr std::chrono::milliseconds watch_step{100};
constexpr std::chrono::milliseconds look_step{1000};
constexpr std::chrono::seconds patience{60};  // with a machine that is out of reach

// What the second Ctrl-C says: the capture itself is left to its own limit.
std::string left_behind_text(const session::SessionRecord& record) {
  const std::string& id = record.plan.session_id;
  std::string text = "\nanchoko: left at once, before the result was complete\n";
  for (const auto& limit : record.plan.limits) {
    if (limit.limit != "duration") continue;
    text +=
        "  = a capture that still runs ends by itself, at the latest " + limit.value + " after its start\n";
  }
  return text + "  = 'anchoko status' shows it, 'anchoko stop " + id + "' ends it, 'anchoko collect " + id +
         "' converts it\n";
}

double fraction_of(const LiveState& state) {
  const auto elapsed = state.elapsed.value_or(std::chrono::milliseconds(0));
  const auto total = elapsed + state.left;
  if (state.left.count() == 0 || total.count() == 0) return -1;
  return static_cast<double>(elapsed.count()) / static_cast<double>(total.count());
}

class CaptureCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "capture",
        "capture packets and write one pcapng",
        "[PROFILE] [options]",
        "Plans the capture, prints the native command and what every word of it means, runs it, and converts "
        "what it caught to one pcapng that holds exactly the packets that the filter names. Ctrl-C ends the "
        "capture early and keeps what there is; a second one leaves at once, and the capture ends by itself. "
        "With -o - the pcapng goes to standard output while packets arrive.",
        {{"capture dns --for 60s", "one minute of what the profile 'dns' asks for, into its output folder"},
         {"capture -f 'tcp port 443 and host 192.0.2.10' -i eth0 --for 5m -o web.pcapng",
          "a filter of your own"},
         {"capture -f 'tcp port 80' -o - | tshark -r -", "look at packets as they arrive"},
         {"capture dns --on root@web1 --for 60s", "on another machine, over your own ssh"},
         {"capture dns --dry-run", "only show what would run"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    setup_.add_options(app);
    const char* group = "How, and where to";
    app.add_flag("--expect-packets", expect_packets_, "exit status 3 when there are no packets")
        ->group(group);
    app.add_flag("--dry-run", dry_run_, "check everything and show the plan, but start nothing")
        ->group(group);
  }

  Result<int> run(Context& context) override {
    if (setup_.to_stdout() && is_terminal(Stream::out) && !dry_run_) {
      return fail(ErrorKind::usage, "a terminal cannot show a pcapng",
                  "send it to a program: anchoko capture … -o - | tshark -r -");
    }
    const BackendRegistry registry = make_backend_registry();
    auto prepared = setup_.prepare(context, registry, !dry_run_);
    if (!prepared) return fail(prepared.error());
    const CapturePlan& plan = prepared->record.plan;
    if (setup_.to_stdout() && plan.asked.files > 1)
      return fail(ErrorKind::usage,
                  "a ring of files cannot be streamed: what was overwritten would be missing",
                  "use one file: files = 1");
    if (dry_run_) {
      if (context.common.json) {
        context.print(to_json(plan));
      } else {
        context.print(explained(context, plan));
      }
      context.messages.info("nothing was started (--dry-run); the output would be " +
                            prepared->record.output);
      return 0;
    }
    context.messages.info(prepared->choice.reason);
    context.messages.block(announced(context, plan));
    return capture(context, *prepared);
  }

 private:
  Result<int> capture(Context& context, PreparedSession& prepared) {
    auto journal = open_journal();
    if (!journal) return fail(journal.error());
    count_interrupts(left_behind_text(prepared.record));
    const auto lock = journal->lock(prepared.record.plan.session_id);
    if (!lock) return fail(lock.error());
    const std::string reason = prepared.choice.reason;
    CaptureSession session(*prepared.choice.backend, *prepared.runner, system_clock(), *journal,
                           std::move(prepared.record));
    if (auto started = session.start([] { return interrupts() > 0; }); !started) return fail(started.error());
    context.messages.info("capturing on " + place_of(session.record()) + " as session " +
                          session.record().plan.session_id +
                          "; Ctrl-C ends it early and keeps what there is");
    return setup_.to_stdout() ? stream(context, session) : wait_and_collect(context, session, reason);
  }

  Result<int> wait_and_collect(Context& context, CaptureSession& session, const std::string& reason) {
    ProgressLine progress(!context.common.quiet);
    const Clock& clock = system_clock();
    auto next_look = clock.now();
    while (true) {
      if (interrupts() > 0) {
        progress.clear();
        context.messages.info("ending the capture and keeping what there is; once more leaves at once");
        if (auto stopped = session.stop(); !stopped) return fail(later(session, stopped.error()));
        break;
      }
      if (clock.now() >= next_look) {
        next_look = clock.now() + look_step;
        const auto now = session.look(progress.enabled());
        if (!now) {
          if (auto borne = bear(context, session, now.error()); !borne) return fail(borne.error());
          progress.update(-1, "out of reach, trying again");
          continue;
        }
        out_of_reach_since_.reset();
        progress.update(fraction_of(*now), live_text(*now));
        if (!now->report.keeper_alive && !now->report.tool_alive) break;
        if (now->overdue) {
          if (auto stopped = session.stop(); !stopped) return fail(stopped.error());
          break;
        }
      }
      clock.sleep(watch_step);
    }
    progress.clear();
    CaptureSession::CollectOptions options;
    options.fetching = [&](std::uint64_t bytes, std::uint64_t total) {
      progress.update(total > 0 ? static_cast<double>(bytes) / static_cast<double>(total) : -1,
                      "fetching, " + human_size(bytes));
    };
    const auto outcome = session.collect(options);
    progress.clear();
    if (!outcome) return fail(later(session, outcome.error()));
    return report_outcome(context, session.record(), *outcome, expect_packets_, reason);
  }

  // The capture goes on without us, and a connection is often back soon: given up only when it must have
  // ended and cannot be reached for a while.
  Result<void> bear(const Context& context, const CaptureSession& session, const Error& error) {
    if (!session.record().remote() || error.kind != ErrorKind::unavailable) return fail(error);
    const auto now = system_clock().now();
    if (!out_of_reach_since_) {
      out_of_reach_since_ = now;
      context.messages.warning(error.message + "; the capture goes on there, and this tries again");
    }
    const auto& plan = session.record().plan;
    const auto begun =
        std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(
            std::chrono::nanoseconds(session.record().begun_ns())));
    if (now - *out_of_reach_since_ < patience || now < begun + plan.asked.duration + patience) return {};
    return fail(later(session, error));
  }
  // What there is when another machine is out of reach.
  static Error later(const CaptureSession& session, Error error) {
    if (!session.record().remote() || error.kind != ErrorKind::unavailable) return error;
    error.hint += (error.hint.empty() ? "" : "; ") +
                  ("the capture ends by itself, and 'anchoko collect " + session.record().plan.session_id +
                   "' brings it once the machine can be reached");
    return error;
  }

  Result<int> stream(Context& context, CaptureSession& session) {
    ProgressLine progress(!context.common.quiet);
    CaptureSession::StreamOptions options;
    options.stop_requested = [] { return interrupts() > 0 || reader_is_gone(Stream::out); };
    options.progress = [&](const LiveState& now) { progress.update(fraction_of(now), live_text(now)); };
    const auto outcome = session.stream(options);
    progress.clear();
    const bool gone = reader_is_gone(Stream::out);
    if (!outcome && !gone) {
      const std::string& id = session.record().plan.session_id;
      Error error = outcome.error();
      const auto hint = [&](const std::string& text) {
        error.hint += (error.hint.empty() ? "" : "; ") + text;
      };
      // Nobody takes what it would go on to capture.
      if (auto stopped = session.stop(); !stopped)
        hint("the capture may still run, " + stopped.error().message + ": 'anchoko stop " + id + "' ends it");
      hint("'anchoko collect " + id + " -o FILE' converts what was captured");
      return fail(std::move(error));
    }
    if (auto stopped = session.stop(); !stopped) return fail(stopped.error());
    if (auto cleaned = session.clean(); !cleaned) return fail(cleaned.error());
    if (gone || !outcome) {
      context.messages.info("the reader has gone: the capture is ended");
      return 0;
    }
    return report_outcome(context, session.record(), *outcome, expect_packets_);
  }

  CaptureSetup setup_;
  std::optional<std::chrono::system_clock::time_point> out_of_reach_since_;
  bool expect_packets_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_capture_command() {
  return std::make_unique<CaptureCommand>();
}

}  // namespace anchoko::cli
