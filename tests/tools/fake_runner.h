// A runner that starts nothing: answers come from a transcript.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/exec/command_runner.h"
#include "core/exec/shell_quote.h"

namespace anchoko::testing {

class FakeRunner final : public CommandRunner {
 public:
  Result<CommandOutput> run(const CommandLine& command, std::chrono::milliseconds,
                            std::string_view) override {
    const std::string text = quote_posix(command);
    ran.push_back(text);
    if (const auto found = answers.find(text); found != answers.end()) return found->second;
    if (fallback) return fallback(command);
    return fail(ErrorKind::unavailable, "not in the transcript: " + text);
  }
  std::string find_program(const std::string& name) override {
    const auto found = programs.find(name);
    return found == programs.end() ? std::string() : found->second;
  }

  std::map<std::string, Result<CommandOutput>> answers;  // by the command as quoted for sh
  std::function<Result<CommandOutput>(const CommandLine&)> fallback;
  std::map<std::string, std::string> programs;
  std::vector<std::string> ran;
};

}  // namespace anchoko::testing
