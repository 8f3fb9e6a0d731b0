// The journal: one folder per session, written before each effect, so that any later process knows what may
// be there.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/file_lock.h"
#include "core/session/session_record.h"

namespace anchoko::session {

class SessionJournal {
 public:
  // Mode 0700, made when the first session is written.
  explicit SessionJournal(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // A session's first entry, or one in place of all before. Whole or not at all: a new file, synchronised and
  // renamed.
  Result<void> write(const SessionRecord& record) const;
  // A further entry: what the journal holds by now, changed and written while no other process writes.
  // Quietly not, and then false: the session is forgotten by now, or has gone beyond the state that `change`
  // sets.
  Result<bool> update(const std::string& id, const std::function<void(SessionRecord&)>& change) const;
  Result<SessionRecord> read(const std::string& id) const;
  // Those there are, oldest first. Errors: the folder cannot be read; unavailable for want of the right.
  Result<std::vector<std::string>> ids() const;
  // By its whole id or by a beginning that only one has. Errors: usage; those of ids().
  Result<std::string> find(const std::string& word) const;
  // Forgets the session.
  Result<void> remove(const std::string& id) const;
  // Removes what is left of sessions that were cut off before their first step or behind their last one.
  void prune() const;
  // For whoever changes more than one thing of a session. Errors: failed, another process has it.
  Result<std::unique_ptr<FileLock>> lock(const std::string& id) const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path file(const std::string& id) const { return folder_ / id / "session.json"; }
  Result<void> write_entry(const SessionRecord& record) const;
  Result<std::unique_ptr<FileLock>> lock_writing(const std::string& id) const;

  std::filesystem::path folder_;
};

// `anchoko/sessions` in the user's folder for state. Errors: there is none.
Result<std::filesystem::path> default_journal_folder();

}  // namespace anchoko::session
