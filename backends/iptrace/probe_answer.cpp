#include "backends/iptrace/probe_answer.h"

#include <algorithm>
#include <sstream>

namespace anchoko::iptrace {
namespace {

// `uname -W` is the number of the workload partition (WPAR), 0 outside of any; before AIX 6.1 there is none.
// `exec`, as the keeper does it: ksh93 has a sleep of its own that takes fractions.
constexpr const char* script =
    "part level; oslevel -s || oslevel\n"
    "part release; oslevel\n"
    "part name; uname -n\n"
    "part wpar; uname -W\n"
    "part id; id -u\n"
    "part devices; lsdev -Cc if\n"
    "part addresses; ifconfig -a\n"
    "part routes; netstat -rn\n"
    "part src; lssrc -s iptrace >/dev/null && echo known\n"
    "part sleep; (exec sleep 0.001) && echo fractional\n"
    "part shell\n"
    "for shell in /usr/bin/ksh /bin/ksh /usr/bin/sh; do\n"
    "  if [ -x \"$shell\" ]; then echo \"$shell\"; fi\n"
    "done\n"
    "part spool; df -P -k /var/tmp\n";

HostInterface& entry(std::vector<HostInterface>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  if (found != all.end()) return *found;
  HostInterface fresh;
  fresh.name = name;
  fresh.loopback = name.starts_with("lo");
  // et: IEEE 802.3 framing on the same wire.
  if (name.starts_with("en") || name.starts_with("et")) fresh.link_type = "EN10MB";
  all.push_back(std::move(fresh));
  return all.back();
}

// "en0: flags=1e084863,480<UP,BROADCAST,…>", then, behind a blank, "inet A netmask M" and "inet6 A/64".
void add_addresses(const std::string& text, std::vector<HostInterface>& all) {
  HostInterface* current = nullptr;
  for (const auto& line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.empty()) continue;
    if (line.front() != ' ' && line.front() != '\t') {
      const auto end = line.find(": flags=");
      current = end == std::string::npos ? nullptr : &entry(all, line.substr(0, end));
      if (current != nullptr) current->up = line.find("<UP") != std::string::npos;
    } else if (current != nullptr && words.size() > 1 && (words[0] == "inet" || words[0] == "inet6")) {
      // ::1%1/0
      const std::string address = words[1].substr(0, words[1].find_first_of("/%"));
      if (address != "0.0.0.0") current->addresses.push_back(address);
    }
  }
}

// "default 192.0.2.1 UG 5 1234 en0 - -"
std::string default_interface(const std::string& text) {
  constexpr std::size_t column = 5;
  for (const auto& line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() > column && words[0] == "default") return words[column];
  }
  return {};
}

}  // namespace

Result<HostAnswer> ask_host(CommandRunner& runner) {
  return HostAnswer::fetch(runner, script);
}

std::vector<HostInterface> read_interfaces(const HostAnswer& answer) {
  std::vector<HostInterface> all;
  // "en0 Available 08-12 Standard Ethernet Network Interface"; "Defined": it is not there.
  for (const auto& line : lines_of(answer.text("devices"))) {
    const auto words = words_of(line);
    if (words.size() > 1 && words[1] == "Available") entry(all, words[0]);
  }
  add_addresses(answer.text("addresses"), all);
  const std::string chosen = default_interface(answer.text("routes"));
  for (auto& one : all) one.is_default = one.name == chosen;
  return all;
}

FileSystem read_file_system(const std::string& text) {
  const auto lines = lines_of(text);
  if (lines.size() < 2) return {};
  // device, blocks, used, available, percent, folder
  const auto words = words_of(lines[1]);
  if (words.size() < 6) return {};
  FileSystem result;
  result.on_network = words[0].find(":/") != std::string::npos;
  const std::string& free = words[3];
  if (free.size() <= 15 && free.find_first_not_of("0123456789") == std::string::npos)
    result.free = std::stoull(free) * 1024;
  return result;
}

}  // namespace anchoko::iptrace
