#include <algorithm>

#include "backends/snoop/probe_answer.h"
#include "backends/snoop/snoop.h"
#include "core/backend/backend_choice.h"

namespace anchoko::snoop {
namespace {

// `uname -o` of newer illumos says so. Versions of Solaris 11 are numbers ("11.4.31.88.5"), those of what it
// came from begin with snv_; distributions of illumos put their names there ("omnios-r151046",
// "joyent_2023").
bool is_illumos(const HostAnswer& answer) {
  if (answer.first_line("system") == "illumos") return true;
  const std::string version = answer.first_line("version");
  const bool digit = !version.empty() && version.front() >= '0' && version.front() <= '9';
  return answer.first_line("release") == "5.11" && !version.empty() && !digit &&
         !version.starts_with("snv_") && !version.starts_with("Generic");
}

// The first line of /etc/release, and `uname -v`.
std::string description(const HostAnswer& answer) {
  std::string line = answer.first_line("description");
  line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
  const std::string version = answer.first_line("version");
  return line.empty() ? version : line + ", " + version;
}

}  // namespace

Result<HostFacts> probe(CommandRunner& runner) {
  HostFacts facts;
  const auto system = system_of(runner);
  if (!system) return fail(system.error());
  facts.os = *system;
  if (facts.os != "solaris") {
    facts.rights = "not looked for: snoop is a tool of Solaris and illumos";
    return facts;
  }
  const auto answer = ask_host(runner);
  if (!answer) return fail(answer.error());
  if (is_illumos(*answer)) facts.os = "illumos";
  facts.os_release = answer->first_line("release");
  facts.kernel = description(*answer);
  facts.hostname = answer->first_line("name");
  facts.tool = runner.find_program("snoop");
  const Rights rights = read_rights(*answer);
  facts.root = rights.root;
  facts.elevated = rights.ip_interfaces;
  facts.rights = rights.links || !rights.ip_interfaces ? rights.text : ip_interfaces_only;
  if (facts.tool.empty()) facts.rights = "not asked: snoop is not there";
  // /bin/sh of Solaris 10 is no POSIX shell.
  const std::string shell = answer->first_line("shell");
  facts.shell = shell.empty() ? "/bin/sh" : shell;
  facts.fractional_sleep = answer->first_line("sleep") == "fractional";
  facts.interfaces = read_links(*answer);
  if (const auto free = free_bytes(answer->text("free")))
    facts.spool_free = std::max<std::uint64_t>(*free, 1);  // 0 means that nobody knows
  return facts;
}

HostFacts assumed_facts() {
  HostFacts facts;
  facts.os = "solaris";
  facts.os_release = "5.11";
  facts.tool = "/usr/sbin/snoop";
  facts.shell = "/usr/xpg4/bin/sh";
  facts.elevated = true;
  facts.root = true;
  facts.rights = "root (assumed)";
  return facts;
}

Release release_of(const SessionSpec& spec, const HostFacts& facts) {
  const auto chosen = spec.backend_options.find("release");
  const std::string release = chosen == spec.backend_options.end() ? facts.os_release : chosen->second;
  if (release == "illumos" || facts.os == "illumos") return Release::illumos;
  if (release == "11" || release.starts_with("5.11") || release.starts_with("11.")) return Release::solaris11;
  return Release::solaris10;
}

bool watches_ip(const SessionSpec& spec) {
  const auto chosen = spec.backend_options.find("layer");
  return chosen != spec.backend_options.end() && chosen->second == "ip";
}

std::string link_of(const SessionSpec& spec, const HostFacts& facts) {
  if (spec.interface_choice == InterfaceChoice::any) return {};
  if (watches_ip(spec)) return "IPNET";
  const bool named = spec.interface_choice == InterfaceChoice::named;
  if (named && spec.interfaces.size() != 1) return {};
  for (const auto& interface : facts.interfaces) {
    if (named ? interface.name == spec.interfaces.front() : interface.is_default) return interface.link_type;
  }
  // Of an imagined host nothing is known but the name.
  if (!facts.hostname.empty() || !named) return {};
  return spec.interfaces.front() == "lo0" ? "IPNET" : "EN10MB";
}

}  // namespace anchoko::snoop
