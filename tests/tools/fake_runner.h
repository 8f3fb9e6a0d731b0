// A runner that starts nothing: answers come from a transcript, and a started command does what a script says
// when the fake clock gets there.
#pragma once

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/exec/command_runner.h"
#include "core/exec/shell_quote.h"
#include "tests/tools/fake_clock.h"

namespace anchoko::testing {

struct ScriptedCommand {
  // What it does at which time after its start; in order of time.
  struct Act {
    std::chrono::milliseconds at;
    std::function<void()> does;
  };
  std::vector<Act> acts;
  std::chrono::milliseconds ends_at{-1};  // by itself; negative: never
  int status = 0;                         // then
  // An interrupt ends it so much later, with that status; negative: it does not heed it.
  std::chrono::milliseconds heeds_interrupt_after{10};
  std::function<void()> on_interrupt;
  int interrupt_status = 0;
  std::chrono::milliseconds heeds_terminate_after{10};
  // What happened to it.
  int interrupts = 0;
  int terminates = 0;
};

class FakeRunning final : public RunningCommand {
 public:
  FakeRunning(const FakeClock& clock, ScriptedCommand& script)
      : clock_(clock), script_(script), begin_(clock.since_start()) {
    act();
  }
  std::optional<int> poll() override {
    act();
    return status_;
  }
  Result<void> interrupt() override {
    if (status_) return {};
    ++script_.interrupts;
    if (script_.heeds_interrupt_after.count() >= 0 && end_ < std::chrono::milliseconds(0)) {
      end_ = elapsed() + script_.heeds_interrupt_after;
      end_status_ = script_.interrupt_status;
      at_end_ = script_.on_interrupt;
    }
    return {};
  }
  Result<void> terminate() override {
    if (status_) return {};
    ++script_.terminates;
    if (script_.heeds_terminate_after.count() >= 0) {
      end_ = elapsed() + script_.heeds_terminate_after;
      end_status_ = 143;
    }
    return {};
  }
  long pid() const override { return 4711; }

 private:
  std::chrono::milliseconds elapsed() const { return clock_.since_start() - begin_; }
  void act() {
    if (status_) return;
    const bool by_itself = script_.ends_at.count() >= 0 && elapsed() >= script_.ends_at;
    while (next_ < script_.acts.size() && script_.acts[next_].at <= elapsed()) script_.acts[next_++].does();
    if (end_.count() >= 0 && elapsed() >= end_) {
      if (at_end_) at_end_();
      status_ = end_status_;
    } else if (by_itself) {
      status_ = script_.status;
    }
  }

  const FakeClock& clock_;
  ScriptedCommand& script_;
  std::chrono::milliseconds begin_;
  std::chrono::milliseconds end_{-1};
  int end_status_ = 0;
  std::function<void()> at_end_;
  std::size_t next_ = 0;
  std::optional<int> status_;
};

class FakeRunner final : public CommandRunner {
 public:
  explicit FakeRunner(const FakeClock& clock) : clock_(clock) {}

  Result<CommandOutput> run(const CommandLine& command, std::chrono::milliseconds) override {
    const std::string text = quote_posix(command);
    ran.push_back(text);
    if (const auto found = answers.find(text); found != answers.end()) return found->second;
    if (fallback) return fallback(command);
    return fail(ErrorKind::unavailable, "not in the transcript: " + text);
  }
  Result<std::unique_ptr<RunningCommand>> start(const CommandLine& command,
                                                const std::string& stderr_file) override {
    started.push_back(quote_posix(command));
    if (start_error) return fail(*start_error);
    std::ofstream file(stderr_file);
    return std::make_unique<FakeRunning>(clock_, script);
  }
  std::string find_program(const std::string& name) override {
    const auto found = programs.find(name);
    return found == programs.end() ? std::string() : found->second;
  }

  std::map<std::string, Result<CommandOutput>> answers;  // by the command as quoted for sh
  std::function<Result<CommandOutput>(const CommandLine&)> fallback;
  std::map<std::string, std::string> programs;
  ScriptedCommand script;
  std::optional<Error> start_error;
  std::vector<std::string> ran;
  std::vector<std::string> started;

 private:
  const FakeClock& clock_;
};

}  // namespace anchoko::testing
