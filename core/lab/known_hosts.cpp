#include "core/lab/known_hosts.h"

#include <algorithm>

namespace anchoko::lab {
namespace {

constexpr KnownHost hosts[] = {
    {"aix1", "AIX 7.2", "aix", "7.2", "en0", "192.0.2.10", "02:00:00:00:00:10", "oslevel 7200-05-03-2136\n"},
    {"sol1", "Solaris 11", "solaris", "5.11", "net0", "192.0.2.11", "02:00:00:00:00:11",
     "variant solaris11\n"},
    {"sol2", "Solaris 10", "solaris", "5.10", "bge0", "192.0.2.12", "02:00:00:00:00:12", ""},
    {"illumos1", "illumos", "solaris", "5.11", "net0", "192.0.2.13", "02:00:00:00:00:13",
     "variant illumos\n"},
    {"hpux1", "HP-UX 11i v3", "hpux", "B.11.31", "lan0", "192.0.2.14", "02:00:00:00:00:14", ""},
    {"hpux2", "HP-UX 11i v1", "hpux", "B.11.11", "lan0", "192.0.2.15", "02:00:00:00:00:15", ""},
};

}  // namespace

std::span<const KnownHost> known_hosts() {
  return hosts;
}

const KnownHost* find_known_host(std::string_view name) {
  const auto found = std::ranges::find(hosts, name, &KnownHost::name);
  return found == std::end(hosts) ? nullptr : &*found;
}

std::string host_conf(const KnownHost& host, const std::string& packets, const std::string& device) {
  const auto line = [](std::string_view key, std::string_view value) {
    return std::string(key) + " " + std::string(value) + "\n";
  };
  return "# A host of the lab: an emulation. core/lab/emulated_host.h tells what may stand here.\n" +
         line("os", host.os) + line("release", host.release) + line("name", host.name) +
         line("interface", std::string(host.interface) + " " + device + " " + std::string(host.mac) + " " +
                               std::string(host.address)) +
         std::string(host.more) + line("packets", packets);
}

}  // namespace anchoko::lab
