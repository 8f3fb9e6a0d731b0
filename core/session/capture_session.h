// One session: start, watch, stop, collect, clean. Each step is in the journal before its effect, so that
// every later one can be taken by another process. Of one on another machine every step has the error
// unavailable where that cannot be reached.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "core/backend/backend.h"
#include "core/base/clock.h"
#include "core/exec/command_runner.h"
#include "core/session/capture_outcome.h"
#include "core/session/keeper_client.h"
#include "core/session/native_copies.h"
#include "core/session/native_order.h"
#include "core/session/session_journal.h"

namespace anchoko::session {

// What is true of a session now, from its journal and its target.
struct LiveState {
  State state = State::planned;
  std::string detail;  // why it ended or failed; what is not as it should be
  KeeperReport report;
  CaptureStats stats;
  std::optional<std::chrono::milliseconds> elapsed;  // absent: nobody saw when it ended
  std::chrono::milliseconds left{0};
  bool overdue = false;  // it captures beyond its time and nobody minds it: who sees this is to stop it
};

// What is known of a session whose machine answered with that error instead.
LiveState lost_state(const SessionRecord& record, const Error& error);

class CaptureSession {
 public:
  CaptureSession(const Backend& backend, CommandRunner& runner, const Clock& clock,
                 const SessionJournal& journal, SessionRecord record)
      : backend_(backend),
        runner_(runner),
        clock_(clock),
        journal_(journal),
        record_(std::move(record)),
        keeper_(runner, record_.plan) {}
  CaptureSession(const CaptureSession&) = delete;
  CaptureSession& operator=(const CaptureSession&) = delete;

  // Returns when the tool says that it captures. On an error nothing is left, in the journal and on the
  // target, unless the hint says what. Errors: unavailable (a right or tool is missing), interrupted
  // (`cancelled` answered true), failed.
  Result<void> start(const std::function<bool()>& cancelled = {});

  // `live`: with counters of the tool while it captures, where it can tell them.
  Result<LiveState> look(bool live = false);

  // Asks it to end, and returns when it has. Safe when it has ended already.
  Result<void> stop();

  struct CollectOptions {
    std::optional<std::string> output;  // instead of the one in the journal; absolute
    bool overwrite = false;             // either says so, this or, for its own output, the journal
    bool keep_native = false;           // the same
    std::function<void(const convert::Progress&)> progress;
    std::function<bool()> interrupted;
    // While the native files of another machine are brought here.
    std::function<void(std::uint64_t bytes, std::uint64_t total)> fetching;
  };
  // Brings what there is from another machine, size and checksum compared, converts it, verifies it, and only
  // then deletes the native file and the journal, unless the native file is to be kept. The options count for
  // this attempt: the journal takes note of the output when it is there. Waits for the last word of a keeper
  // that lives. Errors: refused while it still captures; what the conversion answers, the native file named
  // in the hint.
  Result<CaptureOutcome> collect(const CollectOptions& options);

  // Writes the packets as pcapng to record().output while they arrive; returns when the capture has ended,
  // with everything that it had written. The native file stays until clean(). `stop_requested` ends the
  // capture in order.
  struct StreamOptions {
    std::function<bool()> stop_requested;
    std::function<void(const LiveState&)> progress;
  };
  Result<CaptureOutcome> stream(const StreamOptions& options);

  // Ends what still runs, deletes what the session made on the target, then its journal. What was not
  // collected is lost.
  Result<void> clean();

  // The journal's entry alone: what is left on the target is nothing of ours, or out of reach.
  Result<void> forget() { return journal_.remove(record_.plan.session_id); }

  const SessionRecord& record() const { return record_; }

 private:
  std::int64_t now_ns() const;
  Result<void> note(const std::function<void(SessionRecord&)>& change = {});
  Result<void> enter(State state, std::string problem = {});
  Error abandoned(Error error);
  Error start_error(const KeeperReport& report) const;
  Result<KeeperReport> wait_for_end();
  Result<LiveState> look_at_end();
  Result<RingFiles> native_files(const KeeperReport& report, NativeCopies& copies,
                                 const CollectOptions& options);
  void note_connections();
  Error kept_error(Error error, const CaptureEnd& end) const;

  const Backend& backend_;
  CommandRunner& runner_;
  const Clock& clock_;
  const SessionJournal& journal_;
  SessionRecord record_;
  KeeperClient keeper_;
};

// Cleans a session of which nothing is known but its id: ends and deletes what carries that id in the usual
// spool folder of a POSIX system, then its journal.
Result<void> clean_unknown(CommandRunner& runner, const SessionJournal& journal, const std::string& id);

}  // namespace anchoko::session
