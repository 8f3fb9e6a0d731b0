#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <net/if.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/local_system.h"

namespace anchoko {

std::string local_system() {
  utsname names{};
  if (::uname(&names) != 0) return "unknown";
  return system_of_name(names.sysname);
}

namespace {

// XDG Base Directory Specification, which has relative paths ignored.
std::string user_folder(const char* variable, const char* below_home) {
  const auto absolute = [](const char* value) { return value != nullptr && *value == '/'; };
  if (const char* folder = std::getenv(variable); absolute(folder)) return folder;
  if (const char* home = std::getenv("HOME"); absolute(home))
    return (std::filesystem::path(home) / below_home).string();
  return {};
}

}  // namespace

std::string user_config_folder() {
  return user_folder("XDG_CONFIG_HOME", ".config");
}

std::string user_state_folder() {
  return user_folder("XDG_STATE_HOME", ".local/state");
}

std::vector<std::string> local_interface_names() {
  std::vector<std::string> names;
  struct if_nameindex* const list = ::if_nameindex();
  for (const auto* at = list; at != nullptr && at->if_name != nullptr; ++at) names.emplace_back(at->if_name);
  if (list != nullptr) ::if_freenameindex(list);
  return names;
}

std::size_t open_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 64;  // more than POSIX promises, less than any system has
  constexpr rlim_t most = 1 << 20;
  return static_cast<std::size_t>(std::min(limit.rlim_cur, most));
}

bool can_write_folder(const std::string& folder) {
  return ::access(folder.c_str(), W_OK | X_OK) == 0;
}

}  // namespace anchoko
