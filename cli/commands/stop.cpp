#include "cli/commands/command.h"
#include "cli/session_choice.h"

namespace anchoko::cli {
namespace {

class StopCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{"stop",
                                  "end captures early, and keep what they caught",
                                  "[SESSION…] [--all]",
                                  "Asks the keeper of a session to end its tool in order, and returns when "
                                  "it has ended. Packets on their way "
                                  "still reach the file. A session that has ended already is left as it is.",
                                  {{"stop", "the only session there is"},
                                   {"stop 1n8w5k2 && anchoko collect 1n8w5k2",
                                    "a session by the beginning of its id, then its pcapng"}}};
    return text;
  }
  void add_options(CLI::App& app) override { choice_.add_options(app, "stop"); }

  // Not exclusive: a `capture` that waits for this session then collects it.
  Result<int> run(Context& context) override {
    Json list = Json::array();
    auto status =
        for_each_session(context, choice_, false, [&](session::CaptureSession& session) -> Result<int> {
          if (auto stopped = session.stop(); !stopped) return fail(stopped.error());
          const std::string& id = session.record().plan.session_id;
          list.add(Json(id));
          context.messages.info("session " + id + " has ended; 'anchoko collect " + id +
                                "' makes its pcapng");
          return 0;
        });
    if (status && context.common.json) context.print(Json::object().set("stopped", std::move(list)));
    return status;
  }

 private:
  SessionChoice choice_;
};

}  // namespace

std::unique_ptr<Command> make_stop_command() {
  return std::make_unique<StopCommand>();
}

}  // namespace anchoko::cli
