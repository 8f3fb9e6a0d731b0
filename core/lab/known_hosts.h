// The hosts that `anchoko lab up` can make, and what it writes about each into its host.conf.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace anchoko::lab {

struct KnownHost {
  std::string_view name;       // "sol1"
  std::string_view system;     // for people: "Solaris 11"
  std::string_view os;         // as in host.conf: "solaris"
  std::string_view release;    // as its `uname -r` says it: "5.11"
  std::string_view interface;  // "net0"
  std::string_view address;    // IPv4, of 192.0.2.0/24
  std::string_view mac;
  std::string_view more;  // further lines of host.conf
};

std::span<const KnownHost> known_hosts();
const KnownHost* find_known_host(std::string_view name);  // null: there is none of that name

// `packets`: as in host.conf, "live" or a file, relative to the host's folder. `device`: of this machine, for
// live ones.
std::string host_conf(const KnownHost& host, const std::string& packets, const std::string& device);

}  // namespace anchoko::lab
