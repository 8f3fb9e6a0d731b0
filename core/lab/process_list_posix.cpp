#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#include <sys/stat.h>

#include "core/lab/process_list.h"

namespace anchoko::lab {
namespace {

namespace fs = std::filesystem;

// What ends meanwhile is a failure of reading, which must not become an exception.
std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text;
  std::array<char, 1024> piece{};
  while (in.read(piece.data(), piece.size()) || in.gcount() > 0)
    text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

std::optional<ListedProcess> look_at_process(const fs::path& proc, int pid) {
  const fs::path folder = proc / std::to_string(pid);
  // proc(5): pid (comm) state ppid pgrp session …, the start is the 22nd; the name may hold anything.
  const std::string stat_line = content(folder / "stat");
  const auto open = stat_line.find('('), close = stat_line.rfind(')');
  struct stat owner {};
  if (close == std::string::npos || open == std::string::npos || stat(folder.c_str(), &owner) != 0)
    return std::nullopt;
  ListedProcess process;
  process.pid = pid;
  process.user = owner.st_uid;
  std::istringstream fields(stat_line.substr(close + 1));
  std::string state, skipped;
  int group = 0;
  fields >> state >> process.parent >> group >> process.session;
  for (int i = 7; i < 22; ++i) fields >> skipped;
  fields >> process.started;
  process.ended = state == "Z" || state == "X";
  std::string words = content(folder / "cmdline");
  while (!words.empty() && words.back() == '\0') words.pop_back();
  std::ranges::replace(words, '\0', ' ');
  process.words = words.empty() ? stat_line.substr(open + 1, close - open - 1) : words;
  return process;
}

std::vector<ListedProcess> list_processes(const fs::path& proc) {
  std::vector<ListedProcess> all;
  std::error_code problem;
  for (fs::directory_iterator at(proc, problem), end; !problem && at != end; at.increment(problem)) {
    const std::string name = at->path().filename();
    int pid = 0;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || rest != name.data() + name.size()) continue;
    auto process = look_at_process(proc, pid);
    if (process && !process->ended) all.push_back(std::move(*process));
  }
  std::ranges::sort(all, {}, &ListedProcess::pid);
  return all;
}

}  // namespace anchoko::lab
