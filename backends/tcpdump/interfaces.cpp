// Interfaces from /proc/net and /sys/class/net.
#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "backends/tcpdump/probe.h"
#include "core/packet/link_type.h"

namespace anchoko::tcpdump {
namespace {

// linux/if.h, linux/route.h, linux/ipv6_route.h
constexpr std::uint64_t flag_up = 0x1;
constexpr std::uint64_t flag_loopback = 0x8;
constexpr std::uint64_t route_up = 0x1;
constexpr std::uint64_t route_reject = 0x200;

std::vector<std::string> fields_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> fields;
  for (std::string field; stream >> field;) fields.push_back(field);
  return fields;
}

std::vector<std::string> lines_of(const std::optional<std::string>& text) {
  std::vector<std::string> lines;
  if (!text) return lines;
  std::istringstream stream(*text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::optional<std::uint64_t> number(std::string text, int base) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (base == 16 && text.starts_with("0x")) text.erase(0, 2);
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> read_number(const SystemFiles& files, const std::string& path, int base = 10) {
  const auto text = files.read(path);
  return text ? number(*text, base) : std::nullopt;
}

bool all_zero(const std::string& digits) {
  return !digits.empty() && digits.find_first_not_of('0') == std::string::npos;
}

// The lowest metric wins, the first of equals. Iface Destination Gateway Flags RefCnt Use Metric Mask ...
std::string default_route_v4(const SystemFiles& files) {
  std::string best;
  std::uint64_t best_metric = std::numeric_limits<std::uint64_t>::max();
  for (const auto& line : lines_of(files.read("/proc/net/route"))) {
    const auto f = fields_of(line);
    if (f.size() < 8 || !all_zero(f[1]) || !all_zero(f[7])) continue;
    const auto flags = number(f[3], 16);
    const auto metric = number(f[6], 10);
    if (!flags || !metric || (*flags & route_up) == 0 || (*flags & route_reject) != 0) continue;
    if (*metric < best_metric) {
      best_metric = *metric;
      best = f[0];
    }
  }
  return best;
}

// Destination length source length next-hop metric refcount use flags interface; all hexadecimal.
std::string default_route_v6(const SystemFiles& files) {
  std::string best;
  std::uint64_t best_metric = std::numeric_limits<std::uint64_t>::max();
  for (const auto& line : lines_of(files.read("/proc/net/ipv6_route"))) {
    const auto f = fields_of(line);
    if (f.size() < 10 || !all_zero(f[0]) || !all_zero(f[1]) || f[9] == "lo") continue;
    const auto metric = number(f[5], 16);
    const auto flags = number(f[8], 16);
    if (!flags || !metric || (*flags & route_up) == 0 || (*flags & route_reject) != 0) continue;
    if (*metric < best_metric) {
      best_metric = *metric;
      best = f[9];
    }
  }
  return best;
}

// Kernel hardware type to what libpcap makes of it; only where that is certain. linux/if_arp.h.
std::string link_type_of(std::uint64_t hardware_type) {
  switch (hardware_type) {
    case 1:    // ARPHRD_ETHER
    case 772:  // ARPHRD_LOOPBACK
      return link_type_name(LinkType::ethernet);
    case 519:    // ARPHRD_RAWIP
    case 65534:  // ARPHRD_NONE: tun, WireGuard
      return link_type_name(LinkType::raw);
    case 801:
      return link_type_name(LinkType::ieee802_11);
    case 803:
      return link_type_name(LinkType::ieee802_11_radiotap);
    default:
      return {};
  }
}

// Interfaces that carry others with VLAN tags. /proc/net/vlan/config may be root's alone, so both sources
// count.
std::set<std::string> vlan_parents(const SystemFiles& files, const std::vector<std::string>& names) {
  std::set<std::string> parents;
  for (const auto& line : lines_of(files.read("/proc/net/vlan/config"))) {
    const std::size_t bar = line.rfind('|');
    if (bar == std::string::npos) continue;
    const auto parent = fields_of(line.substr(bar + 1));
    if (parent.size() == 1) parents.insert(parent.front());
  }
  std::map<std::uint64_t, std::string> by_index;
  for (const auto& name : names) {
    if (const auto index = read_number(files, "/sys/class/net/" + name + "/ifindex")) by_index[*index] = name;
  }
  for (const auto& name : names) {
    const std::string folder = "/sys/class/net/" + name;
    const auto event = files.read(folder + "/uevent");
    if (!event || ("\n" + *event).find("\nDEVTYPE=vlan\n") == std::string::npos) continue;
    for (const auto& entry : files.list(folder)) {
      if (entry.starts_with("lower_")) parents.insert(entry.substr(6));
    }
    const auto link = read_number(files, folder + "/iflink");
    if (link && by_index.contains(*link) && by_index[*link] != name) parents.insert(by_index[*link]);
  }
  return parents;
}

std::vector<std::string> interface_names(const SystemFiles& files) {
  std::vector<std::string> names;
  for (const auto& line : lines_of(files.read("/proc/net/dev"))) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto name = fields_of(line.substr(0, colon));
    if (name.size() == 1 && name.front().size() < 64 && name.front().find('/') == std::string::npos)
      names.push_back(name.front());
  }
  return names;
}

}  // namespace

std::vector<HostInterface> read_interfaces(const SystemFiles& files) {
  const auto names = interface_names(files);
  const auto parents = vlan_parents(files, names);
  std::string default_name = default_route_v4(files);
  if (default_name.empty()) default_name = default_route_v6(files);
  std::vector<HostInterface> interfaces;
  for (const auto& name : names) {
    const std::string folder = "/sys/class/net/" + name;
    HostInterface one;
    one.name = name;
    const auto flags = read_number(files, folder + "/flags", 16).value_or(0);
    one.up = (flags & flag_up) != 0;
    one.loopback = (flags & flag_loopback) != 0;
    one.is_default = name == default_name;
    if (const auto type = read_number(files, folder + "/type")) one.link_type = link_type_of(*type);
    if (const auto address = files.read(folder + "/address")) {
      const auto word = fields_of(*address);
      if (word.size() == 1 && word.front().size() <= 64) one.mac = word.front();
    }
    one.has_vlans = parents.contains(name);
    interfaces.push_back(std::move(one));
  }
  return interfaces;
}

}  // namespace anchoko::tcpdump
