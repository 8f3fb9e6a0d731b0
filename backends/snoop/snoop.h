// What the files of this folder share.
#pragma once

#include <string>
#include <vector>

#include "core/backend/backend.h"

namespace anchoko::snoop {

// Which snoop it is; see README.md. What is not known counts as the oldest.
enum class Release {
  solaris10,  // knows no VLAN tags; no -I
  solaris11,  // Oracle Solaris 11
  illumos,
};
Release release_of(const SessionSpec& spec, const HostFacts& facts);

// The link type of what is captured on: "EN10MB", "IPNET"; empty: not known, or no single interface.
std::string link_of(const SessionSpec& spec, const HostFacts& facts);

// [backend.snoop] layer = "ip": the IP interface (-I), and not the link below it.
bool watches_ip(const SessionSpec& spec);

std::vector<Hazard> all_hazards();
// HostFacts::rights of who may open no link, but watch IP interfaces.
inline constexpr const char* ip_interfaces_only =
    "net_observability, which lets snoop watch IP interfaces but no links";
Result<HostFacts> probe(CommandRunner& runner);
HostFacts assumed_facts();
const Dialect& dialect();
Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                         const std::string& session_id);

}  // namespace anchoko::snoop
