#include "backends/tcpdump/probe.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <sstream>

#include "backends/tcpdump/distribution.h"
#include "backends/tcpdump/tool_version.h"

namespace anchoko::tcpdump {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t cap_net_raw = std::uint64_t{1} << 13;  // linux/capability.h
const char* const spool_folder = "/var/tmp";

std::string first_line(const std::optional<std::string>& text) {
  if (!text) return {};
  return text->substr(0, text->find('\n'));
}

struct ProcessRights {
  bool known = false;
  bool root = false;
  std::uint64_t bounding = 0;  // what a program run as root obtains
  std::uint64_t ambient = 0;   // what any program keeps across exec
};

ProcessRights process_rights(const SystemFiles& files) {
  ProcessRights rights;
  std::istringstream stream(files.read("/proc/self/status").value_or(""));
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string label;
    words >> label;
    if (label == "Uid:") {
      std::uint64_t real = 1;
      std::uint64_t effective = 1;
      if (words >> real >> effective) {
        rights.known = true;
        rights.root = effective == 0;
      }
    } else if (label == "CapBnd:") {
      words >> std::hex >> rights.bounding;
    } else if (label == "CapAmb:") {
      words >> std::hex >> rights.ambient;
    }
  }
  return rights;
}

std::string file_capabilities(CommandRunner& runner, const std::string& tool) {
  const std::string getcap = runner.find_program("getcap");
  if (getcap.empty()) return {};
  const auto output = runner.run({getcap, tool}, seconds(5));
  if (!output || output->exit_status != 0) return {};
  std::string line = output->out.substr(0, output->out.find('\n'));
  if (!line.starts_with(tool)) return {};
  line.erase(0, tool.size());
  line.erase(0, std::min(line.find_first_not_of(" ="), line.size()));
  return line;
}

// May tcpdump capture although we hold no right ourselves? `-L` opens the interface, lists its link types and
// ends; it is the only judge that knows file capabilities, groups and security modules alike.
bool tool_may_capture(CommandRunner& runner, const HostFacts& facts, std::string& complaint) {
  if (facts.interfaces.empty()) return false;
  const HostInterface* interface = &facts.interfaces.front();
  for (const auto& one : facts.interfaces) {
    if (one.up && one.loopback) interface = &one;
  }
  const auto output = runner.run({facts.tool, "-p", "-L", "-i", interface->name}, seconds(5));
  if (!output) {
    complaint = output.error().message;
    return false;
  }
  if (output->exit_status != 0) complaint = first_line(output->err);
  return output->exit_status == 0;
}

void probe_rights(CommandRunner& runner, const SystemFiles& files, HostFacts& facts) {
  const auto rights = process_rights(files);
  facts.root = rights.root;
  if (rights.root) {
    facts.elevated = (rights.bounding & cap_net_raw) != 0;
    facts.rights =
        facts.elevated ? "root" : "root without CAP_NET_RAW, as in a container that was not given it";
    return;
  }
  if ((rights.ambient & cap_net_raw) != 0) {
    facts.elevated = true;
    facts.rights = "CAP_NET_RAW (ambient)";
    return;
  }
  if (facts.tool.empty()) {
    facts.rights = "missing: neither root nor CAP_NET_RAW";
    return;
  }
  std::string complaint;
  const std::string capabilities = file_capabilities(runner, facts.tool);
  facts.elevated = tool_may_capture(runner, facts, complaint);
  if (facts.elevated) {
    facts.rights = (capabilities.empty() ? "its own rights" : capabilities) + " on " + facts.tool;
  } else {
    facts.rights =
        "missing: neither root nor CAP_NET_RAW" + (complaint.empty() ? "" : " (" + complaint + ")");
  }
}

// `ip -o address`: "2: eth0    inet 192.0.2.5/24 brd ...". Without `ip` the addresses stay unknown; nothing
// needs them.
void probe_addresses(CommandRunner& runner, HostFacts& facts) {
  const std::string ip = runner.find_program("ip");
  if (ip.empty()) return;
  const auto output = runner.run({ip, "-o", "address", "show"}, seconds(5));
  if (!output || output->exit_status != 0) return;
  std::istringstream stream(output->out);
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string index;
    std::string name;
    std::string family;
    std::string address;
    if (!(words >> index >> name >> family >> address) || (family != "inet" && family != "inet6")) continue;
    for (auto& interface : facts.interfaces) {
      if (interface.name == name) interface.addresses.push_back(address.substr(0, address.find('/')));
    }
  }
}

void probe_tool(CommandRunner& runner, HostFacts& facts) {
  facts.tool = runner.find_program("tcpdump");
  if (facts.tool.empty()) return;
  // The exit status says nothing: releases before 4.6 know no --version and print it with their usage.
  if (const auto output = runner.run({facts.tool, "--version"}, seconds(5))) {
    const auto version = read_version(output->out + "\n" + output->err);
    facts.tool_version = version.tool;
    facts.tool_library = version.library;
  }
  // GNU's and busybox's sleep do; POSIX asks for whole seconds only.
  if (const auto slept = runner.run({"sleep", "0.001"}, seconds(5)))
    facts.fractional_sleep = slept->exit_status == 0;
}

}  // namespace

Result<HostFacts> probe(CommandRunner& runner, const SystemFiles& files) {
  HostFacts facts;
  const std::string system = first_line(files.read("/proc/sys/kernel/ostype"));
  if (system != "Linux") {
    facts.os = system.empty() ? "unknown" : system;
    facts.rights = "not looked for: only Linux is known here";
    return facts;
  }
  facts.os = "linux";
  const std::string release = files.read("/etc/os-release").value_or("");
  facts.os_release = os_release_value(release, "PRETTY_NAME");
  facts.install_tool = install_command(release, "tcpdump", /*as_root=*/false);
  facts.kernel = first_line(files.read("/proc/sys/kernel/osrelease"));
  facts.hostname = first_line(files.read("/proc/sys/kernel/hostname"));
  facts.interfaces = read_interfaces(files);
  probe_tool(runner, facts);
  probe_rights(runner, files, facts);
  probe_addresses(runner, facts);
  facts.spool = spool_folder;
  if (const auto free = files.free_bytes(facts.spool))
    facts.spool_free = std::max<std::uint64_t>(*free, 1);  // 0 means that nobody knows
  return facts;
}

}  // namespace anchoko::tcpdump
