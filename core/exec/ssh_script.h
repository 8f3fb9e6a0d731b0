// What an ssh_runner writes to the shell of its target, and what it reads in the answer.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/exec/command_line.h"
#include "core/exec/command_runner.h"

namespace anchoko::ssh {

// Statuses by which ssh ends of which the marks have to tell more: its own, and ours for those beside it.
constexpr int own_failure = 255;
constexpr int marked = 254;

// `mark` is a word that no output holds by chance. Errors: failed or usage, the command or its input cannot
// be written down.
Result<std::string> command_script(const CommandLine& command, std::string_view input,
                                   const std::string& mark);
// Prints the full path of a program.
std::string search_script(const std::string& name, const std::string& mark);

// An answer without the marks, and without what start-up files there wrote before the first.
struct Answer {
  bool begun = false;           // the shell read our script
  std::string other_shell;      // the shell is none of POSIX: one there that is
  bool no_posix_shell = false;  // and there is none
  bool absent = false;          // the program is not there
  int exit_status = 0;          // of the command; when `begun` and ssh itself did not fail
  std::string connection;       // SSH_CONNECTION; empty where `become` took it away
  std::string out;
  std::string err;
};
Answer read_answer(CommandOutput output, const std::string& mark);

// Hands on what stands behind the mark.
class MarkedSink {
 public:
  MarkedSink(const OutputSink& sink, const std::string& mark) : sink_(sink), mark_(mark + "\n") {}
  Result<void> take(std::string_view piece);

 private:
  const OutputSink& sink_;
  std::string mark_;
  std::string head_;
  bool found_ = false;
};

}  // namespace anchoko::ssh
