// Service, protocol and ethertype names. The system's own files (services, protocols) come first, then an
// embedded table, so that a filter means the same on a machine that has no such files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace anchoko::filter {

struct Service {
  std::uint16_t port = 0;
  bool tcp = false;
  bool udp = false;
};
// Case counts, as in libpcap. With different numbers for TCP and UDP, TCP's.
std::optional<Service> find_service(std::string_view name);

// IP protocol number by name or alias ("tcp", "TCP").
std::optional<std::uint8_t> find_protocol(std::string_view name);
// Ethertype by the names that libpcap knows ("ip", "arp", "ip6"…).
std::optional<std::uint16_t> find_ethertype(std::string_view name);

std::vector<std::string> service_names();  // for did-you-mean

// Where the system keeps them; empty when it has none. One file per operating system defines these.
std::string services_file();
std::string protocols_file();

}  // namespace anchoko::filter
