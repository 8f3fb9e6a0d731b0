// What a Solaris or illumos host answers when it is looked at: one script that changes nothing, in words that
// the Bourne shell of Solaris 10 knows too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/backend/host_answer.h"
#include "core/base/result.h"
#include "core/exec/command_runner.h"
#include "core/model/host_facts.h"

namespace anchoko::snoop {

// Errors: those of HostAnswer::fetch.
Result<HostAnswer> ask_host(CommandRunner& runner);

// From `dladm show-link`, `dladm show-phys`, `ifconfig -a` and `netstat -rn`. Loopback has the link type
// IPNET, what is not known to be Ethernet has none.
std::vector<HostInterface> read_links(const HostAnswer& answer);

// Of `df -k`, whose long names stand on a line of their own. Nothing: it cannot be told.
std::optional<std::uint64_t> free_bytes(const std::string& text);

struct Rights {
  bool root = false;
  bool links = false;          // net_rawaccess: any link
  bool ip_interfaces = false;  // net_observability: `snoop -I` only
  std::string text;            // how that is known, or what is missing
};
// From `id` and `ppriv -v`. What is inherited counts: it is what snoop will have.
Rights read_rights(const HostAnswer& answer);

}  // namespace anchoko::snoop
