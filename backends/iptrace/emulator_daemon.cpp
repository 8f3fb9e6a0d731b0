#include "backends/iptrace/emulator_daemon.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <thread>

#include <signal.h>
#include <unistd.h>

#include "backends/iptrace/emulator_state.h"
#include "core/lab/process.h"

namespace anchoko::iptrace::emulated {
namespace {

using lab::EmulatedHost;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds moment{100};

std::uint64_t number_in(const std::optional<std::string>& text, std::uint64_t otherwise) {
  return text ? decimal(*text, 1ull << 40).value_or(otherwise) : otherwise;
}

// SRC starts its daemons at the root of the file system, which is a folder of the host here: a relative name
// does not end up where the person who gave it stands (aix-iptrace.md 3).
std::string path_for(const EmulatedHost& host, const Options& options, bool by_src) {
  if (!by_src || options.file.starts_with('/')) return options.file;
  const auto root = host.folder() / "root";
  std::error_code none;
  std::filesystem::create_directory(root, none);
  return (root / options.file).string();
}

bool is_on_nfs(const EmulatedHost& host, const std::string& path) {
  const auto mounted = host.setting("nfs");
  if (!mounted || host.fact("iptrace-nfs", "hang") != "hang") return false;
  return std::filesystem::absolute(path).lexically_normal().string().starts_with(*mounted + "/");
}

bool uses_extension(const EmulatedHost& host, const Options& options) {
  return !options.bpf || host.fact("iptrace-bpf-extension", "leaves") == "leaves";
}

// What keeps a daemon from starting; empty: nothing.
std::string obstacle(const EmulatedHost& host, const Options& options) {
  if (!host.is_root()) return "iptrace: must be run by root";
  if (running_daemon(host)) return "iptrace: an iptrace daemon is already active";
  if (tcpdump_runs(host) && host.fact("iptrace-with-tcpdump", "works") == "refuse")
    return "iptrace: a tcpdump is running";
  if (options.bpf && host.fault("iptrace-wpar")) return "iptrace: -B is not supported in a WPAR";
  if (extension_is_loaded(host) && host.fact("iptrace-leftover", "refuse") == "refuse")
    return "iptrace: the kernel extension is already loaded; run iptrace -u";
  return {};
}

int unload(const EmulatedHost& host) {
  const auto tell = [](const char* text, int status) {
    std::fprintf(stderr, "iptrace: %s\n", text);
    return status;
  };
  if (!host.is_root()) return tell("must be run by root", 1);
  auto lock = lab::HostLock::take(host);
  if (!extension_is_loaded(host)) return tell("unload failed: no such kernel extension", 1);
  if (running_daemon(host)) return tell("unload failed: Resource busy", 1);
  // "run iptrace -u, again if busy" (aix-iptrace.md 3).
  const auto busy = host.fault("iptrace-unload-busy");
  const auto tries = host.read_state("iptrace-unload-tries");
  const auto done = tries && *tries ? number_in(**tries, 0) : 0;
  if (busy && done < number_in(busy->empty() ? std::nullopt : busy, 1)) {
    (void)host.write_state("iptrace-unload-tries", std::to_string(done + 1));
    return tell("unload failed: Resource busy", 1);
  }
  (void)host.remove_state("iptrace-unload-tries");
  unload_extension(host);
  return tell("unload success!", 0);
}

// The daemon from here on: it has its file and its packets, or says on the console why not.
class Daemon {
 public:
  Daemon(const EmulatedHost& host, const Options& options, std::string path)
      : host_(host), options_(options), path_(std::move(path)) {}

  int run();

 private:
  int fail_with(const std::string& text);
  void hang();
  int capture(lab::PacketSource& source, LogFile& log, const lab::SignalWatch& watch);
  int end(LogFile& log);

  const EmulatedHost& host_;
  const Options& options_;
  std::string path_;
};

// It ends by itself, and tidies up.
int Daemon::fail_with(const std::string& text) {
  auto lock = lab::HostLock::take(host_);
  tell_console(host_, "iptrace: " + text + "\n");
  unload_extension(host_);
  forget_daemon(host_);
  return 1;
}

// A file on NFS: "the daemon can hang unkillably". Signal 9 does end this one.
void Daemon::hang() {
  signal(SIGTERM, SIG_IGN);
  accept_signals();
  while (true) std::this_thread::sleep_for(moment);
}

int Daemon::run() {
  if (is_on_nfs(host_, path_)) hang();
  const lab::SignalWatch watch({SIGTERM});
  accept_signals();
  auto source = lab::open_packets(host_, chosen_interfaces(host_, options_));
  if (!source) return fail_with(source.error().message);
  const auto encoding = encoding_of(host_, options_);
  auto log = LogFile::open(path_, encoding.header(), rules_of(host_, options_));
  if (!log) return fail_with(log.error().message);
  return capture(**source, *log, watch);
}

int Daemon::capture(lab::PacketSource& source, LogFile& log, const lab::SignalWatch& watch) {
  Capture capture(host_, options_, source, log);
  const auto dies = host_.fault("iptrace-dies");
  const auto dies_at = steady_clock::now() + milliseconds(number_in(dies, 300));
  const auto slow = milliseconds(number_in(host_.fault("iptrace-slow-stop"), 0) * 1000);
  std::optional<steady_clock::time_point> stops_at;
  while (true) {
    if (watch.pending() != 0 && !stops_at) stops_at = steady_clock::now() + slow;
    if (stops_at && steady_clock::now() >= *stops_at) return end(log);
    if (dies && steady_clock::now() >= dies_at) _exit(1);
    if (const auto next = capture.step(); !next) return fail_with(next.error().message);
  }
}

int Daemon::end(LogFile& log) {
  (void)log.flush();
  auto lock = lab::HostLock::take(host_);
  forget_daemon(host_);
  if (host_.fault("iptrace-unclean-end")) {
    tell_console(host_, "iptrace: unload failed: Resource busy\n");
    return 1;
  }
  unload_extension(host_);
  tell_console(host_, "iptrace: unload success!\n");
  return 0;
}

// In the process that SRC or a person started: is all well for a daemon of this pid?
bool claim(const EmulatedHost& host, const Options& options, std::string& why) {
  why = obstacle(host, options);
  if (!why.empty()) return false;
  if (uses_extension(host, options)) load_extension(host);
  return true;
}

int start_by_src(const EmulatedHost& host, const Options& options) {
  std::string why;
  {
    auto lock = lab::HostLock::take(host);
    if (!claim(host, options, why)) {
      tell_console(host, why + "\n");
      return 1;
    }
    note_daemon(host, getpid());
  }
  return Daemon(host, options, path_for(host, options, true)).run();
}

int start_by_person(const EmulatedHost& host, const Options& options, std::span<const std::string> words) {
  auto lock = lab::HostLock::take(host);
  std::string why;
  const auto folder = std::filesystem::absolute(options.file).parent_path();
  if (access(folder.c_str(), F_OK) != 0) why = "iptrace: " + options.file + ": " + std::strerror(errno);
  if (!why.empty() || !claim(host, options, why)) {
    std::fprintf(stderr, "%s\n", why.c_str());
    return 1;
  }
  const int pid = start_as_daemon({words.begin(), words.end()}, "daemon");
  if (pid < 0) return 1;
  note_daemon(host, pid);
  std::fprintf(stderr, "[%d]\n", pid);
  return 0;
}

}  // namespace

std::vector<std::size_t> chosen_interfaces(const EmulatedHost& host, const Options& options) {
  if (!options.interfaces.empty()) return options.interfaces;
  std::vector<std::size_t> all(host.interfaces().size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

Encoding encoding_of(const EmulatedHost& host, const Options& options) {
  const auto first = chosen_interfaces(host, options);
  const auto type = first.empty() ? type_ethernet : identity_of(host.interfaces()[first[0]].name).type;
  auto kind =
      host.fact("iptrace-format", "2.0") == "1.0" ? Encoding::Kind::iptrace_1 : Encoding::Kind::iptrace_2;
  if (options.tcpdump_file)
    kind = host.fact("iptrace-tcpdump-format", "2.2") == "2.4" ? Encoding::Kind::pcap_2_4
                                                               : Encoding::Kind::pcap_2_2;
  return {kind, host.fact("iptrace-text", "leftover") == "leftover", options.snap, type};
}

LogFile::Rules rules_of(const EmulatedHost& host, const Options& options) {
  LogFile::Rules rules;
  rules.limit = options.log_size;
  rules.copies = host.fact("iptrace-ring", "rename") == "copy";
  rules.appends = host.fact("iptrace-existing", "truncate") == "append";
  rules.buffer = static_cast<std::size_t>(number_in(host.fact("iptrace-buffer", "0"), 0));
  if (const auto full = host.fault("iptrace-disk-full")) rules.room = number_in(full, 4096);
  return rules;
}

Capture::Capture(const EmulatedHost& host, const Options& options, lab::PacketSource& source, LogFile& log)
    : host_(host),
      source_(source),
      log_(log),
      filter_(host, options),
      encoding_(encoding_of(host, options)),
      drop_every_(number_in(host.fault("iptrace-drops"), 0)),
      loopback_twice_(host.fact("iptrace-loopback", "once") == "twice"),
      goes_on_when_full_(host.fact("iptrace-disk-full", "ends") == "goes-on") {
  for (const auto& interface : host.interfaces()) identities_.push_back(identity_of(interface.name));
  const auto chosen = chosen_interfaces(host, options);
  if (options.tcpdump_file && !chosen.empty()) only_type_ = identities_.at(chosen.front()).type;
}

bool Capture::wanted(const lab::Frame& frame) const {
  const auto type = identities_.at(frame.interface).type;
  // Linux shows what crosses its loopback on the way out and on the way in.
  if (type == type_loopback && frame.sent && !loopback_twice_ && host_.packets() == "live") return false;
  // A pcap has one link type, that of the first interface.
  if (only_type_ && type != *only_type_) return false;
  return filter_.passes(frame);
}

Result<lab::PacketSource::Next> Capture::step() {
  lab::Frame frame;
  auto next = source_.next(frame, moment);
  if (!next || *next != lab::PacketSource::Next::frame || !wanted(frame)) return next;
  ++taken_;
  if (drop_every_ != 0 && taken_ % drop_every_ == 0) return next;
  const auto written = log_.write(encoding_.record(frame, identities_.at(frame.interface)));
  if (!written && !goes_on_when_full_) return fail(written.error());
  return next;
}

int run_iptrace(EmulatedHost& host, std::span<const std::string> words) {
  const auto how = how_started();
  const auto options = parse_options(host, words.subspan(1));
  if (!options) {
    if (how == "src")
      tell_console(host, options.error().message);
    else
      std::fputs(options.error().message.c_str(), stderr);
    return 1;
  }
  if (options->unload) return unload(host);
  if (how == "src") return start_by_src(host, *options);
  if (how == "daemon") return Daemon(host, *options, options->file).run();
  return start_by_person(host, *options, words);
}

}  // namespace anchoko::iptrace::emulated
