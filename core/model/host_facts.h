// What the probe found on a target. Pure data: planning needs nothing else of the host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace anchoko {

struct HostInterface {
  std::string name;
  bool up = false;
  bool loopback = false;
  bool is_default = false;  // carries the default route
  std::string link_type;    // "EN10MB", "RAW"; empty: not known
  std::string mac;
  std::vector<std::string> addresses;
  bool has_vlans = false;
  std::string driver;  // where a tool names drivers instead of interfaces, as it does; empty: not known
};

struct HostFacts {
  std::string os;          // "linux", "windows"
  std::string os_release;  // "Debian GNU/Linux 12 (bookworm)"
  std::string kernel;
  std::string hostname;
  std::string tool;               // path of the native tool; empty: absent
  std::string install_tool;       // command by which a person installs it; empty: not known
  std::string tool_version;       // "4.99.3"
  std::string tool_library;       // "libpcap 1.10.3"
  std::string shell = "/bin/sh";  // that runs the keeper
  bool fractional_sleep = false;  // its `sleep` takes parts of a second
  bool elevated = false;          // may capture
  bool root = false;              // commands run as the superuser
  std::string rights;  // how that is known: "root", "CAP_NET_RAW on /usr/bin/tcpdump", or what is missing
  std::vector<HostInterface> interfaces;
  std::vector<std::string> subsystems;  // that the tool can trace, where it has such; empty: not known
  std::string starter;  // service by which the system starts the tool: "src"; empty: its own program
  std::string spool = "/var/tmp";
  bool spool_on_network = false;  // it is on NFS or the like
  std::uint64_t spool_free = 0;   // bytes; 0: not known, 1: full
};

}  // namespace anchoko
