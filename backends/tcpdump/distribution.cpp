#include "backends/tcpdump/distribution.h"

#include <sstream>

namespace anchoko::tcpdump {
namespace {

std::string install_words(const std::string& id, const std::string& version) {
  if (id == "debian" || id == "ubuntu") return "apt-get install";
  // yum became dnf with release 8, and in Amazon Linux with 2023.
  const bool old_red_hat = version.starts_with("7") || version.starts_with("6");
  if (id == "amzn") return version == "2" ? "yum install" : "dnf install";
  if (id == "rhel" || id == "centos" || id == "ol") return old_red_hat ? "yum install" : "dnf install";
  if (id == "fedora") return "dnf install";
  if (id == "suse" || id == "opensuse" || id == "sles" || id.starts_with("opensuse-"))
    return "zypper install";
  if (id == "alpine") return "apk add";
  if (id == "arch") return "pacman -S";
  return {};
}

}  // namespace

std::string os_release_value(const std::string& os_release, const std::string& key) {
  std::istringstream lines(os_release);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key + "=")) continue;
    std::string value = line.substr(key.size() + 1);
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

std::string install_command(const std::string& os_release, const std::string& package, bool as_root) {
  const std::string version = os_release_value(os_release, "VERSION_ID");
  // ID first, then what it says it is like, nearest first.
  std::istringstream ids(os_release_value(os_release, "ID") + " " + os_release_value(os_release, "ID_LIKE"));
  for (std::string id; ids >> id;) {
    const std::string words = install_words(id, version);
    if (!words.empty()) return (as_root ? "" : "sudo ") + words + " " + package;
  }
  return {};
}

}  // namespace anchoko::tcpdump
