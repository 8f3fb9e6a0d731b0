// Which Linux distribution it is, as far as that decides how a package is installed.
#pragma once

#include <string>

namespace anchoko::tcpdump {

// os-release(5) text to the command that installs the package, `sudo` before it unless it is for root. Empty:
// that distribution is not known.
std::string install_command(const std::string& os_release, const std::string& package, bool as_root);

}  // namespace anchoko::tcpdump
