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

bool can_write_folder(const std::string& folder) {
  return ::access(folder.c_str(), W_OK | X_OK) == 0;
}

}  // namespace anchoko
