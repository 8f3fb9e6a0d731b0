// The machine that this program runs on, as far as the operating system itself must be asked.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace anchoko {

// As in HostFacts::os: "linux", "windows", "aix", "solaris", "hpux"; another system's own name in lower case.
std::string local_system();
// The same of a machine whose `uname -s` prints that name.
std::string system_of_name(std::string name);

// Where programs keep this user's settings: $XDG_CONFIG_HOME, else ~/.config; on Windows %APPDATA%. Empty
// when unknown.
std::string user_config_folder();

// Where programs keep what this user may lose but not miss: $XDG_STATE_HOME, else ~/.local/state; on Windows
// %LOCALAPPDATA%. Empty when unknown.
std::string user_state_folder();

// Names of this machine's network interfaces, as far as it tells them without being asked twice.
std::vector<std::string> local_interface_names();

// How many files this process may have open at once.
std::size_t open_file_limit();

// A file can be created in that folder by this user.
bool can_write_folder(const std::string& folder);

}  // namespace anchoko
