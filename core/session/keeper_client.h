// Talks to the keeper on a target: starts it, asks it, ends it, brings its files. Everything but fixed words
// travels on standard input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/exec/command_runner.h"
#include "core/model/capture_plan.h"
#include "core/plan/script.h"

namespace anchoko::session {

struct KeeperReport {
  // foreign: one of that name is not this user's, or others may write to it; nothing in it was looked at.
  enum class Folder { gone, unfinished, present, foreign };
  struct File {
    std::string name;
    std::uint64_t bytes = 0;
  };
  Folder folder = Folder::gone;
  std::string phase;   // starting, running, stopping, ended; empty: it had not begun
  std::string reason;  // stopping, ended: duration, request, max_size, min_free, clean; tool: by itself
  std::optional<int> exit_status;     // of the tool; ended only, and not when the keeper was gone
  std::optional<std::int64_t> at_ns;  // when the phase began; of another machine brought to this one's clock
  bool keeper_alive = false;
  bool watchdog_alive = false;
  bool tool_alive = false;
  std::optional<long> tool_pid;
  std::vector<File> files;  // native ones, in the folder
  std::uint64_t free_bytes = 0;
  std::string messages;  // of the tool

  bool anyone_minds() const { return keeper_alive || watchdog_alive; }
  std::uint64_t native_bytes() const;
};

// Error of all that talks to another machine: unavailable, it cannot be reached or does not answer in time.
class KeeperClient {
 public:
  KeeperClient(CommandRunner& runner, const CapturePlan& plan) : runner_(runner), plan_(plan) {}

  // Returns when the keeper runs; the tool may not yet. Errors: failed, with what the target said.
  Result<void> start();
  // `live`: has the tool print its counters first.
  Result<KeeperReport> status(bool live = false);
  Result<void> stop();
  // Ends what still runs and deletes what the session made. Error: something does not end, nothing was
  // deleted.
  Result<void> clean();

  // A native file of the report to this machine, whole and unchanged: what arrived is of that size, and both
  // sides count the same checksum.
  Result<void> fetch(const KeeperReport::File& file, const OutputSink& sink);

 private:
  Result<CommandOutput> ask(const std::string& script, const std::string& what);
  Result<void> insist(plan::KeeperRequest request, const std::string& what);

  CommandRunner& runner_;
  const CapturePlan& plan_;
  bool answered_ = false;  // so another machine can be reached, or could
};

KeeperReport read_report(const std::string& text);

}  // namespace anchoko::session
