#include "backends/snoop/emulator_names.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include <arpa/inet.h>

namespace anchoko::snoop::emulated {

std::uint32_t Address::word(std::size_t index) const {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes.at(4 * index + i);
  return value;
}

std::optional<Address> parse_ip4(const std::string& text) {
  Address address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::optional<Address> parse_ip6(const std::string& text) {
  Address address;
  address.six = true;
  if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::optional<lab::MacAddress> parse_ether(const std::string& text) {
  lab::MacAddress mac{};
  std::istringstream parts(text);
  std::string part;
  std::size_t count = 0;
  while (std::getline(parts, part, ':')) {
    char* end = nullptr;
    const unsigned long value = std::strtoul(part.c_str(), &end, 16);
    if (part.empty() || *end != 0 || value > 255 || count == mac.size()) return std::nullopt;
    mac.at(count++) = static_cast<std::uint8_t>(value);
  }
  return count == mac.size() ? std::optional(mac) : std::nullopt;
}

std::optional<std::uint32_t> parse_network(const std::string& text) {
  std::istringstream parts(text);
  std::string part;
  std::uint32_t value = 0;
  int count = 0;
  while (std::getline(parts, part, '.')) {
    char* end = nullptr;
    const unsigned long one = std::strtoul(part.c_str(), &end, 0);
    if (part.empty() || part.front() == '-' || *end != 0 || one > 255 || ++count > 4) return std::nullopt;
    value = value << 8 | static_cast<std::uint32_t>(one);
  }
  return count > 0 && text.back() != '.' ? std::optional(value) : std::nullopt;
}

std::string text_of(const Address& address) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(address.six ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text) ? text : "";
}

std::optional<std::uint16_t> port_of_service(std::string_view name) {
  static constexpr std::pair<std::string_view, std::uint16_t> services[] = {
      {"ftp-data", 20}, {"ftp", 21},     {"ssh", 22},    {"telnet", 23}, {"smtp", 25},    {"domain", 53},
      {"bootps", 67},   {"bootpc", 68},  {"tftp", 69},   {"finger", 79}, {"http", 80},    {"kerberos", 88},
      {"pop3", 110},    {"sunrpc", 111}, {"ntp", 123},   {"imap", 143},  {"snmp", 161},   {"ldap", 389},
      {"slp", 427},     {"https", 443},  {"login", 513}, {"shell", 514}, {"syslog", 514}, {"printer", 515},
      {"route", 520},   {"ldaps", 636},  {"nfsd", 2049}};
  for (const auto& [service, port] : services)
    if (service == name) return port;
  return std::nullopt;
}

std::optional<std::uint32_t> rpc_program(std::string_view name) {
  static constexpr std::pair<std::string_view, std::uint32_t> programs[] = {
      {"rpcbind", 100000}, {"portmapper", 100000}, {"sunrpc", 100000},  {"rstatd", 100001},
      {"rusersd", 100002}, {"nfs", 100003},        {"ypserv", 100004},  {"mountd", 100005},
      {"ypbind", 100007},  {"walld", 100008},      {"rquotad", 100011}, {"nlockmgr", 100021},
      {"status", 100024},  {"ypupdated", 100028}};
  for (const auto& [program, number] : programs)
    if (program == name) return number;
  return std::nullopt;
}

Names::Names(const lab::EmulatedHost& host) {
  add("localhost", "127.0.0.1");
  for (const auto& interface : host.interfaces()) {
    for (const auto& address : interface.addresses) {
      if (!host.name().empty()) add(host.name(), address);
      for (const auto& parsed : {parse_ip4(address), parse_ip6(address)})
        if (parsed) ethers_.emplace_back(*parsed, interface.mac);
    }
  }
  std::ifstream lines(host.folder() / "hosts");
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string address, name;
    words >> address;
    while (words >> name) add(name, address);
  }
}

void Names::add(const std::string& name, const std::string& address) {
  for (const auto& parsed : {parse_ip4(address), parse_ip6(address)})
    if (parsed) names_[name].push_back(*parsed);
}

const std::vector<Address>& Names::addresses(const std::string& name) const {
  static const std::vector<Address> none;
  const auto found = names_.find(name);
  return found == names_.end() ? none : found->second;
}

std::optional<std::string> Names::name_of(const Address& address) const {
  for (const auto& [name, addresses] : names_)
    if (std::find(addresses.begin(), addresses.end(), address) != addresses.end()) return name;
  return std::nullopt;
}

std::optional<lab::MacAddress> Names::ether_of(const Address& address) const {
  for (const auto& [one, mac] : ethers_)
    if (one == address) return mac;
  return std::nullopt;
}

}  // namespace anchoko::snoop::emulated
