#include "core/filter/names.h"

#include <array>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>

namespace anchoko::filter {
namespace {

struct EmbeddedService {
  std::string_view name;
  std::uint16_t port;
  char transport;  // 't', 'u' or 'b' for both
};

// Names people write in filters, with the transports that IANA's registry and Debian's services file give
// them.
constexpr auto embedded_services = std::to_array<EmbeddedService>({
    {"ftp-data", 20, 't'},
    {"ftp", 21, 't'},
    {"ssh", 22, 't'},
    {"telnet", 23, 't'},
    {"smtp", 25, 't'},
    {"time", 37, 'b'},
    {"whois", 43, 't'},
    {"tacacs", 49, 'b'},
    {"domain", 53, 'b'},
    {"bootps", 67, 'u'},
    {"bootpc", 68, 'u'},
    {"tftp", 69, 'u'},
    {"finger", 79, 't'},
    {"http", 80, 't'},
    {"www", 80, 't'},
    {"kerberos", 88, 'b'},
    {"pop3", 110, 't'},
    {"sunrpc", 111, 'b'},
    {"ntp", 123, 'u'},
    {"epmap", 135, 't'},
    {"netbios-ns", 137, 'u'},
    {"netbios-dgm", 138, 'u'},
    {"netbios-ssn", 139, 't'},
    {"imap2", 143, 't'},
    {"imap", 143, 't'},
    {"snmp", 161, 'b'},
    {"snmp-trap", 162, 'b'},
    {"bgp", 179, 't'},
    {"ldap", 389, 'b'},
    {"https", 443, 'b'},
    {"microsoft-ds", 445, 't'},
    {"kpasswd", 464, 'b'},
    {"submissions", 465, 't'},
    {"isakmp", 500, 'u'},
    {"syslog", 514, 'u'},
    {"printer", 515, 't'},
    {"route", 520, 'u'},
    {"dhcpv6-client", 546, 'u'},
    {"dhcpv6-server", 547, 'u'},
    {"rtsp", 554, 'b'},
    {"submission", 587, 't'},
    {"ipp", 631, 't'},
    {"ldaps", 636, 'b'},
    {"domain-s", 853, 'b'},
    {"rsync", 873, 't'},
    {"imaps", 993, 't'},
    {"pop3s", 995, 't'},
    {"socks", 1080, 't'},
    {"openvpn", 1194, 'b'},
    {"ms-sql-s", 1433, 't'},
    {"radius", 1812, 'b'},
    {"radius-acct", 1813, 'b'},
    {"nfs", 2049, 'b'},
    {"iscsi-target", 3260, 't'},
    {"mysql", 3306, 't'},
    {"ms-wbt-server", 3389, 't'},
    {"sip", 5060, 'b'},
    {"sip-tls", 5061, 'b'},
    {"xmpp-client", 5222, 't'},
    {"mdns", 5353, 'u'},
    {"postgresql", 5432, 't'},
    {"x11", 6000, 't'},
    {"syslog-tls", 6514, 't'},
    {"http-alt", 8080, 't'},
    {"git", 9418, 't'},
});

struct EmbeddedNumber {
  std::string_view name;
  std::uint16_t number;
};

constexpr auto embedded_protocols = std::to_array<EmbeddedNumber>({
    {"ip", 0},          {"hopopt", 0},       {"icmp", 1},   {"igmp", 2},   {"ipencap", 4}, {"tcp", 6},
    {"egp", 8},         {"igp", 9},          {"udp", 17},   {"dccp", 33},  {"ipv6", 41},   {"ipv6-route", 43},
    {"ipv6-frag", 44},  {"rsvp", 46},        {"gre", 47},   {"esp", 50},   {"ah", 51},     {"ipv6-icmp", 58},
    {"ipv6-nonxt", 59}, {"ipv6-opts", 60},   {"eigrp", 88}, {"ospf", 89},  {"ipip", 94},   {"etherip", 97},
    {"pim", 103},       {"ipcomp", 108},     {"vrrp", 112}, {"l2tp", 115}, {"isis", 124},  {"sctp", 132},
    {"udplite", 136},   {"mpls-in-ip", 137},
});

// pcap_nametoeproto(3PCAP).
constexpr auto ethertypes = std::to_array<EmbeddedNumber>({
    {"iso", 0xfe},
    {"stp", 0x42},
    {"ipx", 0xe0},
    {"netbeui", 0xf0},
    {"aarp", 0x80f3},
    {"arp", 0x806},
    {"atalk", 0x809b},
    {"decnet", 0x6003},
    {"ip", 0x800},
    {"ip6", 0x86dd},
    {"lat", 0x6004},
    {"loopback", 0x9000},
    {"mopdl", 0x6001},
    {"moprc", 0x6002},
    {"rarp", 0x8035},
    {"sca", 0x6007},
});

// The lines of a services or protocols file: name, second field, aliases.
template <typename Visit>
void read_database(const std::string& path, Visit visit) {
  if (path.empty()) return;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line.substr(0, line.find('#')));
    std::string name;
    std::string second;
    if (!(fields >> name >> second)) continue;
    visit(name, second);
    for (std::string alias; fields >> alias;) visit(alias, second);
  }
}

using Services = std::map<std::string, Service, std::less<>>;

const Services& services() {
  static const Services table = [] {
    Services system;
    read_database(services_file(), [&system](const std::string& name, const std::string& second) {
      unsigned port = 0;
      const char* end = second.data() + second.size();
      const auto [rest, error] = std::from_chars(second.data(), end, port);
      if (error != std::errc() || port > 65535) return;
      const std::string_view transport(rest, static_cast<std::size_t>(end - rest));
      if (transport != "/tcp" && transport != "/udp") return;
      Service& entry = system[name];
      const bool is_tcp = transport == "/tcp";
      if ((is_tcp ? entry.tcp : entry.udp) || (!is_tcp && entry.tcp && entry.port != port)) return;
      if (is_tcp && entry.udp && entry.port != port) entry.udp = false;
      entry.port = static_cast<std::uint16_t>(port);
      (is_tcp ? entry.tcp : entry.udp) = true;
    });
    for (const auto& embedded : embedded_services) {
      system.try_emplace(std::string(embedded.name),
                         Service{embedded.port, embedded.transport != 'u', embedded.transport != 't'});
    }
    return system;
  }();
  return table;
}

const std::map<std::string, std::uint8_t, std::less<>>& protocols() {
  static const auto table = [] {
    std::map<std::string, std::uint8_t, std::less<>> system;
    read_database(protocols_file(), [&system](const std::string& name, const std::string& second) {
      unsigned number = 0;
      const char* end = second.data() + second.size();
      const auto [rest, error] = std::from_chars(second.data(), end, number);
      if (error == std::errc() && rest == end && number < 256)
        system.try_emplace(name, static_cast<std::uint8_t>(number));
    });
    for (const auto& embedded : embedded_protocols) {
      std::string upper(embedded.name);
      for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      system.try_emplace(std::string(embedded.name), static_cast<std::uint8_t>(embedded.number));
      system.try_emplace(upper, static_cast<std::uint8_t>(embedded.number));
    }
    return system;
  }();
  return table;
}

}  // namespace

std::optional<Service> find_service(std::string_view name) {
  const auto found = services().find(name);
  if (found == services().end()) return std::nullopt;
  return found->second;
}

std::optional<std::uint8_t> find_protocol(std::string_view name) {
  const auto found = protocols().find(name);
  if (found == protocols().end()) return std::nullopt;
  return found->second;
}

std::optional<std::uint16_t> find_ethertype(std::string_view name) {
  for (const auto& entry : ethertypes) {
    if (entry.name == name) return entry.number;
  }
  return std::nullopt;
}

std::vector<std::string> service_names() {
  std::vector<std::string> names;
  for (const auto& [name, service] : services()) names.push_back(name);
  return names;
}

}  // namespace anchoko::filter
