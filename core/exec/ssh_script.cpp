#include "core/exec/ssh_script.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/exec/shell_quote.h"

namespace anchoko::ssh {
namespace {

// Those that may stand beside a /bin/sh that is no POSIX shell, best first.
constexpr std::array<std::string_view, 3> other_shells{"/usr/xpg4/bin/sh", "/usr/bin/ksh", "/bin/ksh"};

// Ends a shell that knows no $(…), as /bin/sh of Solaris 10, before it reads on; it names a better one.
// (sh(1) of Solaris 10: what it cannot parse ends it, so it is asked in a subshell.)
std::string shell_question(const std::string& mark) {
  std::string shells;
  for (const auto shell : other_shells) shells += " " + std::string(shell);
  return "(eval ': $(:)') >/dev/null 2>&1 || {\n"
         "  for shell in" +
         shells + "; do\n    if test -x $shell; then echo " + mark + " shell $shell >&2; exit " +
         std::to_string(marked) + "; fi\n  done\n  echo " + mark + " shell none >&2\n  exit " +
         std::to_string(marked) + "\n}\n";
}

// Start-up files may have written to both outputs, and the connection is named where the shell may know it.
// `sh` is the shell that reads this.
std::string prologue(const std::string& mark) {
  return shell_question(mark) +
         "shell=$0\n"
         "unset ENV BASH_ENV\n"
         "umask 077\n"
         "PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin\n"
         "LC_ALL=C\n"
         "export PATH LC_ALL\n"
         "search() {\n"
         "  case $1,$shell in\n"
         "    sh,/*) printf '%s\\n' \"$shell\"; return ;;\n"
         "    */*,*) if [ -f \"$1\" ] && [ -x \"$1\" ]; then printf '%s\\n' \"$1\"; fi; return ;;\n"
         "  esac\n"
         "  set -f\n"
         "  IFS=:\n"
         "  for folder in $PATH; do\n"
         "    case $folder in /*) ;; *) continue ;; esac\n"
         "    if [ -f \"$folder/$1\" ] && [ -x \"$folder/$1\" ]; then\n"
         "      printf '%s\\n' \"$folder/$1\"\n"
         "      return\n"
         "    fi\n"
         "  done\n"
         "}\n"
         "printf '%s\\n' " +
         mark + "\nprintf '%s begin %s\\n' " + mark + " \"${SSH_CONNECTION-}\" >&2\n";
}

// Death by signal 9 is 137, in ksh93 265, in yash 393.
std::string epilogue(const std::string& mark) {
  return "status=$?\n"
         "if [ \"$status\" -gt 384 ]; then\n"
         "  status=$((status - 256))\n"
         "elif [ \"$status\" -gt 256 ]; then\n"
         "  status=$((status - 128))\n"
         "fi\n"
         "if [ \"$status\" -ge " +
         std::to_string(marked) + " ]; then\n  printf '%s status %s\\n' " + mark +
         " \"$status\" >&2\n  status=" + std::to_string(marked) + "\nfi\nexit \"$status\"\n";
}

// The last line of that kind, taken out of the text with all that stands behind it.
std::string take_last(std::string& text, const std::string& start) {
  const auto at = text.rfind(start);
  if (at == std::string::npos) return {};
  const auto from = at + start.size();
  std::string value = text.substr(from, text.find('\n', from) - from);
  text.erase(at);
  return value;
}

}  // namespace

Result<std::string> command_script(const CommandLine& command, std::string_view input,
                                   const std::string& mark) {
  if (command.empty()) return fail(ErrorKind::failed, "there is no command to run");
  if (input.find('\0') != std::string_view::npos)
    return fail(ErrorKind::failed, "the input of `" + command.front() + "` holds a zero byte");
  std::string words;
  for (const auto& word : command) {
    if (word.find('\0') != std::string::npos)
      return fail(ErrorKind::failed, "a word of the command holds a zero byte");
    if (&word != &command.front()) words += " " + quote_posix(word);
  }
  std::string text = prologue(mark) + "program=$(search " + quote_posix(command.front()) +
                     ")\n"
                     "if [ -z \"$program\" ]; then\n  printf '%s absent\\n' " +
                     mark + " >&2\n  exit " + std::to_string(marked) + "\nfi\n\"$program\"" + words;
  if (input.empty()) {
    text += " </dev/null\n";
  } else {
    const auto end = here_document_mark(input, "nd-" + mark);
    if (!end) return fail(end.error());
    text += " <<'" + *end + "'\n";
    text += input;
    text += (input.ends_with('\n') ? "" : "\n") + *end + "\n";
  }
  return text + epilogue(mark);
}

std::string search_script(const std::string& name, const std::string& mark) {
  return prologue(mark) + "search " + quote_posix(name) + "\nexit 0\n";
}

Answer read_answer(CommandOutput output, const std::string& mark) {
  Answer answer;
  answer.exit_status = output.exit_status;
  answer.out = std::move(output.out);
  answer.err = std::move(output.err);
  const std::string begin = mark + " begin ";
  const auto at = answer.err.find(begin);
  if (at == std::string::npos) {
    const std::string shell = take_last(answer.err, mark + " shell ");
    answer.no_posix_shell = shell == "none";
    if (std::find(other_shells.begin(), other_shells.end(), shell) != other_shells.end())
      answer.other_shell = shell;
    return answer;
  }
  answer.begun = true;
  const auto end = answer.err.find('\n', at);
  answer.connection = answer.err.substr(at + begin.size(), end - at - begin.size());
  answer.err.erase(0, end == std::string::npos ? end : end + 1);
  if (const auto out = answer.out.find(mark + "\n"); out != std::string::npos)
    answer.out.erase(0, out + mark.size() + 1);
  if (output.exit_status != marked) return answer;
  answer.absent = answer.err.find(mark + " absent") != std::string::npos;
  const std::string status = take_last(answer.err, mark + " status ");
  std::from_chars(status.data(), status.data() + status.size(), answer.exit_status);
  return answer;
}

Result<void> MarkedSink::take(std::string_view piece) {
  if (found_) return sink_(piece);
  head_ += piece;
  const auto at = head_.find(mark_);
  if (at == std::string::npos) {
    if (head_.size() <= CommandRunner::output_cap) return {};
    return fail(ErrorKind::failed, "start-up files of the shell there write without an end");
  }
  found_ = true;
  const std::string rest = head_.substr(at + mark_.size());
  head_.clear();
  return rest.empty() ? Result<void>() : sink_(rest);
}

}  // namespace anchoko::ssh
