#include <array>
#include <cstdio>
#include <filesystem>

#include <unistd.h>

#include "core/lab/host_world.h"
#include "core/lab/lab_program.h"

namespace anchoko::lab {
namespace {

namespace fs = std::filesystem;

constexpr int ssh_failure = 255;  // ssh(1)

constexpr std::array<std::string_view, 3> entries{"command", "terminal", "detached"};

int report(const Error& error) {
  std::fprintf(stderr, "anchoko-lab: %s\n", error.message.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "  = %s\n", error.hint.c_str());
  return exit_status(error.kind);
}

// ssh's callers show its last line.
int report_as_ssh(const Error& error) {
  std::fprintf(stderr, "ssh: %s%s%s\n", error.message.c_str(), error.hint.empty() ? "" : ": ",
               error.hint.c_str());
  return ssh_failure;
}

int begin(const std::string& folder, std::span<const Tool> tools) {
  const auto host = EmulatedHost::open(folder);
  if (!host) return report(host.error());
  std::error_code problem;
  const fs::path program = fs::read_symlink("/proc/self/exe", problem);
  if (problem) return report(make_error(ErrorKind::failed, "/proc/self/exe: " + problem.message()));
  if (auto made = make_root(*host, tools, program); !made) return report(made.error());
  if (auto begun = begin_world(*host); !begun) return report(begun.error());
  return 0;
}

int enter(const std::string& folder, Entry entry, const std::vector<std::string>& words) {
  const auto host = EmulatedHost::open(folder);
  if (!host) return report(host.error());
  const auto status = enter_world(*host, words.empty() ? std::vector{login_shell(*host)} : words, entry);
  return status ? *status : report(status.error());
}

// As ssh does, what keeps it from running the command has status 255.
int ssh(const fs::path& lab, std::span<const std::string> words) {
  const auto asked = read_ssh_words(words);
  if (!asked) return report_as_ssh(asked.error());
  const std::string& name = asked->destination;
  if (asked->control == "exit") return 0;
  if (!asked->control.empty()) {
    std::fprintf(stderr, "the lab's ssh holds no connection\n");
    return ssh_failure;
  }
  std::error_code problem;
  if (name.find('/') != std::string::npos || name.starts_with('.') ||
      !fs::is_regular_file(lab / name / "host.conf", problem)) {
    std::fprintf(stderr, "ssh: Could not resolve hostname %s: the lab %s has no such host\n", name.c_str(),
                 lab.c_str());
    return ssh_failure;
  }
  const auto host = EmulatedHost::open(lab / name);
  if (!host) return report_as_ssh(host.error());
  const auto command = asked->command.empty() ? std::vector{login_shell(*host)} : asked->command;
  const bool terminal = asked->command.empty() && isatty(STDIN_FILENO) != 0;
  const auto status = enter_world(*host, command, terminal ? Entry::terminal : Entry::detached);
  return status ? *status : report_as_ssh(status.error());
}

}  // namespace

std::optional<int> run_lab_verb(std::span<const std::string> words, std::span<const Tool> tools) {
  if (words.size() == 2 && words[0] == "--begin") return begin(words[1], tools);
  if (words.size() >= 3 && words[0] == "--ssh" && words[2] == "--") return ssh(words[1], words.subspan(3));
  if (words.size() < 4 || words[0] != "--enter" || words[3] != "--") return std::nullopt;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (words[2] == entries[i])
      return enter(words[1], static_cast<Entry>(i), {words.begin() + 4, words.end()});
  }
  return std::nullopt;
}

}  // namespace anchoko::lab
