// How many packets a second our filter program judges, and libpcap's interpreter with its optimised program,
// in turn on the same frames in memory. filter_bench [ROUNDS]. Exit status 1 when the geometric mean of the
// ratios is under 2.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "core/filter/evaluate.h"
#include "core/filter/parser.h"
#include "tests/tools/frames.h"
#include "tests/tools/pcap_judge.h"

namespace {

using namespace anchoko;
using testing::Octets;

constexpr double wanted_ratio = 2.0;
constexpr std::size_t frame_count = 4096;
constexpr const char* filters[] = {
    "tcp port 443",
    "udp port 53",
    "host 192.0.2.17",
    "net 198.51.100.0/24",
    "tcp port 80 or tcp port 443 or tcp port 8080",
    "host 192.0.2.17 and tcp port 443",
    "not port 22",
    "icmp or icmp6 or arp",
    "tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0",
    "ip and not net 10.0.0.0/8 and portrange 1024-9000",
};

// As on a server: mostly TCP over IPv4, some UDP, IPv6, tags, ARP and ICMP; small and full packets.
Octets random_frame(testing::Random& random) {
  static const std::vector<std::uint16_t> services = {443, 443, 443, 443,  80,   80,
                                                      22,  22,  53,  8080, 5432, 123};
  const auto inside = static_cast<std::uint32_t>(random.below(64));
  const auto outside = static_cast<std::uint32_t>(random.below(250));
  const std::uint16_t service = random.pick(services);
  const auto client = static_cast<std::uint16_t>(32768 + random.below(28000));
  const bool answer = random.one_in(2);
  const std::uint16_t source = answer ? service : client;
  const std::uint16_t destination = answer ? client : service;
  const std::string text(random.one_in(2) ? 1400 : static_cast<std::size_t>(random.below(200)), 'x');
  const std::uint64_t kind = random.below(100);
  const bool udp = service == 53 || service == 123 || kind % 10 == 9;
  Octets segment = udp ? testing::udp(source, destination, text) : testing::tcp(source, destination, text);
  if (!udp) segment[13] = random.one_in(12) ? 0x02 : random.one_in(12) ? 0x11 : 0x10;
  if (kind < 2) return testing::ethernet(0x0806, testing::arp(1, 0xc0000201 + inside, 0xc0000201 + outside));
  std::vector<testing::VlanTag> tags;
  if (kind < 8) tags.push_back({0x8100, 100});
  if (kind < 22) {
    testing::Ipv6Header header;
    header.next_header = kind < 10 ? 58 : udp ? 17 : 6;
    header.source = testing::ipv6_address("2001:db8::1");
    header.destination = testing::ipv6_address("2001:db8:1::2");
    header.source[15] = static_cast<std::uint8_t>(inside);
    return testing::ethernet(0x86dd, testing::ipv6(header, segment), tags);
  }
  testing::Ipv4Header header;
  header.protocol = kind < 25 ? 1 : udp ? 17 : 6;
  const std::uint32_t server = 0xc0000201 + inside;
  const std::uint32_t peer = (kind < 60 ? 0xc6336401 : 0x0a010201) + outside;
  header.source = answer ? server : peer;
  header.destination = answer ? peer : server;
  return testing::ethernet(0x0800, testing::ipv4(header, segment), tags);
}

// The frames one behind the other, as a reader's block holds them.
struct Packets {
  std::vector<std::uint8_t> block;
  std::vector<std::span<const std::uint8_t>> frames;
};

Packets make_packets() {
  testing::Random random(7);
  std::vector<Octets> made;
  Packets out;
  for (std::size_t i = 0; i < frame_count; ++i) made.push_back(random_frame(random));
  for (const Octets& frame : made) {
    out.block.insert(out.block.end(), 16, 0);  // a record header
    out.block.insert(out.block.end(), frame.begin(), frame.end());
  }
  std::size_t at = 0;
  for (const Octets& frame : made) {
    out.frames.emplace_back(out.block.data() + at + 16, frame.size());
    at += 16 + frame.size();
  }
  return out;
}

volatile std::size_t touched_bytes = 0;  // kept, so that touching is not optimised away

// As many frames as fill a reader's block.
constexpr std::size_t block_size = 256 * 1024;

// Seconds for `rounds` times all frames; `hits` counts, so that nothing is optimised away. Every block is
// touched before its time is taken: a reader has just written it, so it stands in the cache.
template <typename Judge>
double measure(const Packets& packets, int rounds, std::size_t& hits, Judge judge) {
  hits = 0;
  double seconds = 0;
  std::size_t touched = 0;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t first = 0; first < packets.frames.size();) {
      std::size_t last = first;
      std::size_t bytes = 0;
      for (; last < packets.frames.size() && bytes < block_size; ++last) {
        bytes += packets.frames[last].size();
        for (std::size_t at = 0; at < packets.frames[last].size(); at += 64)
          touched += packets.frames[last][at];
      }
      const auto begin = std::chrono::steady_clock::now();
      for (; first < last; ++first) hits += judge(packets.frames[first]) ? 1U : 0U;
      seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }
  }
  touched_bytes = touched;
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 200;
  constexpr int turns = 5;
  const Packets packets = make_packets();
  std::printf("%zu frames, %zu bytes on average, best of %d alternating runs of %d rounds\n",
              packets.frames.size(), packets.block.size() / packets.frames.size() - 16, turns, rounds);
  double sum_of_logarithms = 0;
  for (const char* text : filters) {
    const auto tree = filter::parse(text);
    if (!tree) return 1;
    const auto ours = filter::Program::compile(*tree, LinkType::ethernet);
    const auto theirs =
        testing::PcapFilter::compile(text, LinkType::ethernet, ByteOrder::little, /*optimize=*/true);
    if (!ours || !theirs) return 1;
    double our_best = 1e9;
    double their_best = 1e9;
    std::size_t our_hits = 0;
    std::size_t their_hits = 0;
    for (int turn = 0; turn < turns; ++turn) {
      their_best = std::min(their_best, measure(packets, rounds, their_hits, [&](auto frame) {
                              return theirs->matches(frame, static_cast<std::uint32_t>(frame.size()));
                            }));
      our_best =
          std::min(our_best, measure(packets, rounds, our_hits, [&](auto frame) {
                     return ours->matches(std::as_bytes(frame), static_cast<std::uint32_t>(frame.size()));
                   }));
    }
    if (our_hits != their_hits) {
      std::printf("%s: %zu hits, libpcap %zu\n", text, our_hits, their_hits);
      return 1;
    }
    const double judged = static_cast<double>(rounds) * static_cast<double>(packets.frames.size()) / 1e6;
    std::printf("%-52s %7.1f Mpkt/s   libpcap %7.1f Mpkt/s   ratio %5.2f   %4.1f%% hits\n", text,
                judged / our_best, judged / their_best, their_best / our_best,
                static_cast<double>(our_hits) / judged / 1e4);
    sum_of_logarithms += std::log(their_best / our_best);
  }
  const double mean = std::exp(sum_of_logarithms / static_cast<double>(std::size(filters)));
  std::printf("geometric mean of the ratios: %.2f (at least %.1f)   %s\n", mean, wanted_ratio,
              mean >= wanted_ratio ? "ok" : "MISSED");
  return mean >= wanted_ratio ? 0 : 1;
}
