#include <map>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/commands/command.h"
#include "cli/render/session.h"
#include "cli/session_choice.h"
#include "cli/session_report.h"
#include "cli/terminal.h"
#include "core/base/clock.h"

namespace anchoko::cli {
namespace {

class StatusCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{"status",
                                  "show sessions and how far they are",
                                  "[SESSION…] [--watch] [options]",
                                  "Asks the journal and the target of every session, or of those named: "
                                  "state, time, size of the native file, "
                                  "packets and drops as far as the tool tells them. A session whose "
                                  "processes were ended from outside is "
                                  "shown as what it is.",
                                  {{"status", "all sessions"},
                                   {"status --watch", "again every second, until all have ended or Ctrl-C"},
                                   {"status --json", "for a program"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    app.add_option("SESSION", words_, "session ids, or beginnings of them; without one, all")->group("Which");
    app.add_flag("--watch", watch_, "show it again every second until all have ended")->group("How");
  }

  Result<int> run(Context& context) override {
    const auto journal = open_journal();
    if (!journal) return fail(journal.error());
    if (!watch_) {
      const auto views = look(*journal);
      if (!views) return fail(views.error());
      context.print(shown(context, *views));
      return 0;
    }
    count_interrupts("");
    const bool redraw = understands_escapes(Stream::out) && !context.common.json;
    while (true) {
      const auto views = look(*journal);
      if (!views) return fail(views.error());
      if (!write_all(Stream::out, (redraw ? "\033[H\033[2J" : "") + shown(context, *views)).ok) return 0;
      const bool over = std::none_of(views->begin(), views->end(), [](const SessionView& view) {
        return view.now && (view.now->report.tool_alive || view.now->report.keeper_alive);
      });
      if (over) return 0;
      for (int i = 0; i < 10 && interrupts() == 0; ++i) system_clock().sleep(std::chrono::milliseconds(100));
      if (interrupts() > 0) return 0;
    }
  }

 private:
  Result<std::vector<SessionView>> look(const session::SessionJournal& journal) const {
    std::vector<std::string> ids;
    for (const auto& word : words_) {
      auto id = journal.find(word);
      if (!id) return fail(id.error());
      ids.push_back(std::move(*id));
    }
    if (words_.empty()) {
      auto all = journal.ids();
      if (!all) return fail(all.error());
      ids = std::move(*all);
    }
    std::vector<SessionView> views;
    std::map<std::string, Error> lost;  // machines: each that does not answer makes us wait once only
    for (const auto& id : ids) {
      SessionView view;
      view.id = id;
      auto opened = OpenedSession::open(journal, id);
      if (!opened) {
        view.problem = opened.error().message;
      } else {
        const auto& record = (*opened)->session().record();
        view.record = record;
        const auto known = lost.find(record.target.destination);
        auto now = known != lost.end() ? Result<session::LiveState>(fail(known->second))
                                       : (*opened)->session().look(true);
        if (now) {
          view.now = std::move(*now);
        } else if (record.remote() && now.error().kind == ErrorKind::unavailable) {
          view.now = session::lost_state(record, now.error());
          lost.emplace(record.target.destination, now.error());
        } else {
          view.problem = now.error().message;
        }
      }
      views.push_back(std::move(view));
    }
    return views;
  }

  static std::string shown(const Context& context, const std::vector<SessionView>& views) {
    if (context.common.json) {
      Json list = Json::array();
      for (const auto& view : views) list.add(to_json(view));
      return Json::object().set("sessions", std::move(list)).dump(2) + "\n";
    }
    if (views.empty()) return "no sessions\n";
    if (context.common.quiet) {
      std::string text;
      for (const auto& view : views) text += view.id + "\n";
      return text;
    }
    return render(session_table(views), context.output_width, context.output_color);
  }

  std::vector<std::string> words_;
  bool watch_ = false;
};

}  // namespace

std::unique_ptr<Command> make_status_command() {
  return std::make_unique<StatusCommand>();
}

}  // namespace anchoko::cli
