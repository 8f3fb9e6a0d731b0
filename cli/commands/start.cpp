#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "backends/registry.h"
#include "cli/capture_setup.h"
#include "cli/commands/command.h"
#include "cli/render/plan.h"
#include "cli/session_report.h"
#include "cli/terminal.h"
#include "core/session/capture_session.h"

namespace anchoko::cli {
namespace {

class StartCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "start",
        "start a capture and come back later",
        "[PROFILE] [options]",
        "Starts a capture as 'anchoko capture' does, and returns as soon as it captures, printing the "
        "session's id. "
        "The capture ends by itself within its limits. 'anchoko status' shows it, 'anchoko stop' ends it "
        "early, and "
        "'anchoko collect' makes the pcapng.",
        {{"start dns --for 1h", "an hour of DNS, in the background"},
         {"start -f 'host 192.0.2.10' -i eth0 -o host10.pcapng", "the output is remembered for 'collect'"},
         {"start dns --on root@web1 --for 1h", "on another machine, which nothing is installed on"},
         {"collect", "afterwards: the pcapng of the only session there is"}}};
    return text;
  }

  void add_options(CLI::App& app) override { setup_.add_options(app); }

  Result<int> run(Context& context) override {
    if (setup_.to_stdout())
      return fail(ErrorKind::usage, "'start' returns before there are packets, so -o - has no meaning",
                  "'anchoko capture … -o -' streams");
    const BackendRegistry registry = make_backend_registry();
    auto prepared = setup_.prepare(context, registry, true);
    if (!prepared) return fail(prepared.error());
    auto journal = open_journal();
    if (!journal) return fail(journal.error());
    const std::string id = prepared->record.plan.session_id;
    count_interrupts("\nanchoko: left while the capture began; 'anchoko status' shows what became of it\n");
    const auto lock = journal->lock(id);
    if (!lock) return fail(lock.error());
    context.messages.info(prepared->choice.reason);
    context.messages.block(announced(context, prepared->record.plan));
    session::CaptureSession session(*prepared->choice.backend, *prepared->runner, system_clock(), *journal,
                                    std::move(prepared->record));
    if (auto started = session.start([] { return interrupts() > 0; }); !started) return fail(started.error());
    if (context.common.json) {
      Json json = Json::object();
      json.set("session", id);
      json.set("output", session.record().output);
      json.set("plan", to_json(session.record().plan));
      context.print(json);
    } else {
      context.print(id + "\n");
      context.messages.info("capturing on " + place_of(session.record()) + "; 'anchoko collect " + id +
                            "' makes " + shown_path(session.record().output));
    }
    return 0;
  }

 private:
  CaptureSetup setup_;
};

}  // namespace

std::unique_ptr<Command> make_start_command() {
  return std::make_unique<StartCommand>();
}

}  // namespace anchoko::cli
