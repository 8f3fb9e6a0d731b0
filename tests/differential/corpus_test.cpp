// Real captures, read by libpcap: written filters, and filters made from the records themselves so that they
// hit.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include "tests/differential/compare.h"

namespace anchoko::differential {
namespace {

namespace fs = std::filesystem;
using Bytes = std::span<const std::uint8_t>;

fs::path corpus_folder() {
  const char* named = std::getenv("ANCHOKO_CORPUS");
  return (named != nullptr ? fs::path(named) : fs::path(ANCHOKO_SOURCE_DIR) / ".." / "shared" / "captures") /
         "pcap";
}

unsigned word(Bytes data, std::size_t at) {
  return (data[at] * 256U) + data[at + 1];
}

// Where the network layer starts and what it is. Rough: it only has to make texts that are worth trying.
struct Network {
  std::size_t offset = 0;
  unsigned ethertype = 0;
  std::string tags;  // "vlan 5 and "
};

Network network_of(LinkType type, Bytes data) {
  Network out;
  if (type == LinkType::linux_sll && data.size() >= 16) return {16, word(data, 14), ""};
  if (type == LinkType::linux_sll2 && data.size() >= 20) return {20, word(data, 0), ""};
  if (type != LinkType::ethernet) return {0, data.empty() ? 0U : (data[0] >> 4) == 6 ? 0x86ddU : 0x0800U, ""};
  out.offset = 14;
  if (data.size() < 14) return out;
  out.ethertype = word(data, 12);
  while ((out.ethertype == 0x8100 || out.ethertype == 0x88a8 || out.ethertype == 0x9100) &&
         data.size() >= out.offset + 4) {
    out.tags += "vlan " + std::to_string(word(data, out.offset) & 0xfff) + " and ";
    out.ethertype = word(data, out.offset + 2);
    out.offset += 4;
  }
  return out;
}

std::string address_text(Bytes data, std::size_t at, bool six) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(six ? AF_INET6 : AF_INET, data.data() + at, text, sizeof text);
  return text;
}

// "a.b.c.0/24", "x:x:x:x::/64".
std::string net_text(Bytes data, std::size_t at, bool six) {
  testing::Octets part(data.begin() + static_cast<std::ptrdiff_t>(at),
                       data.begin() + static_cast<std::ptrdiff_t>(at + (six ? 16 : 4)));
  std::fill(part.begin() + (six ? 8 : 3), part.end(), std::uint8_t{0});
  return address_text(part, 0, six) + (six ? "/64" : "/24");
}

void add_transport(std::set<std::string>& out, const Network& network, Bytes data, std::size_t at,
                   const std::string& host) {
  if (data.size() < at + 4) return;
  const std::string source = std::to_string(word(data, at));
  const std::string destination = std::to_string(word(data, at + 2));
  for (const std::string& tags : {std::string(), network.tags}) {
    out.insert(tags + "src port " + source);
    out.insert(tags + "tcp dst port " + destination + " or udp port " + source);
    out.insert(tags + "portrange " + source + "-" + destination);
    out.insert(tags + "host " + host + " and port " + destination + " or " + source);
    out.insert(tags + "not (host " + host + " and port " + source + ")");
  }
}

void add_filters(std::set<std::string>& out, LinkType type, Bytes data) {
  const Network network = network_of(type, data);
  const bool six = network.ethertype == 0x86dd;
  const std::size_t source = network.offset + (six ? 8 : 12);
  const std::size_t length = six ? 16 : 4;
  if (network.ethertype == 0x0806 && data.size() >= network.offset + 28) {
    out.insert("arp src " + address_text(data, network.offset + 14, false));
    out.insert("host " + address_text(data, network.offset + 24, false));
    out.insert("arp net " + net_text(data, network.offset + 14, false));
  }
  if ((!six && network.ethertype != 0x0800) || data.size() < source + 2 * length) return;
  const std::string from = address_text(data, source, six);
  const std::string to = address_text(data, source + length, six);
  const std::string family = six ? "ip6" : "ip";
  for (const std::string& tags : {std::string(), network.tags}) {
    out.insert(tags + "host " + from);
    out.insert(tags + "src " + from + " or " + to);
    out.insert(tags + family + " dst host " + to);
    out.insert(tags + "src host " + from + " and not dst host " + to);
    out.insert(tags + "net " + net_text(data, source, six));
    out.insert(tags + family + " src or dst net " + net_text(data, source + length, six));
    out.insert(tags + family + " proto " + std::to_string(data[network.offset + (six ? 6 : 9)]));
  }
  add_transport(out, network, data, network.offset + (six ? 40 : (data[network.offset] & 15U) * 4U), from);
}

struct Sums {
  std::size_t files = 0;
  std::size_t other_link_types = 0;
  std::size_t unreadable = 0;
  std::size_t records = 0;
  std::size_t compared = 0;
  std::size_t derived = 0;
  std::size_t derived_with_hits = 0;
};

void judge_file(const fs::path& path, const std::vector<std::string>& written, Sums& sums) {
  const auto file = testing::read_capture(path.string());
  if (!file) {
    ++sums.unreadable;
    return;
  }
  if (!filter::is_evaluated(file->link_type)) {
    ++sums.other_link_types;
    return;
  }
  const Link link{file->link_type, file->byte_order};
  ++sums.files;
  sums.records += file->records.size();
  std::size_t turn = 0;
  Cases cases;
  std::set<std::string> derived;
  for (const testing::CapturedRecord& record : file->records) {
    cases.push_back(make_case(record.data, record.original_length,
                              path.filename().string() + " record " + std::to_string(cases.size() + 1)));
    if (derived.size() < 60) add_filters(derived, file->link_type, record.data);
  }
  for (const std::string& text : written) {
    Compiled compiled = compile_both(text, link);
    if (compiled.accepted_by_both())
      sums.compared += compare_some(text, link, compiled, cases, 3000, turn++).compared;
  }
  for (const std::string& text : derived) {
    Compiled compiled = compile_both(text, link);
    if (!compare_acceptance(text, link, compiled)) continue;
    const Tally tally = compare_verdicts(text, link, compiled, cases);
    sums.compared += tally.compared;
    ++sums.derived;
    sums.derived_with_hits += tally.hits > 0 ? 1 : 0;
  }
}

}  // namespace

TEST_CASE("the corpus: verdicts equal libpcap's on every record of every real capture") {
  const fs::path folder = corpus_folder();
  if (!fs::is_directory(folder)) {
    std::printf("SKIP corpus-absent\n");
    return;
  }
  const auto written = written_filters();
  Sums sums;
  std::set<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.insert(entry.path());
  for (const fs::path& path : paths) judge_file(path, written, sums);
  std::printf(
      "%zu files, %zu records, %zu of other link types, %zu that libpcap cannot open; %zu verdicts compared; "
      "%zu derived filters, %zu with hits\n",
      sums.files, sums.records, sums.other_link_types, sums.unreadable, sums.compared, sums.derived,
      sums.derived_with_hits);
  CHECK(sums.files > 0);
  CHECK(sums.derived_with_hits > sums.derived / 2);
}

}  // namespace anchoko::differential
