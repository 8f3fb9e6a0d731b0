// The catalogue: which packets, behind which tags, on which link layers.
#include "tests/tools/frames.h"

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <utility>

#include "tests/tools/octets.h"

namespace anchoko::testing {
namespace {

struct Flow {
  const char* source;
  const char* destination;
  std::uint16_t source_port;
  std::uint16_t destination_port;
};

constexpr Flow flows_v4[] = {
    {"192.0.2.1", "192.0.2.2", 50000, 80},     {"192.0.2.2", "192.0.2.1", 443, 50001},
    {"198.51.100.7", "192.0.2.1", 53, 53},     {"203.0.113.9", "198.51.100.7", 1500, 2001},
    {"10.1.2.3", "203.0.113.9", 999, 1000},    {"192.0.2.255", "10.2.3.4", 2000, 123},
    {"192.0.3.1", "198.51.101.130", 0, 65535}, {"198.51.100.7", "198.51.100.7", 8080, 22},
    {"203.0.113.9", "192.0.2.2", 80, 443},     {"192.0.2.1", "198.51.100.7", 80, 80},
};
constexpr Flow flows_v6[] = {
    {"2001:db8::1", "2001:db8::2", 50000, 80},   {"2001:db8::2", "2001:db8::1", 443, 50001},
    {"2001:db8:1::7", "2001:db8::1", 53, 53},    {"2001:db8:ffff:2::9", "fe80::1", 1500, 2001},
    {"fe80::1", "ff02::1", 999, 1000},           {"2001:db8::ffff:c000:201", "2001:db8::8:0:2", 2000, 123},
    {"::ffff:192.0.2.1", "2001:db8::2", 22, 20},
};

Ipv4Header v4(const Flow& flow, unsigned protocol) {
  return {.protocol = static_cast<std::uint8_t>(protocol),
          .source = ipv4_address(flow.source),
          .destination = ipv4_address(flow.destination),
          .fragment = 0,
          .options = {}};
}
Ipv6Header v6(const Flow& flow, unsigned next_header) {
  return {.next_header = static_cast<std::uint8_t>(next_header),
          .source = ipv6_address(flow.source),
          .destination = ipv6_address(flow.destination)};
}
std::string named(const std::string& what, const Flow& flow) {
  return what + " " + flow.source + "." + std::to_string(flow.source_port) + ">" + flow.destination + "." +
         std::to_string(flow.destination_port);
}

Octets icmp_echo(unsigned type) {
  Octets out = {static_cast<std::uint8_t>(type), 0, 0, 0, 0x12, 0x34, 0, 1};
  append(out, text_octets("echo"));
  return out;
}

struct Transport {
  const char* name;
  std::uint8_t number;
  Octets (*build)(std::uint16_t, std::uint16_t);
};
const Transport transports[] = {
    {"tcp", 6, [](std::uint16_t s, std::uint16_t d) { return tcp(s, d); }},
    {"udp", 17, [](std::uint16_t s, std::uint16_t d) { return udp(s, d); }},
    {"sctp", 132, [](std::uint16_t s, std::uint16_t d) { return sctp(s, d); }},
};

// Protocols without ports, whose first bytes look like ports 80 > 443: a filter must not take them for such.
constexpr std::uint8_t portless[] = {0,  1,  2,  4,  41, 43,  44,  47,  50, 51,
                                     58, 59, 60, 88, 89, 103, 112, 136, 255};

void add_ipv4(std::vector<Packet>& out) {
  for (const Flow& flow : flows_v4) {
    for (const Transport& transport : transports) {
      out.push_back(
          {named(std::string("ip/") + transport.name, flow), 0x0800,
           ipv4(v4(flow, transport.number), transport.build(flow.source_port, flow.destination_port))});
    }
  }
  const Flow& web = flows_v4[0];
  const Flow& dns = flows_v4[2];
  for (const std::uint8_t protocol : portless) {
    out.push_back({"ip/proto " + std::to_string(protocol), 0x0800, ipv4(v4(web, protocol), udp(80, 443))});
  }
  out.push_back({"ip/icmp echo", 0x0800, ipv4(v4(flows_v4[1], 1), icmp_echo(8))});
  out.push_back({"ip/icmp6", 0x0800, ipv4(v4(dns, 58), icmp_echo(128))});
  // A fragment beyond the first whose payload reads like ports, and a first one that has them.
  for (const Transport& transport : transports) {
    for (const std::uint16_t fragment :
         std::initializer_list<std::uint16_t>{0x2000, 0x4000, 0x2001, 0x0001, 0x1fff, 0x8000}) {
      Ipv4Header header = v4(dns, transport.number);
      header.fragment = fragment;
      out.push_back({std::string("ip/fragment ") + transport.name + " " + std::to_string(fragment), 0x0800,
                     ipv4(header, transport.build(53, 80))});
    }
  }
  for (const std::size_t length : {4U, 20U, 40U}) {
    Ipv4Header header = v4(web, 6);
    header.options = Octets(length, 1);
    out.push_back({"ip/options " + std::to_string(length) + " tcp", 0x0800, ipv4(header, tcp(50000, 80))});
    header.protocol = 17;
    out.push_back({"ip/options " + std::to_string(length) + " udp", 0x0800, ipv4(header, udp(53, 1500))});
  }
  // Damaged headers: another version, header lengths that make no sense.
  for (const unsigned first : {0x00U, 0x40U, 0x44U, 0x4fU, 0x55U, 0x65U, 0xf5U}) {
    Octets bytes = ipv4(v4(web, 6), tcp(80, 443));
    bytes[0] = static_cast<std::uint8_t>(first);
    out.push_back({"ip/first byte " + std::to_string(first), 0x0800, bytes});
  }
  out.push_back({"ip/ip/udp", 0x0800, ipv4(v4(web, 4), ipv4(v4(dns, 17), udp(53, 53)))});
  out.push_back({"ip/ip6/tcp", 0x0800, ipv4(v4(web, 41), ipv6(v6(flows_v6[0], 6), tcp(50000, 80)))});
  out.push_back({"empty ip", 0x0800, {}});
}

// An extension header of 8 bytes, or a fragment header when `fragment` says so.
Octets extension(unsigned next, const Octets& payload, std::uint16_t fragment = 0, bool is_fragment = false) {
  Octets out;
  put8(out, next);
  put8(out, 0);
  put16(out, is_fragment ? fragment : 0x0104);
  put32(out, 0);
  append(out, payload);
  return out;
}

void add_ipv6(std::vector<Packet>& out) {
  for (const Flow& flow : flows_v6) {
    for (const Transport& transport : transports) {
      out.push_back(
          {named(std::string("ip6/") + transport.name, flow), 0x86dd,
           ipv6(v6(flow, transport.number), transport.build(flow.source_port, flow.destination_port))});
    }
  }
  const Flow& web = flows_v6[0];
  for (const std::uint8_t protocol : portless) {
    out.push_back({"ip6/next " + std::to_string(protocol), 0x86dd, ipv6(v6(web, protocol), udp(80, 443))});
  }
  out.push_back({"ip6/icmp6 echo", 0x86dd, ipv6(v6(flows_v6[1], 58), icmp_echo(128))});
  for (const Transport& transport : transports) {
    const Octets payload = transport.build(50000, 80);
    for (const unsigned header : {0U, 43U, 60U}) {
      out.push_back({"ip6/extension " + std::to_string(header) + " " + transport.name, 0x86dd,
                     ipv6(v6(web, header), extension(transport.number, payload))});
    }
    for (const std::uint16_t fragment :
         std::initializer_list<std::uint16_t>{0x0001, 0x0000, 0x0009, 0x0008}) {
      out.push_back({std::string("ip6/fragment ") + transport.name + " " + std::to_string(fragment), 0x86dd,
                     ipv6(v6(web, 44), extension(transport.number, payload, fragment, true))});
    }
    out.push_back({std::string("ip6/hop-by-hop, fragment ") + transport.name, 0x86dd,
                   ipv6(v6(web, 0), extension(44, extension(transport.number, payload, 1, true)))});
    out.push_back({std::string("ip6/fragment, hop-by-hop ") + transport.name, 0x86dd,
                   ipv6(v6(web, 44), extension(0, extension(transport.number, payload), 1, true))});
  }
  out.push_back({"ip6/fragment icmp6", 0x86dd, ipv6(v6(web, 44), extension(58, icmp_echo(128), 1, true))});
  out.push_back({"ip6/fragment esp", 0x86dd, ipv6(v6(web, 44), extension(50, udp(80, 443), 1, true))});
  out.push_back({"ip6/ip/udp", 0x86dd, ipv6(v6(web, 4), ipv4(v4(flows_v4[2], 17), udp(53, 53)))});
  Octets version4 = ipv6(v6(web, 6), tcp(80, 443));
  version4[0] = 0x45;
  out.push_back({"ip6/version 4", 0x86dd, version4});
}

void add_others(std::vector<Packet>& out) {
  const std::uint32_t one = ipv4_address("192.0.2.1");
  const std::uint32_t two = ipv4_address("192.0.2.2");
  const std::uint32_t far = ipv4_address("198.51.100.7");
  const std::uint32_t ten = ipv4_address("10.1.2.3");
  out.push_back({"arp request", 0x0806, arp(1, one, two)});
  out.push_back({"arp reply", 0x0806, arp(2, two, one)});
  out.push_back({"arp far", 0x0806, arp(1, far, ipv4_address("203.0.113.9"))});
  out.push_back({"arp ten", 0x0806, arp(1, ten, far)});
  out.push_back({"arp 16-byte addresses", 0x0806, arp(1, one, two, 16)});
  out.push_back({"rarp request", 0x8035, arp(3, one, one)});
  out.push_back({"rarp reply", 0x8035, arp(4, far, ten)});
  // Ethertypes that are none of ours, with an IPv4 or IPv6 packet behind them.
  const Octets inner = ipv4(v4(flows_v4[0], 6), tcp(50000, 80));
  for (const unsigned type :
       {0x88ccU, 0x8847U, 0x8864U, 0x0000U, 0x0004U, 0x05dcU, 0x0600U, 0x0801U, 0xffffU}) {
    out.push_back({"ethertype " + std::to_string(type), static_cast<std::uint16_t>(type), inner});
  }
}

// Multicast and broadcast at the network layer, and headers whose fields arithmetic looks at.
void add_groups(std::vector<Packet>& out) {
  for (const char* destination :
       {"224.0.0.1", "239.255.255.250", "223.255.255.255", "240.0.0.1", "255.255.255.255"}) {
    const Flow flow = {"192.0.2.1", destination, 1900, 1900};
    out.push_back({named("ip/udp", flow), 0x0800, ipv4(v4(flow, 17), udp(1900, 1900))});
    out.push_back({named("ip/igmp", flow), 0x0800, ipv4(v4(flow, 2), icmp_echo(0x16))});
  }
  for (const char* destination : {"ff02::16", "ff0e::1", "fe00::1"}) {
    const Flow flow = {"fe80::1", destination, 5353, 5353};
    out.push_back({named("ip6/udp", flow), 0x86dd, ipv6(v6(flow, 17), udp(5353, 5353))});
  }
  for (const unsigned flags : {0x00U, 0x01U, 0x02U, 0x04U, 0x08U, 0x12U, 0x14U, 0x18U, 0x20U, 0xc2U, 0xffU}) {
    Octets segment = tcp(443, 50001, "GET / HTTP");
    segment[13] = static_cast<std::uint8_t>(flags);
    out.push_back({"ip/tcp flags " + std::to_string(flags), 0x0800, ipv4(v4(flows_v4[1], 6), segment)});
    if (flags % 4 == 2)
      out.push_back({"ip6/tcp flags " + std::to_string(flags), 0x86dd, ipv6(v6(flows_v6[1], 6), segment)});
  }
  for (const unsigned type : {0U, 3U, 4U, 5U, 8U, 9U, 10U, 11U, 12U, 13U, 14U, 15U, 16U, 17U, 18U}) {
    out.push_back(
        {"ip/icmp type " + std::to_string(type), 0x0800, ipv4(v4(flows_v4[0], 1), icmp_echo(type))});
  }
  for (const unsigned type : {1U, 2U, 3U, 4U, 129U, 130U, 133U, 134U, 135U, 136U, 137U, 143U}) {
    out.push_back(
        {"ip6/icmp6 type " + std::to_string(type), 0x86dd, ipv6(v6(flows_v6[0], 58), icmp_echo(type))});
  }
  const Octets query = udp(50000, 53, std::string(300, '\xa5'));
  out.push_back({"ip/udp long", 0x0800, ipv4(v4(flows_v4[2], 17), query)});
  out.push_back({"ip6/udp long", 0x86dd, ipv6(v6(flows_v6[2], 17), query)});
}

void add_mpls(std::vector<Packet>& out) {
  const Octets four = ipv4(v4(flows_v4[0], 6), tcp(50000, 80));
  const Octets dns4 = ipv4(v4(flows_v4[2], 17), udp(53, 53));
  const Octets six = ipv6(v6(flows_v6[0], 6), tcp(50000, 80));
  const Octets isis = {0x83, 0x1b, 0x01, 0x00};
  Octets options = [] {
    Ipv4Header header = v4(flows_v4[0], 17);
    header.options = Octets(8, 1);
    return ipv4(header, udp(53, 1500));
  }();
  const auto add = [&](const char* name, unsigned type, const Octets& bytes) {
    out.push_back({std::string("mpls ") + name, static_cast<std::uint16_t>(type), bytes});
  };
  add("5/ip/tcp", 0x8847, mpls({5}, four));
  add("5/ip/udp", 0x8847, mpls({5}, dns4));
  add("5/ip6/tcp", 0x8847, mpls({5}, six));
  add("100/ip/options", 0x8847, mpls({100}, options));
  add("1048575/ip/tcp", 0x8847, mpls({1048575}, four));
  add("100.5/ip/tcp", 0x8847, mpls({100, 5}, four));
  add("5.100/ip6/tcp", 0x8847, mpls({5, 100}, six));
  add("100.5.7/ip/udp", 0x8847, mpls({100, 5, 7}, dns4));
  add("5, no bottom/ip/tcp", 0x8847, mpls({5}, four, false));
  add("100.5, no bottom/ip/udp", 0x8847, mpls({100, 5}, dns4, false));
  add("0/isis", 0x8847, mpls({0}, isis));
  add("multicast 5/ip/tcp", 0x8848, mpls({5}, four));
  add("5/arp", 0x8847, mpls({5}, arp(1, ipv4_address("192.0.2.1"), ipv4_address("192.0.2.2"))));
}

const std::vector<std::vector<VlanTag>>& tag_stacks() {
  static const std::vector<std::vector<VlanTag>> stacks = {
      {},
      {{0x8100, 5}},
      {{0x8100, 0}},
      {{0x8100, 0xe064}},
      {{0x88a8, 7}},
      {{0x9100, 9}},
      {{0x88a8, 7}, {0x8100, 5}},
      {{0x8100, 5}, {0x8100, 100}},
      {{0x9100, 9}, {0x8100, 100}},
      {{0x8100, 5}, {0x88a8, 4095}},
      {{0x88a8, 7}, {0x8100, 5}, {0x8100, 100}},
      {{0x8100, 0xffff}},
      {{0x9200, 5}},
  };
  return stacks;
}

std::string tags_name(const std::vector<VlanTag>& tags) {
  std::string out;
  for (const VlanTag& tag : tags) {
    char text[24];
    std::snprintf(text, sizeof text, "/%04x.%u", tag.tpid, tag.tci & 0xfffU);
    out += text;
  }
  return out;
}

void add_frame(std::vector<Frame>& out, std::string name, LinkType type, Octets data) {
  const auto length = static_cast<std::uint32_t>(data.size());
  out.push_back({std::move(name), type, std::move(data), length});
}

// 802.3: a length where the ethertype would stand, then LLC.
void add_llc(std::vector<Frame>& out) {
  const Octets inner = ipv4(v4(flows_v4[0], 6), tcp(50000, 80));
  const std::vector<std::pair<const char*, Octets>> heads = {
      {"llc isis", {0xfe, 0xfe, 0x03, 0x83}},
      {"llc esis", {0xfe, 0xfe, 0x03, 0x82}},
      {"llc clnp", {0xfe, 0xfe, 0x03, 0x81}},
      {"llc netbeui", {0xf0, 0xf0, 0x03}},
      {"llc netbeui answer", {0xf0, 0xf1, 0x03}},
      {"llc one sap", {0x42, 0x06, 0x03}},
      {"llc global", {0xff, 0xff, 0x03}},
      {"snap atalk", {0xaa, 0xaa, 0x03, 0x08, 0x00, 0x07, 0x80, 0x9b}},
      {"snap aarp", {0xaa, 0xaa, 0x03, 0, 0, 0, 0x80, 0xf3}},
      {"snap ipx", {0xaa, 0xaa, 0x03, 0, 0, 0, 0x81, 0x37}},
      {"snap cisco", {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00}},
      {"snap 8021q", {0xaa, 0xaa, 0x03, 0, 0, 0, 0x81, 0x00, 0, 5, 0x08, 0x00}},
      {"snap answer", {0xaa, 0xab, 0x03, 0, 0, 0, 0x08, 0x00}},
      {"llc stp", {0x42, 0x42, 0x03}},
      {"llc ip", {0x06, 0x06, 0x03}},
      {"llc netware", {0xe0, 0xe0, 0x03}},
      {"novell raw", {0xff, 0xff}},
      {"snap ip", {0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00}},
      {"snap arp", {0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x06}},
      {"snap ip6", {0xaa, 0xaa, 0x03, 0, 0, 0, 0x86, 0xdd}},
  };
  for (const auto& [name, head] : heads) {
    Octets payload = head;
    append(payload, inner);
    const auto length = static_cast<std::uint16_t>(payload.size());
    for (const auto& tags : {tag_stacks()[0], tag_stacks()[1], tag_stacks()[4]}) {
      add_frame(out, "ethernet" + tags_name(tags) + "/" + name, LinkType::ethernet,
                ethernet(length, payload, tags));
    }
    add_frame(out, std::string("sll/") + name, LinkType::linux_sll, linux_sll(4, payload));
    add_frame(out, std::string("sll2/") + name, LinkType::linux_sll2, linux_sll2(4, payload));
  }
}

// Who sends to whom on the link, and in which direction, where the frame itself says so.
void add_link_addresses(std::vector<Frame>& out) {
  const Octets packet = ipv4(v4(flows_v4[0], 6), tcp(50000, 80));
  const std::vector<Octets> addresses = {Octets(6, 0xff),
                                         {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01},
                                         {0x33, 0x33, 0, 0, 0, 1},
                                         Octets(6, 0),
                                         {0x01, 0x80, 0xc2, 0, 0, 0},
                                         {0, 0, 0x5e, 0, 0x53, 0x03},
                                         {0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}};
  for (const Octets& address : addresses) {
    Octets data = ethernet(0x0800, packet);
    std::copy(address.begin(), address.end(), data.begin());
    add_frame(out, "ethernet/to " + hex(address), LinkType::ethernet, data);
    data = ethernet(0x0806, arp(1, 1, 2), {{0x8100, 5}});
    std::copy(address.begin(), address.end(), data.begin() + 6);
    add_frame(out, "ethernet/from " + hex(address), LinkType::ethernet, data);
  }
  for (unsigned kind = 0; kind < 8; ++kind) {
    Octets data = linux_sll(0x0800, packet);
    data[1] = static_cast<std::uint8_t>(kind);
    add_frame(out, "sll/packet type " + std::to_string(kind), LinkType::linux_sll, data);
    data = linux_sll2(0x86dd, packet);
    data[10] = static_cast<std::uint8_t>(kind);
    add_frame(out, "sll2/packet type " + std::to_string(kind), LinkType::linux_sll2, data);
  }
}

}  // namespace

std::vector<Packet> every_packet() {
  std::vector<Packet> out;
  add_ipv4(out);
  add_ipv6(out);
  add_others(out);
  add_groups(out);
  add_mpls(out);
  return out;
}

std::vector<Frame> every_frame() {
  std::vector<Frame> out;
  for (const Packet& packet : every_packet()) {
    for (const auto& tags : tag_stacks()) {
      add_frame(out, "ethernet" + tags_name(tags) + "/" + packet.name, LinkType::ethernet,
                ethernet(packet.ethertype, packet.bytes, tags));
    }
    for (const auto& tags : {tag_stacks()[0], tag_stacks()[1]}) {
      add_frame(out, "sll" + tags_name(tags) + "/" + packet.name, LinkType::linux_sll,
                linux_sll(packet.ethertype, packet.bytes, tags));
      add_frame(out, "sll2" + tags_name(tags) + "/" + packet.name, LinkType::linux_sll2,
                linux_sll2(packet.ethertype, packet.bytes, tags));
    }
    add_frame(out, "raw/" + packet.name, LinkType::raw, packet.bytes);
    add_frame(out, "ipv4/" + packet.name, LinkType::ipv4, packet.bytes);
    add_frame(out, "ipv6/" + packet.name, LinkType::ipv6, packet.bytes);
  }
  add_llc(out);
  add_link_addresses(out);
  add_other_link_layers(out, every_packet());
  return out;
}

std::vector<Frame> live_frames() {
  // Packets whose names begin so go behind every stack of tags.
  constexpr std::string_view everywhere[] = {
      "ip/tcp 192.0.2.1.50000", "ip/udp 198.51.100.7.53>", "ip/udp 192.0.2.255",  "ip/sctp 192.0.2.1.50000",
      "ip/icmp echo",           "ip/fragment udp 1",       "ip6/tcp 2001:db8::1", "ip6/udp 2001:db8:1::7",
      "ip6/icmp6 echo",         "ip6/fragment tcp 1",      "arp request",         "rarp request",
  };
  const std::vector<Packet> packets = every_packet();
  std::vector<Frame> out;
  for (std::size_t stack = 0; stack < tag_stacks().size(); ++stack) {
    const auto& tags = tag_stacks()[stack];
    for (std::size_t i = 0; i < packets.size(); ++i) {
      bool wanted = i % tag_stacks().size() == stack;
      for (const std::string_view head : everywhere) wanted = wanted || packets[i].name.starts_with(head);
      if (!wanted || packets[i].bytes.size() < 4) continue;
      add_frame(out, "ethernet" + tags_name(tags) + "/" + packets[i].name, LinkType::ethernet,
                ethernet(packets[i].ethertype, packets[i].bytes, tags));
    }
  }
  return out;
}

Octets marker_frame(bool begin) {
  return ethernet(0x88b5, text_octets(begin ? "anchoko test: begin" : "anchoko test: end"));
}

}  // namespace anchoko::testing
