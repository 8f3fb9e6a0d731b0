#include "backends/iptrace/emulator_names.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include <arpa/inet.h>

namespace anchoko::iptrace::emulated {
namespace {

struct Named {
  std::string_view name;
  std::uint16_t number;
};

// Entries that the services file of every Unix has; the protocol of an entry does not matter to -p.
constexpr Named services[] = {
    {"echo", 7},      {"discard", 9},     {"daytime", 13},     {"chargen", 19},      {"ftp-data", 20},
    {"ftp", 21},      {"ssh", 22},        {"telnet", 23},      {"smtp", 25},         {"time", 37},
    {"domain", 53},   {"bootps", 67},     {"bootpc", 68},      {"tftp", 69},         {"finger", 79},
    {"http", 80},     {"www", 80},        {"kerberos", 88},    {"pop3", 110},        {"sunrpc", 111},
    {"portmap", 111}, {"ntp", 123},       {"netbios-ns", 137}, {"netbios-ssn", 139}, {"imap2", 143},
    {"snmp", 161},    {"snmp-trap", 162}, {"ldap", 389},       {"https", 443},       {"isakmp", 500},
    {"exec", 512},    {"biff", 512},      {"login", 513},      {"who", 513},         {"shell", 514},
    {"syslog", 514},  {"printer", 515},   {"route", 520},      {"nfsd", 2049},       {"x11", 6000}};

constexpr Named protocols[] = {{"ip", 0},         {"icmp", 1},  {"igmp", 2}, {"ggp", 3},  {"tcp", 6},
                               {"egp", 8},        {"pup", 12},  {"udp", 17}, {"hmp", 20}, {"idp", 22},
                               {"rdp", 27},       {"gre", 47},  {"esp", 50}, {"ah", 51},  {"ipv6", 41},
                               {"ipv6-icmp", 58}, {"sctp", 132}};

std::optional<Address> find_literal(const std::string& text) {
  Address address;
  in_addr four{};
  if (inet_aton(text.c_str(), &four) == 0) return std::nullopt;
  std::copy_n(reinterpret_cast<const std::byte*>(&four), sizeof four, address.bytes.begin());
  return address;
}

std::optional<Address> find_literal_v6(const std::string& text) {
  Address address;
  address.v6 = true;
  if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

}  // namespace

int release_level(const lab::EmulatedHost& host) {
  constexpr int newest_known = 73;
  const auto& text = host.release();
  // oslevel writes 7200-05 for 7.2.
  if (text.size() >= 4 &&
      std::all_of(text.begin(), text.begin() + 4, [](char c) { return c >= '0' && c <= '9'; }))
    return (text[0] - '0') * 10 + (text[1] - '0');
  if (text.size() >= 3 && text[1] == '.') return (text[0] - '0') * 10 + (text[2] - '0');
  return newest_known;
}

std::optional<std::uint64_t> decimal(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() || value > most)
    return std::nullopt;
  return value;
}

std::optional<Address> find_host(const lab::EmulatedHost& host, const std::string& text) {
  if (auto literal = find_literal(text)) return literal;
  if (text.find(':') != std::string::npos)
    return host.fact("iptrace-ipv6-hosts", "refuse") == "accept" ? find_literal_v6(text) : std::nullopt;
  std::istringstream entries(host.setting("hosts").value_or(""));
  for (std::string entry; entries >> entry;)
    if (const auto sign = entry.find('='); entry.substr(0, sign) == text && sign != std::string::npos)
      return find_literal(entry.substr(sign + 1));
  if (text == "localhost" || text == "loopback") return find_literal("127.0.0.1");
  if (text != host.name() || text.empty()) return std::nullopt;
  for (const auto& interface : host.interfaces())
    for (const auto& address : interface.addresses)
      if (auto own = find_literal(address)) return own;
  return std::nullopt;
}

std::optional<std::uint16_t> find_port(const std::string& text) {
  if (const auto number = decimal(text, 65535)) return static_cast<std::uint16_t>(*number);
  for (const auto& [name, number] : services)
    if (name == text) return number;
  return std::nullopt;
}

std::optional<std::uint8_t> find_protocol(const std::string& text) {
  if (const auto number = decimal(text, 255)) return static_cast<std::uint8_t>(*number);
  for (const auto& [name, number] : protocols)
    if (name == text) return static_cast<std::uint8_t>(number);
  return std::nullopt;
}

std::string_view protocol_name(std::uint8_t number) {
  for (const auto& [name, one] : protocols)
    if (one == number) return name;
  return {};
}

}  // namespace anchoko::iptrace::emulated
