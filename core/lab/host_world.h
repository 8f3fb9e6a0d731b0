// The world that the programs of one lab host live in: a root folder of its own, which holds what such a
// system has, its own process numbers and its own name. On Linux, by namespaces; no right is needed where the
// system lets users make them.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/lab/emulated_host.h"
#include "core/lab/tool.h"

namespace anchoko::lab {

// Within such a world: this machine's own root, process information, the host's folder, and the program that
// plays the tools.
inline constexpr const char* inner_folder = "/.lab";

// The folder `root` of the host: links to `program` for its tools and utilities, and to this machine's
// programs for what needs no check. What is there already stays. Errors: failed, unavailable (no fitting
// shell).
Result<void> make_root(const EmulatedHost& host, std::span<const Tool> tools,
                       const std::filesystem::path& program);

// Where a login there begins: "/usr/bin/ksh".
std::string login_shell(const EmulatedHost& host);

// Starts the world's first process, which lives until end_world() and holds the rest; its number goes to the
// host's file `world`. Errors: unavailable, where the system does not let this user do that; failed.
Result<void> begin_world(const EmulatedHost& host);

// The number, on this machine, of the world's first process; nothing: the host is not up.
std::optional<int> world_process(const std::filesystem::path& host_folder);

struct WorldProcess {
  int pid = 0;        // on this machine
  std::string words;  // its command line, apart by blanks
};
// What runs on the host, but its first process. Nothing, when it is not up.
std::vector<WorldProcess> world_processes(const std::filesystem::path& host_folder);

// Ends the host's first process, and with it, as the kernel has it, everything there. Errors: failed.
Result<void> end_world(const std::filesystem::path& host_folder);

enum class Entry {
  command,   // goes with who asked: keys of the terminal reach it
  terminal,  // minds the terminal itself, as a shell does
  detached,  // in a session of its own: it outlives who asked
};
// Runs the words there with this process's standard streams and gives their exit status, 128 + N when signal
// N ended them, 127 when there is no such program. Errors: unavailable, when the host is not up; failed.
Result<int> enter_world(const EmulatedHost& host, const std::vector<std::string>& words, Entry entry);

}  // namespace anchoko::lab
