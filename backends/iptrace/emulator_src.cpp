#include "backends/iptrace/emulator_src.h"

#include <cstdio>
#include <cstdlib>
#include <optional>

#include <signal.h>

#include "backends/iptrace/emulator_options.h"
#include "backends/iptrace/emulator_state.h"

namespace anchoko::iptrace::emulated {
namespace {

using lab::EmulatedHost;

constexpr char subsystem[] = "iptrace";
constexpr char group[] = "tcpip";
constexpr std::size_t longest_argument = 1200;  // startsrc's manual page

// Texts come in the language of the caller unless the C locale is asked for: only the number stays.
bool in_japanese(const EmulatedHost& host) {
  if (host.fact("aix-language", "en") != "ja") return false;
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && *value)
      return std::string_view(value) != "C" && std::string_view(value) != "POSIX";
  return true;
}

void say(const EmulatedHost& host, std::FILE* to, const std::string& english, const std::string& japanese) {
  std::fprintf(to, "%s\n", (in_japanese(host) ? japanese : english).c_str());
}

int refuse_usage(const char* text) {
  std::fputs(text, stderr);
  return 1;
}

// What every one of the three meets first; nothing: go on.
std::optional<int> refusal(const EmulatedHost& host, const std::string& name) {
  if (host.fault("src-down")) {
    say(host, stderr, "0513-001 The System Resource Controller is not active.",
        "0513-001 SRC は活動していません。");
    return 1;
  }
  if (name == subsystem && !host.fault("src-not-on-file")) return std::nullopt;
  say(host, stderr, "0513-085 The " + name + " Subsystem is not on file.",
      "0513-085 " + name + " サブシステムはファイルにありません。");
  return 1;
}

// The value of the option that names the subsystem, the only way that is played.
std::optional<std::string> value_of(const Words& words, char letter) {
  std::optional<std::string> value;
  for (const auto& [one, text] : words.options)
    if (one == letter) value = text;
  return value;
}

bool has(const Words& words, char letter) {
  return value_of(words, letter).has_value();
}

int start(const EmulatedHost& host, const std::string& arguments) {
  auto words = split_arguments(arguments, host.fact("aix-src-quotes", "shell") == "shell");
  if (!words || arguments.size() > longest_argument) {
    say(host, stderr, "0513-015 The argument string of startsrc is not valid.",
        "0513-015 引数が誤っています。");
    return 1;
  }
  auto lock = lab::HostLock::take(host);
  if (src_subsystem(host).pid) {
    say(host, stderr,
        "0513-029 The iptrace Subsystem is already active.\nMultiple instances are not supported.",
        "0513-029 iptrace サブシステムは既に活動中です。");
    return 1;
  }
  words->insert(words->begin(), "/usr/sbin/iptrace");
  const int pid = start_as_daemon(*words, "src");
  if (pid < 0) return 1;
  note_subsystem(host, pid, false);
  const auto number = std::to_string(pid);
  say(host, stdout, "0513-059 The iptrace Subsystem has been started. Subsystem PID is " + number + ".",
      "0513-059 iptrace サブシステムが始動しました。サブシステム PID は " + number + " です。");
  return 0;
}

void list(const EmulatedHost& host) {
  const auto now = src_subsystem(host);
  const bool japanese = in_japanese(host);
  const char* status = !now.pid ? "inoperative" : now.stopping ? "stopping" : "active";
  if (japanese) status = !now.pid ? "作動不能" : now.stopping ? "停止中" : "活動状態";
  std::puts(japanese ? "サブシステム     グループ         PID          状況"
                     : "Subsystem         Group            PID          Status ");
  std::printf(" %-16s %-16s %-12s %s\n", subsystem, group, now.pid ? std::to_string(*now.pid).c_str() : "",
              status);
}

}  // namespace

Result<std::vector<std::string>> split_arguments(std::string_view text, bool quotes) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0 ? c == quote : quotes && (c == '"' || c == '\'')) {
      quote = quote != 0 ? '\0' : c;
      if (!in_word) words.emplace_back();
      in_word = true;
    } else if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      in_word = false;
    } else {
      if (!in_word) words.emplace_back();
      in_word = true;
      words.back() += c;
    }
  }
  if (quote != 0) return fail(ErrorKind::usage, "a quote is not closed");
  return words;
}

int run_startsrc(EmulatedHost& host, std::span<const std::string> words) {
  constexpr char usage[] =
      "usage: startsrc [-a Argument] [-e Environment] [-h Host] {-s Subsystem | -g Group}\n";
  const auto split = split_words(words.subspan(1), "a:e:s:");
  if (!split || !split->operands.empty() || !has(*split, 's')) return refuse_usage(usage);
  if (has(*split, 'e')) return refuse_usage("startsrc: -e is not emulated\n");
  if (const auto refused = refusal(host, *value_of(*split, 's'))) return *refused;
  if (!host.is_root()) {
    say(host, stderr, "0513-002 You are not authorized to run this command.", "0513-002 権限がありません。");
    return 1;
  }
  return start(host, value_of(*split, 'a').value_or(""));
}

int run_stopsrc(EmulatedHost& host, std::span<const std::string> words) {
  constexpr char usage[] = "usage: stopsrc [-h Host] {-a | [-f | -c] {-g Group | -p PID | -s Subsystem}}\n";
  const auto split = split_words(words.subspan(1), "fcp:s:");
  if (!split || !split->operands.empty() || has(*split, 's') == has(*split, 'p')) return refuse_usage(usage);
  if (has(*split, 'f') && has(*split, 'c')) return refuse_usage(usage);
  const auto name = value_of(*split, 's');
  if (const auto refused = refusal(host, name.value_or(subsystem))) return *refused;
  if (!host.is_root()) {
    say(host, stderr, "0513-002 You are not authorized to run this command.", "0513-002 権限がありません。");
    return 1;
  }
  auto lock = lab::HostLock::take(host);
  const auto now = src_subsystem(host);
  if (!now.pid || (!name && std::to_string(*now.pid) != *value_of(*split, 'p'))) {
    say(host, stderr, "0513-004 The Subsystem or Group, " + name.value_or("") + ", is currently inoperative.",
        "0513-004 サブシステムまたはグループは現在作動不能です。");
    return 1;
  }
  if (is_somebody_elses(host)) {
    (void)host.write_state("iptrace-somebody-was-stopped", "by stopsrc");  // for a test to find
  } else {
    note_subsystem(host, *now.pid, true);
    kill(*now.pid, has(*split, 'f') && host.fact("aix-src-force", "kill") == "kill" ? SIGKILL : SIGTERM);
  }
  say(host, stdout, "0513-044 The iptrace Subsystem was requested to stop.",
      "0513-044 iptrace サブシステムに停止が要求されました。");
  return 0;
}

int run_lssrc(EmulatedHost& host, std::span<const std::string> words) {
  constexpr char usage[] = "usage: lssrc [-h Host] {-a | -g Group | [-l] -s Subsystem | [-l] -p PID}\n";
  const auto split = split_words(words.subspan(1), "ag:s:");
  if (!split || !split->operands.empty() || has(*split, 'a') + has(*split, 'g') + has(*split, 's') != 1)
    return refuse_usage(usage);
  const auto of_group = value_of(*split, 'g');
  const auto name = value_of(*split, 's');
  const auto asked = name ? *name : !of_group || *of_group == group ? subsystem : *of_group;
  if (const auto refused = refusal(host, asked)) return *refused;
  list(host);
  return 0;
}

}  // namespace anchoko::iptrace::emulated
