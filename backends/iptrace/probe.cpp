#include <algorithm>

#include "backends/iptrace/iptrace.h"
#include "backends/iptrace/probe_answer.h"
#include "core/backend/backend_choice.h"

namespace anchoko::iptrace {

Result<HostFacts> probe(CommandRunner& runner) {
  HostFacts facts;
  const auto system = system_of(runner);
  if (!system) return fail(system.error());
  facts.os = *system;
  if (facts.os != "aix") {
    facts.rights = "not looked for: iptrace is a tool of AIX";
    return facts;
  }
  const auto answer = ask_host(runner);
  if (!answer) return fail(answer.error());
  facts.os_release = answer->first_line("release");
  facts.kernel = answer->first_line("level");
  facts.hostname = answer->first_line("name");
  facts.tool = runner.find_program("iptrace");
  facts.root = answer->first_line("id") == "0";
  facts.elevated = facts.root;
  facts.rights = facts.root ? "root" : "missing: only root may start iptrace";
  const std::string partition = answer->first_line("wpar");
  if (!partition.empty() && partition != "0") facts.rights += ", in workload partition " + partition;
  if (facts.tool.empty()) facts.rights = "not asked: iptrace is not there";
  facts.starter = answer->first_line("src") == "known" ? "src" : "";
  const std::string shell = answer->first_line("shell");
  facts.shell = shell.empty() ? "/usr/bin/ksh" : shell;
  facts.fractional_sleep = answer->first_line("sleep") == "fractional";
  facts.interfaces = read_interfaces(*answer);
  const auto spool = read_file_system(answer->text("spool"));
  facts.spool_on_network = spool.on_network;
  if (spool.free) facts.spool_free = std::max<std::uint64_t>(*spool.free, 1);  // 0 means that nobody knows
  return facts;
}

HostFacts assumed_facts() {
  HostFacts facts;
  facts.os = "aix";
  facts.os_release = "7.2.0.0";
  facts.tool = "/usr/sbin/iptrace";
  facts.shell = "/usr/bin/ksh";
  facts.elevated = true;
  facts.root = true;
  facts.rights = "root (assumed)";
  facts.starter = "src";
  return facts;
}

}  // namespace anchoko::iptrace
