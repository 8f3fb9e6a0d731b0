#include "tests/differential/traffic_mix.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace anchoko::differential {
namespace {

using testing::Octets;
using testing::Random;

constexpr std::uint16_t ethertype_ip = 0x0800;
constexpr std::uint16_t ethertype_ip6 = 0x86dd;
constexpr std::uint8_t protocol_tcp = 6, protocol_udp = 17;

struct Pair {
  const char* client;
  const char* server;
};
// Servers are 192.0.2.10 and .20, and one of IPv6.
Pair some_pair(Random& random) {
  static const std::vector<Pair> pairs{{"198.51.100.7", "192.0.2.10"}, {"198.51.100.2", "192.0.2.20"},
                                       {"203.0.113.9", "192.0.2.10"},  {"192.0.2.33", "192.0.2.20"},
                                       {"192.0.2.10", "192.0.2.20"},   {"203.0.113.77", "192.0.2.44"}};
  return random.pick(pairs);
}

// One in five over IPv6; either way.
Octets carried(Random& random, std::uint8_t protocol, const Octets& segment, std::uint16_t fragment = 0) {
  const bool answer = random.one_in(2);
  if (fragment == 0 && random.one_in(5)) {
    auto client = testing::ipv6_address(random.one_in(2) ? "2001:db8:1::7" : "2001:db8::20");
    auto server = testing::ipv6_address("2001:db8::10");
    if (answer) std::swap(client, server);
    return testing::ethernet(ethertype_ip6, testing::ipv6({protocol, client, server}, segment));
  }
  const Pair pair = some_pair(random);
  testing::Ipv4Header header;
  header.protocol = protocol;
  header.source = testing::ipv4_address(answer ? pair.server : pair.client);
  header.destination = testing::ipv4_address(answer ? pair.client : pair.server);
  header.fragment = fragment;
  return testing::ethernet(ethertype_ip, testing::ipv4(header, segment));
}

std::string text_of(Random& random, unsigned payload) {
  return std::string(static_cast<std::size_t>(random.below(payload + 1)), 'x');
}

Octets with_flags(Octets segment, std::uint8_t flags) {
  segment[13] = flags;
  return segment;
}

constexpr std::uint8_t fin = 1, syn = 2, rst = 4, ack = 16;

template <std::uint16_t Port>
Octets over_tcp(Random& random, unsigned payload) {
  const auto other = static_cast<std::uint16_t>(32768 + random.below(28000));
  const bool answer = random.one_in(2);
  const std::uint8_t flags = random.one_in(20) ? syn : random.one_in(20) ? fin | ack : ack;
  return carried(random, protocol_tcp,
                 with_flags(testing::tcp(answer ? Port : other, answer ? other : Port,
                                         flags == ack ? text_of(random, payload) : ""),
                            flags));
}
Octets resets(Random& random, unsigned) {
  const auto other = static_cast<std::uint16_t>(32768 + random.below(28000));
  return carried(random, protocol_tcp,
                 with_flags(testing::tcp(random.one_in(2) ? 80 : 443, other, ""), rst | ack));
}
template <std::uint16_t Port>
Octets over_udp(Random& random, unsigned payload) {
  const auto other = static_cast<std::uint16_t>(32768 + random.below(28000));
  const bool answer = random.one_in(2);
  return carried(random, protocol_udp,
                 testing::udp(answer ? Port : other, answer ? other : Port, text_of(random, payload)));
}

Octets addressed(Random& random, std::uint8_t protocol, const char* to, const Octets& segment) {
  testing::Ipv4Header header;
  header.protocol = protocol;
  header.source = testing::ipv4_address(some_pair(random).server);
  header.destination = testing::ipv4_address(to);
  return testing::ethernet(ethertype_ip, testing::ipv4(header, segment));
}
void send_to(Octets& frame, std::initializer_list<std::uint8_t> mac) {
  std::copy(mac.begin(), mac.end(), frame.begin());
}

Octets dhcp(Random& random, unsigned payload) {
  auto frame = addressed(random, protocol_udp, "255.255.255.255",
                         testing::udp(random.one_in(2) ? 67 : 68, 67, text_of(random, payload)));
  send_to(frame, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  return frame;
}
Octets mdns(Random& random, unsigned payload) {
  auto frame =
      addressed(random, protocol_udp, "224.0.0.251", testing::udp(5353, 5353, text_of(random, payload)));
  send_to(frame, {0x01, 0x00, 0x5e, 0x00, 0x00, 0xfb});
  return frame;
}
Octets pings(Random& random, unsigned payload) {
  Octets segment{static_cast<std::uint8_t>(random.one_in(2) ? 8 : 0), 0, 0, 0, 0, 1, 0, 1};
  segment.resize(8 + payload);
  return addressed(random, 1, "198.51.100.7", segment);
}
Octets neighbours(Random& random, unsigned) {
  Octets segment{static_cast<std::uint8_t>(random.one_in(2) ? 135 : 136), 0, 0, 0};
  segment.resize(32);
  return testing::ethernet(
      ethertype_ip6,
      testing::ipv6({58, testing::ipv6_address("fe80::10"), testing::ipv6_address("fe80::20")}, segment));
}
Octets arps(Random& random, unsigned) {
  const bool question = random.one_in(2);
  auto frame = testing::ethernet(
      0x0806, testing::arp(question ? 1 : 2, testing::ipv4_address(some_pair(random).server),
                           testing::ipv4_address("192.0.2.33")));
  if (question) send_to(frame, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  return frame;
}
Octets later_fragments(Random& random, unsigned payload) {
  return carried(random, protocol_udp, Octets(payload), static_cast<std::uint16_t>(185 + random.below(3)));
}
Octets lldp(Random&, unsigned payload) {
  auto frame = testing::ethernet(0x88cc, Octets(payload));
  send_to(frame, {0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e});
  return frame;
}
Octets spanning_tree(Random&, unsigned) {
  Octets payload{0x42, 0x42, 0x03};
  payload.resize(38);
  auto frame = testing::ethernet(38, payload);  // IEEE 802.3: a length
  send_to(frame, {0x01, 0x80, 0xc2, 0x00, 0x00, 0x00});
  return frame;
}
Octets sctp(Random& random, unsigned payload) {
  Octets segment = testing::sctp(static_cast<std::uint16_t>(random.one_in(2) ? 2905 : 40000), 2905);
  segment.resize(segment.size() + payload);
  return carried(random, 132, segment);
}

}  // namespace

const std::vector<TrafficKind>& traffic_kinds() {
  static const std::vector<TrafficKind> kinds{
      {"HTTPS", 6000, 1400, over_tcp<443>},
      {"HTTP", 2000, 1400, over_tcp<80>},
      {"SSH", 1500, 600, over_tcp<22>},
      {"NFS over TCP", 2000, 1400, over_tcp<2049>},
      {"a database (TCP port 1521)", 2000, 900, over_tcp<1521>},
      {"resets of HTTP and HTTPS", 150, 0, resets},
      {"DNS over UDP", 1200, 300, over_udp<53>},
      {"DNS over TCP", 60, 600, over_tcp<53>},
      {"QUIC", 1500, 1200, over_udp<443>},
      {"syslog", 500, 400, over_udp<514>},
      {"SNMP", 500, 200, over_udp<161>},
      {"NTP", 150, 48, over_udp<123>},
      {"DHCP", 100, 300, dhcp},
      {"multicast DNS", 200, 200, mdns},
      {"later fragments of UDP", 200, 1400, later_fragments},
      {"pings", 300, 56, pings},
      {"neighbour discovery", 300, 0, neighbours},
      {"ARP", 500, 0, arps},
      {"SCTP", 200, 400, sctp},
      {"LLDP", 50, 120, lldp},
      {"spanning tree", 150, 0, spanning_tree},
  };
  return kinds;
}

std::vector<Octets> traffic_mix(bool tags_stripped) {
  Random random(20261123);
  std::vector<Octets> all;
  constexpr std::size_t shortest = 60;  // without FCS
  constexpr std::size_t addresses = 12;
  for (const auto& kind : traffic_kinds()) {
    for (unsigned i = 0; i < kind.count; ++i) {
      Octets frame = kind.make(random, kind.size);
      if (frame.size() < shortest) frame.resize(shortest);
      const bool tagged = random.one_in(tagged_one_in);
      const auto id = static_cast<std::uint8_t>(random.one_in(2) ? 5 : 100);
      if (tagged && !tags_stripped) {
        const Octets tag{0x81, 0x00, 0x00, id};
        frame.insert(frame.begin() + addresses, tag.begin(), tag.end());
      }
      all.push_back(std::move(frame));
    }
  }
  return all;
}

}  // namespace anchoko::differential
