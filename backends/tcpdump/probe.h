// What there is on a Linux host: tool, version, rights, interfaces.
#pragma once

#include <string>
#include <vector>

#include "backends/tcpdump/system_files.h"
#include "core/base/result.h"
#include "core/exec/command_runner.h"
#include "core/model/host_facts.h"

namespace anchoko::tcpdump {

// Looks without changing anything and without special rights.
Result<HostFacts> probe(CommandRunner& runner, const SystemFiles& files);

// Interfaces of the network namespace that this process is in, in the kernel's order; without addresses.
std::vector<HostInterface> read_interfaces(const SystemFiles& files);

}  // namespace anchoko::tcpdump
