// Runs commands on a target. The local machine, ssh, a transcript in tests.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/exec/command_line.h"

namespace anchoko {

struct CommandOutput {
  int exit_status = 0;  // 128 + N when a signal N ended it
  std::string out;
  std::string err;
};

// Takes output piece by piece. An error ends the command.
using OutputSink = std::function<Result<void>(std::string_view)>;

class CommandRunner {
 public:
  static constexpr std::size_t output_cap = std::size_t{1} << 20;  // of each output of run()

  virtual ~CommandRunner() = default;
  // Runs to the end with `input` as its standard input; output beyond 1 MiB each is cut. Not found:
  // ErrorKind::unavailable. Ran into the time limit: ErrorKind::failed, the command ended.
  virtual Result<CommandOutput> run(const CommandLine& command, std::chrono::milliseconds time_limit,
                                    std::string_view input = {}) = 0;
  // The same for output of any size: all of standard output goes to `sink`, `out` stays empty. `patience`:
  // the longest time without any of it. Errors: those of run(), and the sink's. Here by way of run(), for
  // runners of small output: failed where that was cut.
  virtual Result<CommandOutput> stream(const CommandLine& command, std::chrono::milliseconds patience,
                                       std::string_view input, const OutputSink& sink);
  // Full path of a program on the search path and the usual system folders; empty when absent.
  virtual std::string find_program(const std::string& name) = 0;

  // The machine that commands run on, as a person calls it; empty: this one.
  virtual std::string target() const { return {}; }
  // The ssh connections by which the target was reached so far, each as its SSH_CONNECTION tells: client
  // address, client port, server address, server port.
  virtual std::vector<std::string> connections() const { return {}; }
};

std::unique_ptr<CommandRunner> make_local_runner();

}  // namespace anchoko
