// Which Linux distribution it is, as far as that decides how a package is installed.
#pragma once

#include <string>

namespace anchoko::tcpdump {

// The value of a key in os-release(5) text, without its quotes; empty: not there.
std::string os_release_value(const std::string& os_release, const std::string& key);

// os-release(5) text to the command that installs the package, `sudo` before it unless it is for root. Empty:
// that distribution is not known.
std::string install_command(const std::string& os_release, const std::string& package, bool as_root);

}  // namespace anchoko::tcpdump
