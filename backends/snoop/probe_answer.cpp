#include "backends/snoop/probe_answer.h"

#include <algorithm>
#include <sstream>

namespace anchoko::snoop {
namespace {

// Solaris 10 has no -o for dladm show-link, and only /usr/xpg4/bin/df keeps a long name on its line.
constexpr const char* script =
    "part release; uname -r\n"
    "part version; uname -v\n"
    "part name; uname -n\n"
    "part system; uname -o\n"
    "part description; cat /etc/release\n"
    "part id; id\n"
    "part privileges; ppriv -v $$\n"
    "part links; dladm show-link -p -o link,class,state,over || dladm show-link -p\n"
    "part media; dladm show-phys -p -o link,media\n"
    "part interfaces; ifconfig -a\n"
    "part routes; netstat -rn\n"
    "part sleep; sleep 0.001 && echo fractional\n"
    "part shell\n"
    "for shell in /usr/xpg4/bin/sh /bin/ksh; do\n"
    "  if test -x $shell; then echo $shell; fi\n"
    "done\n"
    "part free\n"
    "if test -x /usr/xpg4/bin/df; then /usr/xpg4/bin/df -P -k /var/tmp; else df -k /var/tmp; fi\n";

std::optional<std::uint64_t> number(const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::stoull(text);
}

// "net0 phys up" apart by colons, of which those within a name have a backslash before them.
std::vector<std::string> parsable_fields(const std::string& line) {
  std::vector<std::string> fields(1);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) {
      fields.back() += line[++i];
    } else if (line[i] == ':') {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

HostInterface* find(std::vector<HostInterface>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

// "net0:phys:up:"
void add_link(const std::vector<std::string>& fields, std::vector<std::string>& parents,
              std::vector<HostInterface>& all) {
  if (fields.size() < 4 || fields[0].empty()) return;
  HostInterface link;
  link.name = fields[0];
  link.up = fields[2] != "down";
  const std::string& kind = fields[1];
  // Of a physical one show-phys tells; an IP tunnel or a part of InfiniBand is none.
  for (const char* ethernet : {"vnic", "vlan", "aggr", "etherstub", "bridge", "simnet", "veth", "overlay"}) {
    if (kind == ethernet) link.link_type = "EN10MB";
  }
  if (kind == "vlan") parents.push_back(fields[3]);
  all.push_back(std::move(link));
}

// Solaris 10: "bge0 type=non-vlan mtu=1500 device=bge0". Those of old drivers have the type `legacy`.
void add_link_of_ten(const std::vector<std::string>& words, std::vector<std::string>& parents,
                     std::vector<HostInterface>& all) {
  if (words.size() < 2 || !words[1].starts_with("type=")) return;
  HostInterface link;
  link.name = words[0];
  link.up = true;  // this list does not tell
  const bool infiniband = link.name.starts_with("ibd");
  if (!infiniband && (words[1] == "type=non-vlan" || words[1] == "type=vlan" || words[1] == "type=aggr"))
    link.link_type = "EN10MB";
  if (words[1] == "type=vlan") {
    for (const auto& word : words) {
      if (word.starts_with("device=")) parents.push_back(word.substr(7));
    }
  }
  all.push_back(std::move(link));
}

struct Subnet {
  std::string interface;
  std::uint32_t address = 0;
  std::uint32_t mask = 0;
};

std::optional<std::uint32_t> ipv4(const std::string& text) {
  std::uint32_t value = 0;
  std::istringstream parts(text);
  int count = 0;
  for (std::string part; std::getline(parts, part, '.'); ++count) {
    const auto octet = number(part);
    if (!octet || *octet > 255) return std::nullopt;
    value = value << 8 | static_cast<std::uint32_t>(*octet);
  }
  return count == 4 ? std::optional(value) : std::nullopt;
}

std::uint32_t hexadecimal(const std::string& text) {
  std::uint32_t value = 0;
  std::istringstream(text) >> std::hex >> value;
  return value;
}

// "net0: flags=1004843<UP,BROADCAST,…> mtu 1500 index 2", and in lines that begin with a blank "inet A
// netmask M", "inet6 A/64", for root "ether 0:c:29:1:2:3". net0:1 is another address of net0.
std::vector<Subnet> add_addresses(const std::vector<std::string>& lines, std::vector<HostInterface>& all) {
  std::vector<Subnet> subnets;
  std::string name;
  for (const auto& line : lines) {
    const auto words = words_of(line);
    if (words.empty()) continue;
    if (line.front() != ' ' && line.front() != '\t') {
      const auto end = line.find(": flags=");
      name = end == std::string::npos ? std::string() : line.substr(0, std::min(line.find(':'), end));
      if (name.empty() || find(all, name) != nullptr) continue;
      const auto has = [&](const char* flag) { return line.find(flag) != std::string::npos; };
      HostInterface one;
      one.name = name;
      one.up = has("<UP");
      one.loopback = has("LOOPBACK");
      if (one.loopback) one.link_type = "IPNET";
      all.push_back(std::move(one));
      continue;
    }
    HostInterface* one = find(all, name);
    if (one == nullptr || words.size() < 2) continue;
    if (words[0] == "inet" || words[0] == "inet6") {
      const std::string address = words[1].substr(0, words[1].find('/'));
      if (address != "0.0.0.0") one->addresses.push_back(address);
      const auto value = ipv4(address);
      if (value && words.size() > 3 && words[2] == "netmask")
        subnets.push_back({name, *value, hexadecimal(words[3])});
    } else if (words[0] == "ether") {
      one->mac = words[1];
      if (one->link_type.empty()) one->link_type = "EN10MB";
    }
  }
  return subnets;
}

// "default 10.0.0.1 UG 5 1234 net0"; where no interface stands, the one whose network has the gateway.
std::string default_interface(const std::vector<std::string>& lines, const std::vector<Subnet>& subnets) {
  constexpr std::size_t interface_column = 5;
  for (const auto& line : lines) {
    const auto words = words_of(line);
    if (words.size() < 2 || words[0] != "default") continue;
    if (words.size() > interface_column) return words[interface_column].substr(0, words[5].find(':'));
    const auto gateway = ipv4(words[1]);
    for (const auto& one : subnets) {
      if (gateway && one.mask != 0 && (*gateway & one.mask) == (one.address & one.mask)) return one.interface;
    }
  }
  return {};
}

bool holds(const std::string& set, const std::string& privilege) {
  std::istringstream words(set);
  for (std::string word; std::getline(words, word, ',');) {
    if (word == privilege || word == "all") return true;
  }
  return false;
}

}  // namespace

Result<HostAnswer> ask_host(CommandRunner& runner) {
  return HostAnswer::fetch(runner, script);
}

std::vector<HostInterface> read_links(const HostAnswer& answer) {
  std::vector<HostInterface> all;
  std::vector<std::string> parents;
  for (const auto& line : answer.lines("links")) {
    const auto words = words_of(line);
    if (words.size() > 1) {
      add_link_of_ten(words, parents, all);
    } else {
      add_link(parsable_fields(line), parents, all);
    }
  }
  for (const auto& line : answer.lines("media")) {
    const auto fields = parsable_fields(line);
    HostInterface* link = find(all, fields.front());
    if (link != nullptr && fields.size() > 1 && fields[1] == "Ethernet") link->link_type = "EN10MB";
  }
  const auto subnets = add_addresses(answer.lines("interfaces"), all);
  const std::string chosen = default_interface(answer.lines("routes"), subnets);
  for (auto& one : all) {
    one.is_default = one.name == chosen;
    one.has_vlans = std::find(parents.begin(), parents.end(), one.name) != parents.end();
  }
  return all;
}

std::optional<std::uint64_t> free_bytes(const std::string& text) {
  const auto words = words_of(text.substr(std::min(text.find('\n'), text.size())));
  // device, blocks, used, available, percent, folder
  for (std::size_t i = 3; i < words.size(); ++i) {
    if (!words[i].ends_with('%')) continue;
    const auto free = number(words[i - 1]);
    if (!free) return std::nullopt;
    return *free > UINT64_MAX / 1024 ? UINT64_MAX : *free * 1024;
  }
  return std::nullopt;
}

Rights read_rights(const HostAnswer& answer) {
  Rights rights;
  rights.root = answer.text("id").starts_with("uid=0(");
  std::string inherited;
  for (const auto& line : answer.lines("privileges")) {
    const auto words = words_of(line);
    if (words.size() == 2 && words[0] == "I:") inherited = words[1];
    // What root starts has all that root may have at most.
    if (rights.root && words.size() == 2 && words[0] == "E:") {
      inherited = words[1];
      break;
    }
  }
  const bool known = !inherited.empty();
  rights.links = known ? holds(inherited, "net_rawaccess") : rights.root;
  rights.ip_interfaces = rights.links || (known && holds(inherited, "net_observability"));
  if (rights.links) {
    rights.text = rights.root ? "root" : "net_rawaccess";
  } else if (rights.ip_interfaces) {
    rights.text = "net_observability";
  } else if (rights.root) {
    rights.text = "root without net_rawaccess, as in a zone that shares the network of another";
  } else {
    rights.text = "missing: neither root nor net_rawaccess";
  }
  return rights;
}

}  // namespace anchoko::snoop
