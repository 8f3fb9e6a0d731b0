#include "cli/session_choice.h"

#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "backends/registry.h"
#include "cli/session_report.h"
#include "cli/target_option.h"

namespace anchoko::cli {

void SessionChoice::add_options(CLI::App& app, const std::string& verb) {
  app.add_option("SESSION", words_,
                 "session ids, or beginnings of them; without one, the only session there is")
      ->group("Which");
  app.add_flag("--all", all_, verb + " every session")->group("Which");
}

Result<std::vector<std::string>> SessionChoice::chosen(const session::SessionJournal& journal) const {
  const auto listed = journal.ids();
  if (!listed) return fail(listed.error());
  const std::vector<std::string>& ids = *listed;
  if (all_) {
    if (!words_.empty()) return fail(ErrorKind::usage, "--all and names of sessions contradict each other");
    return ids;
  }
  std::vector<std::string> out;
  for (const auto& word : words_) {
    auto id = journal.find(word);
    if (!id) return fail(id.error());
    if (std::find(out.begin(), out.end(), *id) == out.end()) out.push_back(std::move(*id));
  }
  if (!out.empty() || ids.size() == 1) return out.empty() ? ids : out;
  if (ids.empty())
    return fail(ErrorKind::usage, "there are no sessions", "'anchoko start' or 'anchoko capture' makes one");
  return fail(ErrorKind::usage, "there are " + std::to_string(ids.size()) + " sessions: " + enumerate(ids),
              "name the one you mean, or give --all");
}

Result<std::unique_ptr<OpenedSession>> OpenedSession::open(const session::SessionJournal& journal,
                                                           const std::string& id) {
  auto record = journal.read(id);
  if (!record) return fail(record.error());
  std::unique_ptr<OpenedSession> opened(new OpenedSession);
  opened->registry_ = make_backend_registry();
  opened->runner_ = make_runner(record->target);
  const Backend* backend = opened->registry_.find(record->plan.backend);
  if (backend == nullptr)
    return fail(ErrorKind::failed, "session " + id + " was captured with `" + record->plan.backend +
                                       "`, which this anchoko does not know");
  opened->session_ = std::make_unique<session::CaptureSession>(*backend, *opened->runner_, system_clock(),
                                                               journal, std::move(*record));
  return opened;
}

Result<int> for_each_session(Context& context, const SessionChoice& choice, bool exclusive,
                             const std::function<Result<int>(session::CaptureSession&)>& act,
                             const UnreadableSession& unreadable) {
  const auto journal = open_journal();
  if (!journal) return fail(journal.error());
  const auto ids = choice.chosen(*journal);
  if (!ids) return fail(ids.error());
  int worst = 0;
  const auto one = [&](const std::string& id) -> Result<int> {
    std::unique_ptr<FileLock> held;
    if (exclusive) {
      auto lock = journal->lock(id);
      if (!lock) return fail(lock.error());
      held = std::move(*lock);
    }
    auto opened = OpenedSession::open(*journal, id);
    if (!opened) return unreadable ? unreadable(*journal, id, opened.error()) : fail(opened.error());
    return act((*opened)->session());
  };
  for (const auto& id : *ids) {
    const auto status = one(id);
    if (!status && ids->size() == 1) return status;
    if (!status) context.messages.error(status.error());
    worst = std::max(worst, status ? *status : exit_status(status.error().kind));
  }
  return worst;
}

}  // namespace anchoko::cli
