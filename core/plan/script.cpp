#include "core/plan/script.h"

#include <algorithm>
#include <chrono>

#include "core/base/version.h"
#include "core/exec/shell_quote.h"
#include "core/plan/keeper_text.h"
#include "core/plan/planner.h"

namespace anchoko::plan {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t block = 512;  // POSIX's unit of `ulimit -f`

std::string assignment(const std::string& name, const std::string& value) {
  return name + "=" + quote_posix(value) + "\n";
}
std::string assignment(const std::string& name, std::uint64_t value) {
  return name + "=" + std::to_string(value) + "\n";
}

// Words over several lines, so that a person can read them.
std::string function(const std::string& name, const std::string& first, const CommandLine& words) {
  std::string text = name + "() {\n  " + first;
  std::size_t column = 2 + first.size();
  for (const auto& word : words) {
    const std::string quoted = quote_posix(word);
    if (column + quoted.size() > 100) {
      text += " \\\n   ";
      column = 4;
    }
    if (column > 2) text += " ";
    text += quoted;
    column += 1 + quoted.size();
  }
  return text + "\n}\n";
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// As it is named from within the session's folder, in which all of the keeper works: should that folder
// vanish, and somebody else put another in its place, nothing is written or deleted there.
std::string from_folder(const CapturePlan& plan, const std::string& path) {
  const std::string start = plan.folder + "/";
  return path.starts_with(start) ? "./" + path.substr(start.size()) : path;
}

// The keeper calls them whatever the tool is.
constexpr const char* no_native_functions =
    "native_begin() { return 1; }\n"
    "native_lives() { return 1; }\n"
    "native_end() { return 1; }\n"
    "native_after() { return 1; }\n";

struct Duration {
  std::int64_t whole = 0;      // seconds
  std::string fraction = "0";  // decimals behind them
};

// Where sleep takes whole seconds only, a part of one counts as one.
Duration duration_of(const CapturePlan& plan) {
  const std::int64_t total = plan.asked.duration.count();
  Duration out{total / 1000, "0"};
  const std::int64_t part = total % 1000;
  if (part == 0) return out;
  if (!plan.keeper.fractional_sleep) {
    ++out.whole;
  } else {
    const std::string digits = std::to_string(part);
    out.fraction = std::string(3 - digits.size(), '0') + digits;
  }
  return out;
}

// A part of a unit counts as one: no limit must become none.
std::uint64_t units(std::uint64_t bytes, std::uint64_t unit) {
  return bytes / unit + (bytes % unit != 0 ? 1 : 0);
}

// What differs from capture to capture.
std::string settings(const CapturePlan& plan, const CommandLine& words) {
  const KeeperSettings& keeper = plan.keeper;
  const bool ring = plan.asked.files > 1;
  const Duration duration = duration_of(plan);
  CommandLine files{from_folder(plan, plan.native_file), from_folder(plan, plan.messages_file)};
  for (const auto& file : plan.files) files.push_back(from_folder(plan, file.path));
  std::string text;
  text += assignment("id", plan.session_id);
  text += assignment("folder", plan.folder);
  text += assignment("shell", keeper.shell);
  text += assignment("native", from_folder(plan, plan.native_file));
  text += assignment("native_name", file_name(plan.native_file));
  text += assignment("messages", file_name(plan.messages_file));
  text += assignment("whole_seconds", static_cast<std::uint64_t>(duration.whole));
  text += assignment("fraction", duration.fraction);
  text += assignment("timed", std::string(plan.asked.duration.count() > 0 ? "yes" : "no"));
  // A ring bounds itself.
  text += assignment("max_thousands", ring ? 0 : units(plan.asked.max_size, 1000));
  text += assignment("min_free_kilobytes",
                     std::min<std::uint64_t>(units(plan.asked.min_free, 1024), 999'999'998));
  text += assignment("most_blocks", keeper.hard_file_bytes / block);
  text += assignment("settle", keeper.settle_seconds);
  text += assignment("tick", std::string(keeper.fractional_sleep ? "0.5" : "1"));
  text += assignment("ticks_per_look", keeper.fractional_sleep ? 2 : 1);
  text += assignment("stop_signal", keeper.stop_signal);
  text += assignment("report_signal", keeper.report_signal);
  text += assignment("ready_text", keeper.ready_text);
  const bool minded = !keeper.native_functions.empty();
  text += assignment("minded", std::string(minded ? "yes" : "no"));
  text += function("run_tool", minded ? "" : "exec", words);
  for (const auto& [name, value] : keeper.native_values) text += assignment(name, value);
  text += minded ? keeper.native_functions : no_native_functions;
  text += function("remove_files", "rm -f", files);
  return text;
}

// Taken as it stands, for the mark is quoted. The last line is ended.
Result<std::string> here_document(const std::string& target, const std::string& text, const std::string& id) {
  const auto mark = here_document_mark(text, "nd-of-" + id);
  if (!mark) return fail(mark.error());
  const bool ended = text.ends_with('\n');
  return "cat >" + target + " <<'" + *mark + "' || give_up \"cannot write into $folder\"\n" + text +
         (ended ? "" : "\n") + *mark + "\n";
}

// Every script begins so. mine KIND NAME: the name, itself and not what a link of that name leads to, is of
// that kind and this user's, and nobody else may write to it: in /var/tmp anybody can make names.
std::string prologue(const CapturePlan& plan) {
  // Some shells read the files of these names before a script.
  return assignment("folder", plan.folder) + assignment("shell", plan.keeper.shell) +
         "unset ENV BASH_ENV\n"
         "umask 077\n"
         "set -f\n"
         "PATH=/usr/xpg4/bin:/usr/bin:/bin:/usr/sbin:/sbin:$PATH\n"
         "LC_ALL=C\n"
         "export PATH LC_ALL\n"
         "me=$(id -u)\n"
         "mine() {\n"
         "  # shellcheck disable=SC2012 # one name, and nothing else tells its owner everywhere\n"
         "  ls -ldn \"$2\" 2>/dev/null | {\n"
         "    read -r mode word owner word\n"
         "    : \"$word\"\n"
         "    case $mode in\n"
         "      \"$1\"????[!w]??[!w]?*) [ \"$owner\" = \"$me\" ] ;;\n"
         "      *) [ -n '' ] ;;\n"
         "    esac\n"
         "  }\n"
         "}\n";
}

// Entered first and looked at then: what is looked at stays what is worked in, whatever is renamed meanwhile.
std::string ours_function() {
  return "ours() {\n"
         "  cd \"$folder\" 2>/dev/null && mine d \"$folder\" && mine d .\n"
         "}\n";
}

// Where no keeper is that would do it, or none that got far. Within the session's folder.
std::string remove_unfinished(const CapturePlan& plan) {
  std::string text = "  rm -f ./keeper.new ./keeper " + quote_posix(from_folder(plan, plan.native_file)) +
                     " " + quote_posix(from_folder(plan, plan.messages_file));
  for (const auto& file : plan.files) text += " " + quote_posix(from_folder(plan, file.path));
  return text +
         "\n  set +f\n"
         "  rm -f ./state* ./stop* ./*.pid* ./spare* ./log\n"
         "  set -f\n";
}

bool all_in(const std::string& text, const std::string& more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.find(c) != std::string::npos;
  });
}

// Words of the tool may hold anything but zero bytes. The others also stand in comments, in the first line,
// and as the mark of a here-document.
Result<void> check_words(const CapturePlan& plan, const CommandLine& words) {
  if (words.empty()) return fail(ErrorKind::failed, "the plan has no words to start");
  const auto has_zero = [](const std::string& word) { return word.find('\0') != std::string::npos; };
  CommandLine all = words;
  all.insert(all.end(), {plan.folder, plan.native_file, plan.messages_file});
  for (const auto& file : plan.files) all.insert(all.end(), {file.path, file.content});
  for (const auto& [name, value] : plan.keeper.native_values) all.push_back(value);
  if (std::any_of(all.begin(), all.end(), has_zero))
    return fail(ErrorKind::failed, "a word of the command holds a zero byte");
  if (plan.folder.find('\n') != std::string::npos)
    return fail(ErrorKind::usage, "the spool folder holds a line break");
  if (!plan.folder.starts_with('/'))
    return fail(ErrorKind::usage, "the spool folder `" + plan.folder + "` is not an absolute path");
  const std::string& shell = plan.keeper.shell;
  if (!shell.starts_with('/') || !all_in(shell, "/._+-"))
    return fail(ErrorKind::failed, "`" + shell + "` is not the path of a shell");
  if (!is_session_id(plan.session_id))
    return fail(ErrorKind::failed, "`" + plan.session_id + "` is not a session id");
  if (!all_in(plan.backend, "_-"))
    return fail(ErrorKind::failed, "`" + plan.backend + "` is not the name of a backend");
  return {};
}

}  // namespace

CommandLine shell_command(const std::string& shell) {
  return {shell, "-s"};
}

Result<std::string> start_script(const CapturePlan& plan) {
  const PlanStep* step = plan.step(StepKind::start);
  if (step == nullptr) return fail(ErrorKind::failed, "the plan has no start step");
  const CommandLine words = step->argv();
  if (auto good = check_words(plan, words); !good) return fail(good.error());

  std::string text = "#!/bin/sh\n# Captures packets with " + plan.backend + " into " +
                     quote_posix(plan.folder) + ".\n# Made by anchoko " + version() +
                     ". It ends by itself. To ask, end or remove it:\n#   sh KEEPER status | stop | clean\n" +
                     "# where KEEPER is the file `keeper` in that folder.\n";
  text += prologue(plan);
  text +=
      "refuse() {\n"
      "  printf '%s\\n' \"$1\" >&2\n"
      "  cd /\n"
      "  rmdir \"$folder\" 2>/dev/null\n"
      "  exit 1\n"
      "}\n"
      "give_up() {\n" +
      remove_unfinished(plan) +
      "  refuse \"$1\"\n"
      "}\n"
      "mkdir \"$folder\" || exit 1\n"
      "cd \"$folder\" || refuse \"cannot enter $folder\"\n"
      "{ mine d \"$folder\" && mine d .; } || refuse \"$folder does not belong to user $me alone\"\n";
  const std::string keeper = "#!" + plan.keeper.shell + "\n# Minds one capture of anchoko: sh " +
                             quote_posix(plan.folder + "/keeper") + " status | stop | clean\n" +
                             settings(plan, words) + keeper_text();
  std::vector<PlanFile> files{{"", keeper, ""}};
  files.insert(files.end(), plan.files.begin(), plan.files.end());
  for (const auto& file : files) {
    const std::string target = file.path.empty() ? "./keeper.new" : quote_posix(from_folder(plan, file.path));
    const auto document = here_document(target, file.content, plan.session_id);
    if (!document) return fail(document.error());
    text += *document;
  }
  // `cat` ends when the keeper, which has something to say only if it cannot start, has begun or is gone.
  text +=
      "{ printf '' >./log && mv -f ./keeper.new ./keeper; } || give_up \"cannot write into $folder\"\n"
      "(\n"
      "  trap '' HUP\n"
      "  exec \"$shell\" \"$folder/keeper\" keep </dev/null 2>&1 &\n"
      ") | cat >&2\n"
      "[ -s ./state ] || give_up \"the keeper in $folder does not start\"\n"
      "printf 'started %s\\n' \"$folder\"\n";
  return text;
}

std::string request_script(const CapturePlan& plan, KeeperRequest request) {
  std::string words;
  switch (request) {
    case KeeperRequest::status:
      words = "status";
      break;
    case KeeperRequest::live_status:
      words = "status live";
      break;
    case KeeperRequest::stop:
      words = "stop";
      break;
    case KeeperRequest::clean:
      words = "clean";
      break;
  }
  std::string text = prologue(plan);
  text += ours_function();
  text +=
      "there() {\n"
      "  ls -ldn \"$folder\" >/dev/null 2>&1\n"
      "}\n"
      "if ours && [ -f ./keeper ] && mine - ./keeper; then exec \"$shell\" ./keeper " +
      words + "; fi\n";
  if (request != KeeperRequest::clean) {
    return text +
           "if ours; then echo 'folder unfinished'; elif there; then echo 'folder foreign'; else echo "
           "'folder "
           "gone'; fi\n";
  }
  // Somebody else removed the folder: its processes notice within seconds, and only then all is gone.
  text +=
      "cd /\n"
      "users() {\n"
      "  UNIX95=1 ps -e -o pid= -o args= 2>/dev/null | while read -r pid words; do\n"
      "    case $words in *\"$folder/\"*) printf ' %s' \"$pid\" ;; esac\n"
      "  done\n"
      "}\n"
      "left=15\n"
      "while found=$(users) && [ -n \"$found\" ]; do\n"
      "  left=$((left - 1))\n"
      "  if [ \"$left\" -le 0 ]; then\n"
      "    printf '%s\\n' \"processes still work for the folder, which somebody removed:$found\" >&2\n"
      "    exit 1\n"
      "  fi\n"
      "  sleep 1\n"
      "done\n";
  // The start was cut off, or an earlier removal.
  text += "if ours; then\n" + remove_unfinished(plan) +
          "  cd /\n"
          "  rmdir \"$folder\" || exit 1\n"
          "elif there; then\n"
          "  printf '%s\\n' \"$folder belongs to somebody else, or others may write to it: nothing was "
          "deleted\" >&2\n"
          "  exit 1\n"
          "fi\n";
  return text;
}

std::string file_script(const CapturePlan& plan, const std::string& name, FileRequest request) {
  const std::string file = quote_posix("./" + name);
  return prologue(plan) + ours_function() + "if ours && [ -f " + file + " ] && ! [ -h " + file +
         " ]; then\n  exec " + (request == FileRequest::content ? "cat " : "cksum ") + file +
         "\nfi\nprintf '%s\\n' " + quote_posix(name + " is not there any more") + " >&2\nexit 1\n";
}

}  // namespace anchoko::plan
