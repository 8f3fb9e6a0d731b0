#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/file_lock.h"
#include "core/base/local_system.h"
#include "core/base/output_path.h"
#include "core/exec/shell_quote.h"
#include "core/lab/emulated_host.h"
#include "core/lab/host_world.h"
#include "core/lab/known_hosts.h"
#include "core/lab/lab.h"

namespace anchoko::lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* marker = "anchoko-lab";  // a file: this folder is a lab
constexpr const char* packets_file = "packets.pcap";

Error problem_with(const fs::path& path, const std::error_code& problem) {
  return make_error(ErrorKind::failed, path.string() + ": " + problem.message());
}

bool is_lab(const fs::path& folder) {
  std::error_code problem;
  return fs::is_regular_file(folder / marker, problem);
}

Error no_lab(const fs::path& folder) {
  std::error_code problem;
  if (fs::exists(folder, problem))
    return make_error(ErrorKind::refused, folder.string() + " is not a lab",
                      "nothing was touched; --folder names another");
  return make_error(ErrorKind::usage, "there is no lab in " + folder.string(), "'anchoko lab up' makes one");
}

// anchoko-lab stands beside this program.
Result<fs::path> lab_program() {
  std::error_code problem;
  const fs::path own = fs::read_symlink("/proc/self/exe", problem);
  const fs::path program = own.parent_path() / "anchoko-lab";
  if (!problem && access(program.c_str(), X_OK) == 0) return program;
  return fail(ErrorKind::unavailable,
              problem ? "the lab needs Linux's /proc" : program.string() + " is missing",
              "anchoko-lab plays the hosts' tools; it is built and installed beside anchoko");
}

Result<void> write_file(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return fail(ErrorKind::failed, path.string() + " cannot be written");
  return {};
}

Result<std::unique_ptr<FileLock>> lock(const fs::path& folder) {
  auto held = try_lock(folder / marker);
  if (held && !*held)
    return fail(ErrorKind::refused, "another 'anchoko lab' works on " + folder.string(), "try again soon");
  return held;
}

Result<void> make_lab(const fs::path& folder, const fs::path& program) {
  std::error_code problem;
  if (!is_lab(folder)) {
    if (fs::exists(folder, problem) && !fs::is_empty(folder, problem)) return fail(no_lab(folder));
    if (!fs::is_directory(folder, problem)) {
      if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), problem);
      if (auto made = make_private_folder(folder); !made) return made;
    }
    if (auto made = write_file(folder / marker, "A lab of anchoko: 'anchoko lab down' removes it.\n"); !made)
      return made;
  }
  const fs::path ssh = lab_ssh(folder);
  if (auto made = write_file(
          ssh, "#!/bin/sh\n# In place of ssh: reaches the hosts of this lab.\n# ANCHOKO_SSH=" +
                   quote_posix(ssh.string()) + " anchoko capture --on HOST …\nexec " +
                   quote_posix(program.string()) + " --ssh " + quote_posix(folder.string()) + " -- \"$@\"\n");
      !made)
    return made;
  fs::permissions(ssh, fs::perms(0700), problem);
  if (problem) return fail(problem_with(ssh, problem));
  return {};
}

// A classic pcap file of Ethernet without a packet: a wire on which nothing happens.
std::string quiet_wire() {
  using namespace std::string_literals;
  return "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00\x00"s;
}

Result<void> check_packets(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::array<unsigned char, 4> magic{};
  if (!in.read(reinterpret_cast<char*>(magic.data()), magic.size()))
    return fail(ErrorKind::usage, file.string() + " cannot be read, or holds no packets");
  static constexpr std::array<std::array<unsigned char, 4>, 4> known{{{0xa1, 0xb2, 0xc3, 0xd4},
                                                                      {0xd4, 0xc3, 0xb2, 0xa1},
                                                                      {0xa1, 0xb2, 0x3c, 0x4d},
                                                                      {0x4d, 0x3c, 0xb2, 0xa1}}};
  if (std::ranges::find(known, magic) != known.end()) return {};
  return fail(ErrorKind::usage, file.string() + " is not a classic pcap file",
              "'anchoko convert IN -o OUT.pcap' makes one of other captures");
}

Result<void> make_host(const UpRequest& request, const KnownHost& known) {
  const fs::path folder = request.folder / known.name;
  std::error_code problem;
  const bool there = fs::exists(folder / "host.conf", problem);
  if (there && request.packets.empty() && request.device.empty()) return {};
  if (there)
    return fail(ErrorKind::usage, std::string(known.name) + " is there already, with packets of its own",
                "'anchoko lab down " + std::string(known.name) + "' removes it first");
  if (!fs::is_directory(folder, problem)) {
    if (auto made = make_private_folder(folder); !made) return made;
  }
  const fs::path packets = folder / packets_file;
  if (request.packets.empty()) {
    if (auto made = write_file(packets, quiet_wire()); !made) return made;
  } else {
    fs::copy_file(request.packets, packets, fs::copy_options::overwrite_existing, problem);
    if (problem) return fail(problem_with(packets, problem));
  }
  const bool live = !request.device.empty();
  return write_file(folder / "host.conf",
                    host_conf(known, live ? "live" : packets_file, live ? request.device : "none"));
}

Result<HostState> state_of(const fs::path& lab, const std::string& name) {
  const auto host = EmulatedHost::open(lab / name);
  if (!host) return fail(host.error());
  HostState state{name, host->os(), host->release(), lab / name, host->packets(), {}, {}};
  state.up = world_process(state.folder).has_value();
  for (auto& process : world_processes(state.folder))
    state.processes.push_back({process.pid, std::move(process.words)});
  return state;
}

std::vector<std::string> host_names(const fs::path& lab) {
  std::vector<std::string> names;
  std::error_code problem;
  for (fs::directory_iterator at(lab, problem), end; !problem && at != end; at.increment(problem)) {
    std::error_code ignored;
    if (fs::is_regular_file(at->path() / "host.conf", ignored)) names.push_back(at->path().filename());
  }
  std::ranges::sort(names);
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Error no_host(const std::string& name, const std::vector<std::string>& names) {
  const std::string near = did_you_mean(name, names);
  return make_error(ErrorKind::usage, "there is no host '" + name + "'",
                    near.empty() ? "hosts: " + joined(names) : "did you mean '" + near + "'?");
}

Result<std::vector<const KnownHost*>> chosen_hosts(const std::vector<std::string>& names) {
  std::vector<const KnownHost*> out;
  std::vector<std::string> all;
  for (const auto& host : known_hosts()) {
    all.emplace_back(host.name);
    if (names.empty()) out.push_back(&host);
  }
  for (const auto& name : names) {
    const KnownHost* host = find_known_host(name);
    if (host == nullptr) return fail(no_host(name, all));
    if (std::ranges::find(out, host) == out.end()) out.push_back(host);
  }
  return out;
}

// Links stay links. What of the machine was mounted there has gone with the host; if not, nothing is removed.
Result<void> remove_host(const fs::path& folder) {
  std::error_code problem;
  for (const char* inner : {"system", "proc", "host"}) {
    const fs::path mounted = folder / "root" / fs::path(inner_folder).relative_path() / inner;
    if (fs::exists(mounted, problem) && !fs::is_empty(mounted, problem))
      return fail(ErrorKind::refused, mounted.string() + " is not empty: nothing was removed");
  }
  fs::remove_all(folder, problem);
  if (problem) return fail(problem_with(folder, problem));
  return {};
}

Result<fs::path> full(const fs::path& folder) {
  std::error_code problem;
  const fs::path path = fs::weakly_canonical(fs::absolute(folder, problem), problem);
  if (problem) return fail(problem_with(folder, problem));
  return path;
}

}  // namespace

Result<fs::path> default_lab_folder() {
  const std::string state = user_state_folder();
  if (state.empty())
    return fail(ErrorKind::usage, "nothing names a folder for the lab", "set HOME, or give --folder");
  return fs::path(state) / "anchoko" / "lab";
}

fs::path lab_ssh(const fs::path& folder) {
  return folder / "ssh";
}

Result<std::vector<HostState>> bring_up(CommandRunner& runner, const UpRequest& asked) {
  const auto hosts = chosen_hosts(asked.hosts);
  if (!hosts) return fail(hosts.error());
  UpRequest request = asked;
  auto folder = full(asked.folder);
  if (!folder) return fail(folder.error());
  request.folder = *folder;
  if (!request.packets.empty()) {
    if (auto good = check_packets(request.packets); !good) return fail(good.error());
  }
  if (!request.device.empty() && geteuid() != 0)
    return fail(ErrorKind::unavailable, "packets of " + request.device + " are for root alone",
                "--packets FILE takes them from a file");
  const auto program = lab_program();
  if (!program) return fail(program.error());
  if (auto made = make_lab(request.folder, *program); !made) return fail(made.error());
  const auto held = lock(request.folder);
  if (!held) return fail(held.error());
  std::vector<HostState> states;
  for (const KnownHost* host : *hosts) {
    if (auto made = make_host(request, *host); !made) return fail(made.error());
    const std::string name(host->name);
    const auto begun = runner.run({program->string(), "--begin", (request.folder / name).string()},
                                  std::chrono::seconds(60));
    if (!begun) return fail(begun.error());
    if (begun->exit_status != 0) {
      std::string why = begun->err;
      while (!why.empty() && why.back() == '\n') why.pop_back();
      return fail(begun->exit_status == exit_status(ErrorKind::unavailable) ? ErrorKind::unavailable
                                                                            : ErrorKind::failed,
                  name + " does not start: " + why);
    }
    auto state = state_of(request.folder, name);
    if (!state) return fail(state.error());
    states.push_back(std::move(*state));
  }
  return states;
}

Result<std::vector<HostState>> lab_hosts(const fs::path& asked) {
  const auto folder = full(asked);
  if (!folder) return fail(folder.error());
  if (!is_lab(*folder)) return fail(no_lab(*folder));
  std::vector<HostState> states;
  for (const auto& name : host_names(*folder)) {
    auto state = state_of(*folder, name);
    if (!state) return fail(state.error());
    states.push_back(std::move(*state));
  }
  return states;
}

Result<std::vector<std::string>> take_down(const fs::path& asked, const std::vector<std::string>& hosts) {
  const auto folder = full(asked);
  if (!folder) return fail(folder.error());
  if (!is_lab(*folder)) return fail(no_lab(*folder));
  const auto held = lock(*folder);
  if (!held) return fail(held.error());
  const auto all = host_names(*folder);
  for (const auto& name : hosts) {
    if (std::ranges::find(all, name) == all.end()) return fail(no_host(name, all));
  }
  std::vector<std::string> removed;
  for (const auto& name : hosts.empty() ? all : hosts) {
    if (std::ranges::find(removed, name) != removed.end()) continue;
    if (auto ended = end_world(*folder / name); !ended) return fail(ended.error());
    if (auto gone = remove_host(*folder / name); !gone) return fail(gone.error());
    removed.push_back(name);
  }
  if (host_names(*folder).empty()) {
    std::error_code ignored;
    fs::remove(lab_ssh(*folder), ignored);
    fs::remove(*folder / marker, ignored);
    fs::remove(*folder, ignored);  // not, where files of somebody else are left
  }
  return removed;
}

Error become_command(const fs::path& asked, const std::string& host, const std::vector<std::string>& words) {
  const auto folder = full(asked);
  if (!folder) return folder.error();
  if (!is_lab(*folder)) return no_lab(*folder);
  const auto all = host_names(*folder);
  if (std::ranges::find(all, host) == all.end()) return no_host(host, all);
  const auto program = lab_program();
  if (!program) return program.error();
  const bool shell = words.empty() && isatty(STDIN_FILENO) != 0;
  std::vector<std::string> line{program->string(), "--enter", (*folder / host).string(),
                                shell ? "terminal" : "command", "--"};
  line.insert(line.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (auto& word : line) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  return make_error(ErrorKind::failed, program->string() + ": " + std::strerror(errno));
}

}  // namespace anchoko::lab
