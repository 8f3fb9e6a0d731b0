#include "backends/tcpdump/remote_files.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "core/backend/host_answer.h"

namespace anchoko::tcpdump {
namespace {

// In front of each piece a line that no file holds by chance: MARK KIND PATH. The end is marked too.
std::string script_of(const std::string& mark) {
  return "mark=" + mark +
         "\n"
         "file() {\n"
         "  if [ -r \"$1\" ] && ! [ -d \"$1\" ]; then\n"
         "    printf '%s file %s\\n' \"$mark\" \"$1\"\n"
         "    cat \"$1\" 2>/dev/null\n"
         "    echo\n"
         "  fi\n"
         "}\n"
         "folder() {\n"
         "  if [ -d \"$1\" ]; then\n"
         "    printf '%s folder %s\\n' \"$mark\" \"$1\"\n"
         "    ls \"$1\"\n"
         "  fi\n"
         "}\n"
         "for name in /proc/sys/kernel/ostype /proc/sys/kernel/osrelease /proc/sys/kernel/hostname "
         "/etc/os-release \\\n"
         "  /proc/self/status /proc/net/dev /proc/net/route /proc/net/ipv6_route /proc/net/vlan/config \\\n"
         "  /sys/module/apparmor/parameters/enabled /sys/fs/selinux/enforce /proc/self/attr/current; do\n"
         "  file \"$name\"\n"
         "done\n"
         "for net in /sys/class/net/*; do\n"
         "  for name in flags type address ifindex iflink uevent; do file \"$net/$name\"; done\n"
         "  folder \"$net\"\n"
         "done\n"
         "folder /etc/apparmor.d\n"
         "spool=/var/tmp\n"
         "printf '%s free %s\\n' \"$mark\" \"$spool\"\n"
         "df -P -k \"$spool\" 2>/dev/null\n"
         "if [ -d \"$spool\" ] && [ -w \"$spool\" ] && [ -x \"$spool\" ]; then\n"
         "  printf '%s writable %s\\n' \"$mark\" \"$spool\"\n"
         "fi\n"
         "printf '%s end\\n' \"$mark\"\n";
}

// `df -P -k`: a line of headings, then device, 1024-byte blocks, used, available, ...
std::optional<std::uint64_t> available(const std::string& text) {
  std::istringstream lines(text);
  std::string heading;
  std::string device;
  std::uint64_t total = 0;
  std::uint64_t used = 0;
  std::uint64_t free = 0;
  if (!std::getline(lines, heading) || !(lines >> device >> total >> used >> free)) return std::nullopt;
  return free > UINT64_MAX / 1024 ? UINT64_MAX : free * 1024;
}

}  // namespace

Result<RemoteFiles> RemoteFiles::fetch(CommandRunner& runner) {
  const std::string mark = fresh_mark();
  const auto output = runner.run({"sh", "-s"}, std::chrono::seconds(20), script_of(mark));
  if (!output) return fail(output.error());
  RemoteFiles files;
  if (files.take(output->out, mark)) return files;
  return fail(ErrorKind::failed, runner.target() + " could not be looked at: its answer is cut off",
              output->err.substr(0, output->err.find('\n')));
}

bool RemoteFiles::take(const std::string& answer, const std::string& mark) {
  const std::string start = mark + " ";
  std::size_t at = answer.find(start);
  while (at != std::string::npos) {
    const std::size_t line_end = std::min(answer.find('\n', at), answer.size());
    std::istringstream words(answer.substr(at + start.size(), line_end - at - start.size()));
    std::string kind;
    std::string path;
    words >> kind;
    std::getline(words >> std::ws, path);
    if (kind == "end") return true;
    const std::size_t next = answer.find(start, line_end);
    if (next == std::string::npos) return false;
    const std::size_t from = std::min(line_end + 1, next);
    std::string content = answer.substr(from, next - from);
    if (kind == "file") {
      if (content.ends_with('\n')) content.pop_back();  // that of `echo`
      files_[path] = std::move(content);
    } else if (kind == "folder") {
      std::istringstream names(content);
      auto& list = folders_[path];
      for (std::string name; std::getline(names, name);) list.push_back(name);
      std::sort(list.begin(), list.end());
    } else if (kind == "free") {
      if (const auto bytes = available(content)) free_[path] = *bytes;
    } else if (kind == "writable") {
      writable_.insert(path);
    }
    at = next;
  }
  return false;
}

std::optional<std::string> RemoteFiles::read(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> RemoteFiles::list(const std::string& folder) const {
  const auto found = folders_.find(folder);
  return found == folders_.end() ? std::vector<std::string>() : found->second;
}

std::optional<std::uint64_t> RemoteFiles::free_bytes(const std::string& folder) const {
  const auto found = free_.find(folder);
  return found == free_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace anchoko::tcpdump
