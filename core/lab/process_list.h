// Processes, as a folder of Linux's proc(5) tells of them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace anchoko::lab {

struct ListedProcess {
  int pid = 0, parent = 0, session = 0;
  unsigned user = 0;               // number of its effective user
  unsigned long long started = 0;  // clock ticks since boot: with `pid`, it tells a process for ever
  bool ended = false;              // a zombie
  std::string words;               // command line, apart by blanks; its name where it has none
};

// Nothing: there is no such process, or it may not be looked at.
std::optional<ListedProcess> look_at_process(const std::filesystem::path& proc, int pid);
std::vector<ListedProcess> list_processes(const std::filesystem::path& proc);  // by number, without zombies

}  // namespace anchoko::lab
