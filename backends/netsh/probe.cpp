#include "backends/netsh/netsh.h"

namespace anchoko::netsh {
namespace {

constexpr const char* windows_spool = "C:\\Windows\\Temp";

std::string system_name(CommandRunner& runner) {
  const std::string uname = runner.find_program("uname");
  if (uname.empty()) return {};
  const auto output = runner.run({uname, "-s"}, std::chrono::seconds(10));
  if (!output || output->exit_status != 0) return {};
  std::string name;
  for (const char c : output->out) {
    if (c == '\n') break;
    name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return name;
}

}  // namespace

Result<HostFacts> probe(CommandRunner& runner) {
  HostFacts facts;
  facts.tool = runner.find_program("netsh");
  if (facts.tool.empty()) {
    facts.os = system_name(runner);
    facts.rights = "netsh is not there: it comes with Windows";
    return facts;
  }
  facts.os = "windows";
  facts.spool = windows_spool;
  facts.rights = std::string("not asked: ") + cannot_run_yet;
  return facts;
}

HostFacts assumed_facts() {
  HostFacts facts;
  facts.os = "windows";
  facts.os_release = "Windows Server 2016 or later (assumed)";
  facts.tool = "netsh";
  facts.elevated = true;
  facts.rights = "elevated (assumed)";
  facts.spool = windows_spool;
  return facts;
}

}  // namespace anchoko::netsh
