#include "backends/iptrace/emulator_state.h"

#include <cstdlib>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "backends/iptrace/emulator_names.h"
#include "core/lab/process.h"

namespace anchoko::iptrace::emulated {
namespace {

using lab::EmulatedHost;

constexpr char daemon_state[] = "iptrace";
constexpr char extension_state[] = "iptrace-extension";
constexpr char tcpdump_state[] = "aix-tcpdump";
constexpr char subsystem_state[] = "src-iptrace";
constexpr char how_variable[] = "ANCHOKO_LAB_IPTRACE";
constexpr int somebody_elses_pid = 7340170;  // as AIX counts; no process of a Linux has it

std::optional<int> pid_in(const EmulatedHost& host, const char* state, std::string* rest = nullptr) {
  const auto text = host.read_state(state);
  if (!text || !*text) return std::nullopt;
  const auto blank = (*text)->find(' ');
  const auto pid = decimal((*text)->substr(0, blank), 1u << 30);
  if (!pid || !lab::is_ours_and_lives(static_cast<int>(*pid))) return std::nullopt;
  if (rest && blank != std::string::npos) *rest = (*text)->substr(blank + 1);
  return static_cast<int>(*pid);
}

// A state that cannot be written would only make the emulation wrong without a word.
void write(const EmulatedHost& host, const char* state, const std::string& text) {
  if (const auto written = host.write_state(state, text); !written) {
    tell_console(host, "anchoko-lab: " + written.error().message + "\n");
    std::abort();
  }
}

}  // namespace

bool is_somebody_elses(const EmulatedHost& host) {
  return host.fault("iptrace-busy").has_value();
}

std::optional<int> running_daemon(const EmulatedHost& host) {
  if (is_somebody_elses(host)) return somebody_elses_pid;
  return pid_in(host, daemon_state);
}

void note_daemon(const EmulatedHost& host, int pid) {
  write(host, daemon_state, std::to_string(pid));
}

void forget_daemon(const EmulatedHost& host) {
  (void)host.remove_state(daemon_state);
}

void note_tcpdump(const EmulatedHost& host, int pid) {
  write(host, tcpdump_state, std::to_string(pid));
}

bool tcpdump_runs(const EmulatedHost& host) {
  return pid_in(host, tcpdump_state).has_value();
}

bool extension_is_loaded(const EmulatedHost& host) {
  const auto text = host.read_state(extension_state);
  return (text && *text) || is_somebody_elses(host);
}

void load_extension(const EmulatedHost& host) {
  write(host, extension_state, "loaded");
}

void unload_extension(const EmulatedHost& host) {
  (void)host.remove_state(extension_state);
}

Subsystem src_subsystem(const EmulatedHost& host) {
  Subsystem subsystem;
  std::string rest;
  subsystem.pid = pid_in(host, subsystem_state, &rest);
  subsystem.stopping = rest == "stopping";
  if (host.fault("iptrace-busy") == "src") subsystem.pid = somebody_elses_pid;
  return subsystem;
}

void note_subsystem(const EmulatedHost& host, int pid, bool stopping) {
  write(host, subsystem_state, std::to_string(pid) + (stopping ? " stopping" : " active"));
}

void tell_console(const EmulatedHost& host, std::string_view text) {
  const auto path = host.folder() / "console";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  [[maybe_unused]] const auto written = ::write(file, text.data(), text.size());
  close(file);
}

int start_as_daemon(const std::vector<std::string>& words, const char* how) {
  sigset_t term, before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, &before);
  setenv(how_variable, how, 1);
  const auto pid = lab::start_daemon(words);
  unsetenv(how_variable);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return pid ? *pid : -1;
}

std::string how_started() {
  const char* how = std::getenv(how_variable);
  const std::string text = how ? how : "";
  unsetenv(how_variable);
  return text;
}

void accept_signals() {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_UNBLOCK, &term, nullptr);
}

}  // namespace anchoko::iptrace::emulated
