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
