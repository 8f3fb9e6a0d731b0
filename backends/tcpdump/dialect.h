// tcpdump's filter language is libpcap's, so every primitive is exact; what needs care is where VLAN tags
// are.
#pragma once

#include <string>

#include "core/backend/dialect.h"

namespace anchoko::tcpdump {

const Dialect& tcpdump_dialect();

// What the tool will see on the chosen interface: "EN10MB", "RAW", "cooked" for `any`; empty when it is not
// known.
std::string capture_link(const SessionSpec& spec, const HostFacts& facts);

}  // namespace anchoko::tcpdump
