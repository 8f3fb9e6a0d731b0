#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/commands/command.h"
#include "cli/render/progress.h"
#include "cli/session_choice.h"
#include "cli/session_report.h"
#include "cli/terminal.h"
#include "core/base/clock.h"
#include "core/base/output_path.h"
#include "core/session/provenance.h"

namespace anchoko::cli {
namespace {

class CollectCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{"collect",
                                  "make the pcapng of sessions that have ended",
                                  "[SESSION…] [--all] [options]",
                                  "Converts the native file of a session to one pcapng with exactly the "
                                  "packets that its filter names, verifies "
                                  "it, and only then deletes the native file. The output is the one that "
                                  "'anchoko start' was given, or made.",
                                  {{"collect", "the only session there is"},
                                   {"collect 1n8w5k2 -o incident.pcapng", "into another file"},
                                   {"collect --stop", "end it first, where it still captures"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    choice_.add_options(app, "collect");
    app.add_option("-o,--output", output_, "the pcapng to write, for one session")
        ->type_name("FILE")
        ->group("How");
    app.add_flag("--force", force_, "replace the output when it exists")->group("How");
    app.add_flag("--keep-native", keep_native_, "keep the native tool's file as well")->group("How");
    app.add_flag("--stop", stop_, "end a session that still captures")->group("How");
    app.add_flag("--expect-packets", expect_packets_, "exit status 3 when there are no packets")
        ->group("How");
  }

  Result<int> run(Context& context) override {
    if (output_ == "-")
      return fail(ErrorKind::usage, "'collect' writes a file",
                  "'anchoko convert' of the native file writes to -o -");
    count_interrupts("\nanchoko: left; nothing was deleted, and 'anchoko collect' begins again\n");
    int outputs = 0;
    return for_each_session(context, choice_, true, [&](session::CaptureSession& session) -> Result<int> {
      if (!output_.empty() && ++outputs > 1)
        return fail(ErrorKind::usage, "-o names one file, and there is more than one session");
      if (auto valid = check(session); !valid) return fail(valid.error());
      if (stop_) {
        if (auto stopped = session.stop(); !stopped) return fail(stopped.error());
      }
      return collect(context, session);
    });
  }

 private:
  // A collect that was cut off behind its result replaces it.
  Result<void> check(const session::CaptureSession& session) const {
    if (output_.empty()) return {};
    session::SessionRecord made = session.record();
    made.output = absolute_path(output_);
    return check_output(output_, force_ || session::is_result_of(made));
  }

  Result<int> collect(Context& context, session::CaptureSession& session) {
    ProgressLine progress(!context.common.quiet);
    session::CaptureSession::CollectOptions options;
    if (!output_.empty()) options.output = absolute_path(output_);
    options.overwrite = force_;
    options.keep_native = keep_native_;
    options.interrupted = [] { return interrupts() > 0; };
    options.progress = [&](const convert::Progress& at) {
      const double total = static_cast<double>(at.bytes_total);
      progress.update(total > 0 ? static_cast<double>(at.bytes_read) / total : -1,
                      "converting, " + human_size(at.bytes_read));
    };
    options.fetching = [&](std::uint64_t bytes, std::uint64_t total) {
      progress.update(total > 0 ? static_cast<double>(bytes) / static_cast<double>(total) : -1,
                      "fetching, " + human_size(bytes));
    };
    const auto outcome = session.collect(options);
    progress.clear();
    if (!outcome) return fail(outcome.error());
    return report_outcome(context, session.record(), *outcome, expect_packets_);
  }

  SessionChoice choice_;
  std::string output_;
  bool force_ = false;
  bool keep_native_ = false;
  bool stop_ = false;
  bool expect_packets_ = false;
};

}  // namespace

std::unique_ptr<Command> make_collect_command() {
  return std::make_unique<CollectCommand>();
}

}  // namespace anchoko::cli
