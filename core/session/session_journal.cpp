#include "core/session/session_journal.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <system_error>
#include <thread>

#include "core/base/diagnostic.h"
#include "core/base/file.h"
#include "core/base/local_system.h"
#include "core/plan/planner.h"

namespace anchoko::session {
namespace {

namespace fs = std::filesystem;

// Parents as the system makes them, the last one private.
Result<void> make_folders(const fs::path& path) {
  std::error_code problem;
  if (fs::is_directory(path, problem)) return {};
  if (path.has_parent_path()) {
    fs::create_directories(path.parent_path(), problem);
    if (problem) return fail(ErrorKind::failed, utf8(path.parent_path()) + ": " + problem.message());
  }
  auto made = make_private_folder(path);
  if (!made && fs::is_directory(path, problem)) return {};  // another process was quicker
  return made;
}

// Whoever reads of a folder unknown to him is to know what it is for.
Error of_the_journal(Error error) {
  error.message = "the journal of the sessions cannot be written: " + error.message;
  error.hint +=
      std::string(error.hint.empty() ? "" : "; ") +
      "it lies in the user's folder for state: XDG_STATE_HOME, on Windows LOCALAPPDATA, names another";
  return error;
}

}  // namespace

Result<void> SessionJournal::write(const SessionRecord& record) const {
  if (auto written = write_entry(record); !written) return fail(of_the_journal(written.error()));
  return {};
}

Result<void> SessionJournal::write_entry(const SessionRecord& record) const {
  const std::string& id = record.plan.session_id;
  if (!plan::is_session_id(id)) return fail(ErrorKind::failed, "`" + id + "` is not a session id");
  if (auto made = make_folders(folder_); !made) return made;
  if (auto made = make_folders(folder_ / id); !made) return made;
  const std::string text = to_json(record).dump() + "\n";
  auto output = create_output(utf8(file(id)), Overwrite::yes);
  if (!output) return fail(output.error());
  if (auto written = (*output)->write(std::as_bytes(std::span(text))); !written) return written;
  return (*output)->commit();
}

// Held for moments, unlike lock(): `stop` writes while `capture` has the session.
Result<std::unique_ptr<FileLock>> SessionJournal::lock_writing(const std::string& id) const {
  for (int attempt = 0; attempt < 500; ++attempt) {
    auto lock = try_lock(folder_ / id / "writing");
    if (!lock || *lock) return lock;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return fail(ErrorKind::failed, utf8(folder_ / id) + ": another anchoko writes there without an end");
}

Result<bool> SessionJournal::update(const std::string& id,
                                    const std::function<void(SessionRecord&)>& change) const {
  if (!plan::is_session_id(id)) return fail(ErrorKind::failed, "`" + id + "` is not a session id");
  std::error_code ignored;
  const auto lock = lock_writing(id);
  if (!fs::exists(file(id), ignored)) return false;
  if (!lock) return fail(of_the_journal(lock.error()));
  auto record = read(id);
  if (!record) return fail(record.error());
  const State before = record->state;
  change(*record);
  if (record->state < before) return false;
  if (auto written = write(*record); !written) return fail(written.error());
  return true;
}

Result<SessionRecord> SessionJournal::read(const std::string& id) const {
  const auto text = read_text_file(file(id));
  if (!text) return fail(text.error());
  const auto json = Json::parse(*text);
  auto record = json ? record_from_json(*json) : Result<SessionRecord>(fail(json.error()));
  if (!record) {
    return fail(ErrorKind::failed, "the journal of session " + id + " is damaged: " + record.error().message,
                "it is " + utf8(file(id)));
  }
  if (record->plan.session_id != id)
    return fail(ErrorKind::failed, "the journal of session " + id + " is that of another session",
                "it is " + utf8(file(id)));
  return record;
}

Result<std::vector<std::string>> SessionJournal::ids() const {
  std::vector<std::string> out;
  std::error_code problem;
  for (fs::directory_iterator at(folder_, problem), end; !problem && at != end; at.increment(problem)) {
    const std::string name = utf8(at->path().filename());
    std::error_code hidden;  // it may be there, and reading it will tell
    if (plan::is_session_id(name) && (fs::exists(file(name), hidden) || hidden)) out.push_back(name);
  }
  if (problem && problem != std::errc::no_such_file_or_directory) {
    const bool right = problem == std::errc::permission_denied;
    return fail(right ? ErrorKind::unavailable : ErrorKind::failed,
                "the journal of the sessions cannot be read: " + utf8(folder_) + ": " + problem.message(),
                right ? "ask as the user who started them" : "");
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::string> SessionJournal::find(const std::string& word) const {
  const auto all = ids();
  if (!all) return fail(all.error());
  std::vector<std::string> found;
  for (const auto& id : *all) {
    if (id == word) return id;
    if (!word.empty() && id.starts_with(word)) found.push_back(id);
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1)
    return fail(ErrorKind::usage,
                "`" + word + "` is the beginning of " + std::to_string(found.size()) + " sessions",
                "'anchoko status' lists them");
  const std::string meant = did_you_mean(word, *all);
  return fail(ErrorKind::usage,
              "there is no session `" + word + "`" + (meant.empty() ? "" : "; did you mean `" + meant + "`?"),
              all->empty() ? "there are none" : "'anchoko status' lists them");
}

Result<void> SessionJournal::remove(const std::string& id) const {
  if (!plan::is_session_id(id)) return fail(ErrorKind::failed, "`" + id + "` is not a session id");
  std::error_code problem;
  // Where that fails, removing fails too, and says more.
  const auto lock =
      fs::exists(folder_ / id, problem) ? lock_writing(id) : Result<std::unique_ptr<FileLock>>();
  // The journal itself first: without it the folder is no session.
  fs::remove(file(id), problem);
  if (!problem) fs::remove_all(folder_ / id, problem);
  if (problem) return fail(ErrorKind::failed, utf8(folder_ / id) + ": " + problem.message());
  return {};
}

// Such a folder holds no journal, and nobody has its lock. One that is being made looks so for a moment:
// lock() is ready for that.
void SessionJournal::prune() const {
  std::error_code problem;
  std::vector<fs::path> suspects;
  for (fs::directory_iterator at(folder_, problem), end; !problem && at != end; at.increment(problem)) {
    std::error_code ignored;
    const std::string name = utf8(at->path().filename());
    if (plan::is_session_id(name) && !fs::exists(file(name), ignored)) suspects.push_back(at->path());
  }
  for (const auto& path : suspects) {
    std::error_code ignored;
    const auto lock = try_lock(path / "lock");
    if (!lock || !*lock || fs::exists(path / "session.json", ignored)) continue;
    fs::remove_all(path, ignored);
  }
}

Result<std::unique_ptr<FileLock>> SessionJournal::lock(const std::string& id) const {
  if (!plan::is_session_id(id)) return fail(ErrorKind::failed, "`" + id + "` is not a session id");
  Error problem;
  for (int attempt = 0; attempt < 20; ++attempt) {
    if (auto made = make_folders(folder_); !made) return fail(of_the_journal(made.error()));
    if (auto made = make_folders(folder_ / id); !made) return fail(of_the_journal(made.error()));
    auto lock = try_lock(folder_ / id / "lock");
    std::error_code ignored;
    if (lock && *lock && fs::exists(folder_ / id / "lock", ignored)) return std::move(*lock);
    problem = lock ? make_error(ErrorKind::failed, "another anchoko is at work on session " + id,
                                "wait for it, or end it; 'anchoko status' shows the session")
                   : of_the_journal(lock.error());
    if (fs::exists(file(id), ignored)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));  // somebody prunes
  }
  return fail(std::move(problem));
}

Result<fs::path> default_journal_folder() {
  const std::string state = user_state_folder();
  if (!state.empty()) return path_of(state) / "anchoko" / "sessions";
  return fail(ErrorKind::failed, "there is no place for the journal: this user has no home folder",
              "set HOME, XDG_STATE_HOME, or on Windows LOCALAPPDATA, to a folder of yours");
}

}  // namespace anchoko::session
