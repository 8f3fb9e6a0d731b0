// What is in the way of tcpdump on a Linux machine, and what mends it.
#pragma once

#include <vector>

#include "backends/tcpdump/system_files.h"
#include "core/model/finding.h"
#include "core/model/host_facts.h"

namespace anchoko::tcpdump {

std::vector<Finding> examine(const HostFacts& facts, const SystemFiles& files);

}  // namespace anchoko::tcpdump
