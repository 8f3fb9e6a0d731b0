// Runs commands on a target. The local machine, ssh, a transcript in tests.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/exec/command_line.h"

namespace anchoko {

struct CommandOutput {
  int exit_status = 0;  // 128 + N when a signal N ended it
  std::string out;
  std::string err;
};

// A command that goes on. Destroying it does not end it.
class RunningCommand {
 public:
  virtual ~RunningCommand() = default;
  // Exit status when it has ended; nothing while it runs.
  virtual std::optional<int> poll() = 0;
  // Asks it to end as a person would with Ctrl-C. Safe when it has ended already.
  virtual Result<void> interrupt() = 0;
  // Tells it to end (SIGTERM), for one that did not heed interrupt(). Safe when it has ended already.
  virtual Result<void> terminate() = 0;
  virtual long pid() const = 0;
};

class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  // Runs to the end; output beyond 1 MiB each is cut. Not found: ErrorKind::unavailable. Ran into the time
  // limit: ErrorKind::failed, the command ended.
  virtual Result<CommandOutput> run(const CommandLine& command, std::chrono::milliseconds time_limit) = 0;
  // Starts it with stdin and stdout empty and stderr in the file (created 0600).
  virtual Result<std::unique_ptr<RunningCommand>> start(const CommandLine& command,
                                                        const std::string& stderr_file) = 0;
  // Full path of a program on the search path and the usual system folders; empty when absent.
  virtual std::string find_program(const std::string& name) = 0;
};

std::unique_ptr<CommandRunner> make_local_runner();

}  // namespace anchoko
