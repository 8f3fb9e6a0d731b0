#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

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
        {{"clean 1n8w5k2", "one session, by the beginning of its id"},
         {"clean --all", "every one"},
         {"clean --force 1n8w5k2-4f7t", "a session whose journal is damaged"}}};
    return text;
  }
  void add_options(CLI::App& app) override {
    choice_.add_options(app, "clean");
    app.add_flag(
           "--force", force_,
           "also forget a session whose journal is damaged, after deleting what carries its id, or "
           "whose folder "
           "is somebody else's by now, which stays, or whose machine cannot be reached, where its folder "
           "stays")
        ->group("How");
  }

  Result<int> run(Context& context) override {
    if (const auto journal = open_journal()) journal->prune();
    Json list = Json::array();
    const auto known = [&](session::CaptureSession& session) -> Result<int> {
      const std::string id = session.record().plan.session_id;
      if (auto cleaned = clean(session); !cleaned) return fail(cleaned.error());
      list.add(Json(id));
      context.messages.info("session " + id + " is gone, with all that it made");
      return 0;
    };
    const auto unknown = [&](const session::SessionJournal& journal, const std::string& id,
                             const Error& problem) -> Result<int> {
      if (!force_)
        return fail(
            with_hint(problem, id, "ends and deletes what carries its id in /var/tmp, and forgets it"));
      if (auto cleaned = session::clean_unknown(*make_local_runner(), journal, id); !cleaned)
        return fail(cleaned.error());
      list.add(Json(id));
      context.messages.info("session " + id + " is gone, with all that carried its id in /var/tmp");
      return 0;
    };
    auto status = for_each_session(context, choice_, true, known, unknown);
    if (status && context.common.json) context.print(Json::object().set("cleaned", std::move(list)));
    return status;
  }

 private:
  static Error with_hint(Error error, const std::string& id, const std::string& what) {
    error.hint += (error.hint.empty() ? "" : "; ") + ("'anchoko clean --force " + id + "' " + what);
    return error;
  }

  Result<void> clean(session::CaptureSession& session) const {
    const auto cleaned = session.clean();
    if (cleaned) return cleaned;
    const auto& record = session.record();
    if (record.remote() && cleaned.error().kind == ErrorKind::unavailable) {
      if (force_) return session.forget();
      return fail(
          with_hint(cleaned.error(), record.plan.session_id,
                    "forgets the session; there it ends by itself, and " + record.plan.folder + " stays"));
    }
    const auto now = session.look();
    const bool foreign = now && now->report.folder == session::KeeperReport::Folder::foreign;
    if (foreign && force_) return session.forget();
    const std::string& id = session.record().plan.session_id;
    return fail(foreign ? with_hint(cleaned.error(), id, "forgets the session") : cleaned.error());
  }

  SessionChoice choice_;
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_clean_command() {
  return std::make_unique<CleanCommand>();
}

}  // namespace anchoko::cli
