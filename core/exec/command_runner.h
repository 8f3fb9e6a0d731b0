// Runs commands on a target. The local machine, ssh, a transcript in tests.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/exec/command_line.h"

namespace anchoko {

struct CommandOutput {
  int exit_status = 0;  // 128 + N when a signal N ended it
  std::string out;
  std::string err;
};

class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  // Runs to the end with `input` as its standard input; output beyond 1 MiB each is cut. Not found:
  // ErrorKind::unavailable. Ran into the time limit: ErrorKind::failed, the command ended.
  virtual Result<CommandOutput> run(const CommandLine& command, std::chrono::milliseconds time_limit,
                                    std::string_view input = {}) = 0;
  // Full path of a program on the search path and the usual system folders; empty when absent.
  virtual std::string find_program(const std::string& name) = 0;
};

std::unique_ptr<CommandRunner> make_local_runner();

}  // namespace anchoko
