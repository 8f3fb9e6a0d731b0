#include "backends/snoop/emulator_dladm.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "backends/snoop/emulator_release.h"

namespace anchoko::snoop::emulated {
namespace {

struct Column {
  std::string_view name;
  int width;
  std::string (*value)(const lab::HostInterface& interface);
};

std::string constant_mtu(const lab::HostInterface&) {
  return "1500";
}
std::string link_of(const lab::HostInterface& one) {
  return one.name;
}
std::string none(const lab::HostInterface&) {
  return "--";
}
std::string phys(const lab::HostInterface&) {
  return "phys";
}
std::string up(const lab::HostInterface&) {
  return "up";
}
std::string media(const lab::HostInterface&) {
  return "Ethernet";
}
std::string speed(const lab::HostInterface&) {
  return "1000";
}
std::string duplex(const lab::HostInterface&) {
  return "full";
}
std::string driver(const lab::HostInterface& one) {
  return "e1000g" + one.name.substr(std::min(one.name.find_first_of("0123456789"), one.name.size()));
}

constexpr Column link_columns_11[] = {{"link", 20, link_of},
                                      {"class", 10, phys},
                                      {"mtu", 7, constant_mtu},
                                      {"state", 9, up},
                                      {"over", 0, none}};
constexpr Column link_columns_illumos[] = {{"link", 12, link_of},    {"class", 10, phys},
                                           {"mtu", 7, constant_mtu}, {"state", 9, up},
                                           {"bridge", 11, none},     {"over", 0, none}};
constexpr Column phys_columns[] = {{"link", 16, link_of}, {"media", 20, media},   {"state", 11, up},
                                   {"speed", 7, speed},   {"duplex", 10, duplex}, {"device", 0, driver}};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// Physical links: loopback is none, nor what is named after another one.
std::vector<const lab::HostInterface*> links_of(const lab::EmulatedHost& host) {
  std::vector<const lab::HostInterface*> links;
  for (const auto& one : host.interfaces())
    if (!one.name.starts_with("lo") && one.name.find(':') == std::string::npos) links.push_back(&one);
  return links;
}

int usage(const Release& release) {
  std::fputs("usage:  dladm <subcommand> <args> ...\n", stderr);
  std::fputs(release.solaris10() ? "\tshow-link [-p] [-s [-i <interval>]] [<name>]\n"
                                   "\tshow-dev [-p] [-s [-i <interval>]] [<dev>]\n"
                                 : "\tshow-link [-pP] [-o <field>,..] [-s [-i <interval>]] [<link>]\n"
                                   "\tshow-phys [-pPmH] [-o <field>,..] [<link>]\n",
             stderr);
  return 1;
}

struct Listing {
  bool parsable = false;
  std::optional<std::string> fields;
  std::optional<std::string> link;
};

// Nothing: the usage is due.
std::optional<Listing> listing_of(std::span<const std::string> words, bool fields) {
  Listing listing;
  std::size_t i = 2;
  for (; i < words.size() && words[i].size() > 1 && words[i][0] == '-'; ++i) {
    for (std::size_t k = 1; k < words[i].size(); ++k) {
      if (words[i][k] == 'p') {
        listing.parsable = true;
      } else if (words[i][k] == 'o' && fields) {
        std::string value = words[i].substr(k + 1);
        if (value.empty() && i + 1 == words.size()) return std::nullopt;
        listing.fields = value.empty() ? words[++i] : value;
        break;
      } else {
        return std::nullopt;
      }
    }
  }
  if (i < words.size()) listing.link = words[i++];
  if (i < words.size()) return std::nullopt;
  return listing;
}

// Parsable values are apart by colons, with colons and backslashes within them escaped.
std::string escaped(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == ':' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

int show_table(std::span<const lab::HostInterface* const> links, std::span<const Column> known,
               const Listing& listing) {
  if (listing.parsable && !listing.fields) {
    std::fputs("dladm: output field(s) must be specified with -p\n", stderr);
    return 1;
  }
  std::vector<const Column*> columns;
  std::istringstream names(listing.fields.value_or("all"));
  for (std::string name; std::getline(names, name, ',');) {
    bool found = false;
    for (const auto& column : known) {
      if (lower(name) != column.name && lower(name) != "all") continue;
      columns.push_back(&column);
      found = true;
    }
    if (found) continue;
    std::fprintf(stderr, "dladm: unknown output field '%s'\n", name.c_str());
    return 1;
  }
  const auto print_line = [&](auto value) {
    std::string line;
    for (const Column* column : columns) {
      std::string text = value(*column);
      if (listing.parsable) {
        line += (column == columns.front() ? "" : ":") + text;
        continue;
      }
      const auto width = static_cast<std::size_t>(column->width);
      text.resize(std::max(text.size(), column == columns.back() ? 0 : width), ' ');
      line += text;
    }
    std::printf("%s\n", line.c_str());
  };
  if (!listing.parsable) print_line([](const Column& column) { return upper(column.name); });
  for (const auto* link : links)
    print_line([&](const Column& column) {
      const std::string text = column.value(*link);
      if (!listing.parsable) return text;
      return text == "--" ? std::string() : columns.size() == 1 ? text : escaped(text);
    });
  return 0;
}

// The two listings of Solaris 10; there -p gives words KEY=VALUE.
int show_ten(std::span<const lab::HostInterface* const> links, bool devices, bool parsable) {
  for (const auto* link : links) {
    const char* name = link->name.c_str();
    if (devices && parsable) {
      std::printf("%s link=up speed=1000 duplex=full\n", name);
    } else if (devices) {
      std::printf("%-15s link: %-9s speed: %-5s Mbps       duplex: %s\n", name, "up", "1000", "full");
    } else if (parsable) {
      std::printf("%s type=non-vlan mtu=1500 device=%s\n", name, name);
    } else {
      std::printf("%-15s type: %-8s mtu: %-10s device: %s\n", name, "non-vlan", "1500", name);
    }
  }
  return 0;
}

}  // namespace

int run_dladm(lab::EmulatedHost& host, std::span<const std::string> words) {
  const auto release = release_of(host);
  if (!release) {
    std::fprintf(stderr, "anchoko-lab: %s\n", release.error().message.c_str());
    return exit_status(release.error().kind);
  }
  const std::string command = words.size() > 1 ? words[1] : "";
  const bool ten = release->solaris10();
  const bool known = command == "show-link" || command == (ten ? "show-dev" : "show-phys");
  if (!known) {
    if (!command.empty()) std::fprintf(stderr, "dladm: unknown subcommand '%s'\n", command.c_str());
    return usage(*release);
  }
  const auto listing = listing_of(words, !ten);
  if (!listing) return usage(*release);
  auto links = links_of(host);
  if (listing->link) {
    std::erase_if(links, [&](const auto* one) { return one->name != *listing->link; });
    if (links.empty()) {
      std::fprintf(stderr, "dladm: invalid %s '%s': object not found\n",
                   command == "show-dev" ? "device" : "link", listing->link->c_str());
      return 1;
    }
  }
  if (ten) return show_ten(links, command == "show-dev", listing->parsable);
  if (command == "show-phys") return show_table(links, phys_columns, *listing);
  const bool illumos = release->system == System::illumos;
  return show_table(links, illumos ? std::span<const Column>(link_columns_illumos) : link_columns_11,
                    *listing);
}

}  // namespace anchoko::snoop::emulated
