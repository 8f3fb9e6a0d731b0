// Which sessions a command is about, and one of them opened.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/context.h"
#include "core/session/capture_session.h"

namespace CLI {
class App;
}

namespace anchoko::cli {

class SessionChoice {
 public:
  // SESSION… and --all.
  void add_options(CLI::App& app, const std::string& verb);

  // The ids that were named; all with --all. Without either: the only session there is, or a usage error that
  // lists them.
  Result<std::vector<std::string>> chosen(const session::SessionJournal& journal) const;

 private:
  std::vector<std::string> words_;
  bool all_ = false;
};

// A session of the journal with everything that it refers to.
class OpenedSession {
 public:
  static Result<std::unique_ptr<OpenedSession>> open(const session::SessionJournal& journal,
                                                     const std::string& id);
  session::CaptureSession& session() { return *session_; }

 private:
  OpenedSession() = default;

  BackendRegistry registry_;
  std::unique_ptr<CommandRunner> runner_;
  std::unique_ptr<session::CaptureSession> session_;
};

// A session of that id is there, and its journal does not tell what it is.
using UnreadableSession =
    std::function<Result<int>(const session::SessionJournal&, const std::string& id, const Error&)>;

// Does it for each, goes on behind one that fails, and gives the worst exit status. `exclusive`: nobody else
// may be at work on the session. `unreadable`: instead of the error.
Result<int> for_each_session(Context& context, const SessionChoice& choice, bool exclusive,
                             const std::function<Result<int>(session::CaptureSession&)>& act,
                             const UnreadableSession& unreadable = {});

}  // namespace anchoko::cli
