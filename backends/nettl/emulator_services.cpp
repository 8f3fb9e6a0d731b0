#include "backends/nettl/emulator_services.h"

#include <array>

namespace anchoko::nettl::emulated {
namespace {

struct Service {
  std::string_view name;
  std::uint16_t port;
  bool tcp, udp;
};
constexpr auto services = std::to_array<Service>({
    {"ftp-data", 20, true, false}, {"ftp", 21, true, false},    {"ssh", 22, true, false},
    {"telnet", 23, true, false},   {"smtp", 25, true, false},   {"domain", 53, true, true},
    {"bootps", 67, false, true},   {"bootpc", 68, false, true}, {"tftp", 69, false, true},
    {"http", 80, true, false},     {"pop3", 110, true, false},  {"portmap", 111, true, true},
    {"ntp", 123, false, true},     {"imap", 143, true, false},  {"snmp", 161, false, true},
    {"ldap", 389, true, true},     {"https", 443, true, false}, {"syslog", 514, false, true},
    {"nfsd", 2049, true, true},
});

}  // namespace

std::optional<std::uint16_t> port_of_service(std::string_view name, bool tcp) {
  for (const auto& one : services)
    if (one.name == name && (tcp ? one.tcp : one.udp)) return one.port;
  return std::nullopt;
}

std::optional<std::string_view> service_of_port(std::uint16_t port, bool tcp) {
  for (const auto& one : services)
    if (one.port == port && (tcp ? one.tcp : one.udp)) return one.name;
  return std::nullopt;
}

}  // namespace anchoko::nettl::emulated
