#include "core/exec/command_runner.h"

namespace anchoko {

Result<CommandOutput> CommandRunner::stream(const CommandLine& command, std::chrono::milliseconds patience,
                                            std::string_view input, const OutputSink& sink) {
  auto output = run(command, patience, input);
  if (!output) return output;
  if (output->out.size() >= output_cap)
    return fail(ErrorKind::failed, "`" + command.front() + "` wrote more than this runner can bring");
  if (auto taken = sink(output->out); !taken) return fail(taken.error());
  output->out.clear();
  return output;
}

}  // namespace anchoko
