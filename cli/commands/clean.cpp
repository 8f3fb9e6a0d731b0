#include "cli/commands/command.h"
#include "cli/session_choice.h"
#include "cli/session_report.h"

namespace anchoko::cli {
namespace {

class CleanCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "clean",
        "end sessions and delete everything that they made",
        "[SESSION…] [--all]",
        "Ends what still runs of a session, deletes its files and its folder on the target, by name and only "
        "what "
        "this session made, and forgets it. A native file that was not collected is lost.",
        {{"clean 1n8w5k2", "one session, by the beginning of its id"}, {"clean --all", "every one"}}};
    return text;
  }
  void add_options(CLI::App& app) override { choice_.add_options(app, "clean"); }

  Result<int> run(Context& context) override {
    if (const auto journal = open_journal()) journal->prune();
    Json list = Json::array();
    auto status =
        for_each_session(context, choice_, true, [&](session::CaptureSession& session) -> Result<int> {
          const std::string id = session.record().plan.session_id;
          if (auto cleaned = session.clean(); !cleaned) return fail(cleaned.error());
          list.add(Json(id));
          context.messages.info("session " + id + " is gone, with all that it made");
          return 0;
        });
    if (status && context.common.json) context.print(Json::object().set("cleaned", std::move(list)));
    return status;
  }

 private:
  SessionChoice choice_;
};

}  // namespace

std::unique_ptr<Command> make_clean_command() {
  return std::make_unique<CleanCommand>();
}

}  // namespace anchoko::cli
