#include <cstdlib>
#include <filesystem>

#include <net/if.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/local_system.h"

namespace anchoko {

std::string local_system() {
  utsname names{};
  if (::uname(&names) != 0) return "unknown";
  std::string name = names.sysname;
  if (name == "SunOS") return "solaris";
  if (name == "HP-UX") return "hpux";
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

std::string user_config_folder() {
  // The specification has relative paths ignored.
  const auto absolute = [](const char* value) { return value != nullptr && *value == '/'; };
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); absolute(config)) return config;
  if (const char* home = std::getenv("HOME"); absolute(home))
    return (std::filesystem::path(home) / ".config").string();
  return {};
}

std::vector<std::string> local_interface_names() {
  std::vector<std::string> names;
  struct if_nameindex* const list = ::if_nameindex();
  for (const auto* at = list; at != nullptr && at->if_name != nullptr; ++at) names.emplace_back(at->if_name);
  if (list != nullptr) ::if_freenameindex(list);
  return names;
}

bool can_write_folder(const std::string& folder) {
  return ::access(folder.c_str(), W_OK | X_OK) == 0;
}

}  // namespace anchoko
