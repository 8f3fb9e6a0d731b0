// What an emulated AIX remembers of iptrace between commands: the daemon, its kernel extension, and what the
// System Resource Controller (SRC) holds of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/lab/emulated_host.h"

namespace anchoko::iptrace::emulated {

// Callers hold the HostLock where they read and then write.

// The daemon that captures now; one that was killed is none. With the fault `iptrace-busy` somebody else's.
std::optional<int> running_daemon(const lab::EmulatedHost& host);
void note_daemon(const lab::EmulatedHost& host, int pid);
void forget_daemon(const lab::EmulatedHost& host);

void note_tcpdump(const lab::EmulatedHost& host, int pid);  // the last one that began
bool tcpdump_runs(const lab::EmulatedHost& host);

bool extension_is_loaded(const lab::EmulatedHost& host);
void load_extension(const lab::EmulatedHost& host);
void unload_extension(const lab::EmulatedHost& host);

struct Subsystem {
  std::optional<int> pid;
  bool stopping = false;
};
Subsystem src_subsystem(const lab::EmulatedHost& host);
void note_subsystem(const lab::EmulatedHost& host, int pid, bool stopping);
bool is_somebody_elses(const lab::EmulatedHost& host);  // the fault `iptrace-busy`

// A daemon's messages, which no terminal shows: the file `console` in the host's folder.
void tell_console(const lab::EmulatedHost& host, std::string_view text);

// Starts this program as a daemon under these words; `how` is what the daemon finds by how_started(). It does
// not see SIGTERM before it calls accept_signals().
int start_as_daemon(const std::vector<std::string>& words, const char* how);
std::string how_started();  // empty: by a person
void accept_signals();

}  // namespace anchoko::iptrace::emulated
