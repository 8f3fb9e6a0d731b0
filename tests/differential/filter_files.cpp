#include "tests/differential/filter_files.h"

#include <fstream>
#include <stdexcept>
#include <utility>

namespace anchoko::differential {

std::string Link::name() const {
  return link_type_name(type) + (order == ByteOrder::big ? " (big-endian file)" : "");
}

const std::vector<Link>& judged_links() {
  static const std::vector<Link> links = {
      {LinkType::ethernet},
      {LinkType::linux_sll},
      {LinkType::linux_sll2},
      {LinkType::raw},
      {LinkType::ipv4},
      {LinkType::ipv6},
      {LinkType::null},
      {LinkType::null, ByteOrder::big},
      {LinkType::loop},
      {LinkType::ppp},
      {LinkType::ipnet},
      {LinkType::fddi},
      {LinkType::token_ring},
      {LinkType::ieee802_11},
      {LinkType::ieee802_11_radiotap},
  };
  return links;
}

const std::vector<std::string>& written_filters() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    for (const char* file : {"filters.txt", "filters_links.txt", "filters_tags.txt", "filters_bytes.txt"}) {
      for (std::string& line : read_lines(file)) out.push_back(std::move(line));
    }
    return out;
  }();
  return all;
}

std::vector<std::string> filters_near_limits() {
  std::vector<std::string> texts{
      "not host 192.0.2.1 and (vlan or mpls)", "not tcp port 80 and (vlan 5 or inbound)",
      "ip or ether src 02:00:00:00:00:01", "not ether dst 00:00:5e:00:53:02 or arp"};
  for (const int count : {2, 8, 16, 30, 60, 68, 200}) {
    std::string ports = "vlan and (tcp port 1", ranges = "vlan and (portrange 1-2",
                hosts = "not (host 10.0.0.1", six = "host 2001:db8::1", nested = "ether[14] = 1",
                flat = "vlan and (ether[14] = 1";
    for (int i = 1; i < count; ++i) {
      const std::string number = std::to_string(i);
      ports += " or tcp port " + std::to_string(i * 7 + 1);
      ranges += " or portrange " + std::to_string(i * 9) + "-" + std::to_string(i * 9 + 3);
      hosts += " or host 10." + number + ".3.4";
      six += " or host 2001:db8::" + number;
      flat += " or ether[" + std::to_string(i + 14) + "] = 1";
      if (i < 40)
        nested = "(" + nested + (i % 2 ? ") and ether[" : ") or ether[") + std::to_string(i + 14) + "] = 1";
    }
    for (const auto& text :
         {ports + ")", ranges + ")", hosts + ")", six, "not (" + six + ")", nested, flat + ")"})
      texts.push_back(text);
  }
  return texts;
}

std::vector<std::string> read_lines(const std::string& file_name) {
  std::ifstream in(std::string(ANCHOKO_SOURCE_DIR) + "/tests/differential/" + file_name);
  if (!in) throw std::runtime_error("cannot read " + file_name);
  std::vector<std::string> out;
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    out.push_back(line == "<empty>" ? "" : line);
  }
  return out;
}

}  // namespace anchoko::differential
