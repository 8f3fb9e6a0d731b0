// judge REFERENCE FILTER FILE…: libpcap says which packets of the unfiltered reference capture the filter
// names in the reading of a live capture; every FILE must hold exactly those, as a multiset of bytes and
// original length. judge REFERENCE: the number of packets that count. Only packets between the two markers
// count (see frames.h): by time, so that markers need not pass the filter. Exit status 0 equal, 1 different,
// 2 usage or unreadable.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pcap/pcap.h>

#include "tests/tools/frames.h"
#include "tests/tools/pcap_judge.h"

namespace {

using anchoko::LinkType;
using anchoko::testing::Octets;
using anchoko::testing::PcapFilter;

struct TimedRecord {
  std::int64_t time_ns = 0;
  std::uint32_t original_length = 0;
  Octets data;
};

[[noreturn]] void give_up(const std::string& message) {
  std::fprintf(stderr, "judge: %s\n", message.c_str());
  std::exit(2);
}

std::vector<TimedRecord> read_records(const std::string& path) {
  char error[PCAP_ERRBUF_SIZE] = "";
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> file(
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error), pcap_close);
  if (!file) give_up(path + ": " + error);
  if (pcap_datalink(file.get()) != DLT_EN10MB) give_up(path + ": not Ethernet");
  std::vector<TimedRecord> out;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  int status = 0;
  while ((status = pcap_next_ex(file.get(), &header, &data)) == 1) {
    out.push_back({(static_cast<std::int64_t>(header->ts.tv_sec) * 1'000'000'000) + header->ts.tv_usec,
                   header->len, Octets(data, data + header->caplen)});
  }
  if (status == PCAP_ERROR) give_up(path + ": " + pcap_geterr(file.get()));
  return out;
}

bool is_marker(const Octets& data, bool begin) {
  const Octets marker = anchoko::testing::marker_frame(begin);
  return data.size() >= marker.size() && std::equal(marker.begin(), marker.end(), data.begin());
}

struct Window {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  bool holds(const TimedRecord& record) const {
    return record.time_ns > begin_ns && record.time_ns < end_ns && !is_marker(record.data, true) &&
           !is_marker(record.data, false);
  }
};

Window window_of(const std::vector<TimedRecord>& reference) {
  Window out;
  for (const TimedRecord& record : reference) {
    if (is_marker(record.data, true)) out.begin_ns = record.time_ns;
    if (is_marker(record.data, false)) out.end_ns = record.time_ns;
  }
  if (out.begin_ns == 0 || out.end_ns <= out.begin_ns) give_up("the reference capture lacks a marker");
  return out;
}

bool says_vlan(const std::string& filter) {
  return (" " + filter + " ").find("vlan") != std::string::npos;
}

using Multiset = std::map<std::pair<Octets, std::uint32_t>, int>;  // negative: missing

int differences(const Multiset& expected, const std::string& path, const Window& window,
                const std::string& filter) {
  Multiset left = expected;
  for (const TimedRecord& record : read_records(path)) {
    if (window.holds(record)) left[{record.data, record.original_length}] -= 1;
  }
  int different = 0;
  for (const auto& [packet, count] : left) {
    if (count == 0) continue;
    if (++different <= 5) {
      std::printf("%s: filter '%s': %d too %s: %s len %u\n", path.c_str(), filter.c_str(), std::abs(count),
                  count > 0 ? "few" : "many", anchoko::testing::hex(packet.first).c_str(), packet.second);
    }
  }
  if (different > 5) std::printf("%s: … and %d more\n", path.c_str(), different - 5);
  return different;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc < 4) give_up("usage: judge REFERENCE [FILTER FILE...]");
  const auto reference = read_records(argv[1]);
  const Window window = window_of(reference);
  const std::string filter = argc > 2 ? argv[2] : "";
  const auto program = PcapFilter::compile(filter, LinkType::ethernet);
  if (!program) give_up(program.error());
  Multiset expected;
  int hits = 0;
  int misses = 0;
  for (const TimedRecord& record : reference) {
    if (!window.holds(record)) continue;
    const bool matches = says_vlan(filter)
                             ? program->matches(record.data, record.original_length)
                             : program->matches_without_tag(record.data, record.original_length);
    if (matches) expected[{record.data, record.original_length}] += 1;
    (matches ? hits : misses) += 1;
  }
  if (argc == 2) {
    std::printf("%d\n", hits);
    return 0;
  }
  int different = 0;
  for (int i = 3; i < argc; ++i) different += differences(expected, argv[i], window, filter);
  if (hits == 0 || misses == 0) {
    std::printf("filter '%s': %d hits and %d misses prove nothing\n", filter.c_str(), hits, misses);
    ++different;
  }
  std::printf("%s %6d of %6d packets: %s\n", different == 0 ? "ok  " : "FAIL", hits, hits + misses,
              filter.c_str());
  return different == 0 ? 0 : 1;
}
