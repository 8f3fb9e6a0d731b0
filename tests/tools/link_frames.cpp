// Link layers other than Ethernet and Linux cooked: BSD loopback, PPP, IPNET, FDDI, Token Ring, 802.11.
#include <algorithm>
#include <string>
#include <utility>

#include "tests/tools/frames.h"
#include "tests/tools/octets.h"

namespace anchoko::testing {
namespace {

const Octets station_a = {0x00, 0x00, 0x5e, 0x00, 0x53, 0x01};
const Octets station_b = {0x00, 0x00, 0x5e, 0x00, 0x53, 0x02};
const Octets access_point = {0x00, 0x00, 0x5e, 0x00, 0x53, 0xaa};
const Octets group = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};
const Octets everyone(6, 0xff);

class Frames {
 public:
  explicit Frames(std::vector<Frame>& out) : out_(out) {}
  void add(LinkType type, std::string name, Octets data) {
    const auto length = static_cast<std::uint32_t>(data.size());
    out_.push_back({std::move(name), type, std::move(data), length});
  }

 private:
  std::vector<Frame>& out_;
};

bool is_ipv6(const Packet& packet) {
  return packet.ethertype == 0x86dd;
}

// Some packets stand for all others where every shape of a link layer is tried.
bool is_everyday(const Packet& packet) {
  constexpr std::string_view heads[] = {"ip/tcp 192.0.2.1.50000", "ip/udp 198.51.100.7", "ip/fragment udp 1",
                                        "ip6/tcp 2001:db8::1",    "ip6/fragment tcp 1",  "arp request",
                                        "ip/options 20 tcp"};
  return std::ranges::any_of(heads, [&](std::string_view head) { return packet.name.starts_with(head); });
}

// ---- BSD loopback: the address family in the byte order of whoever wrote the file, or of the network
// ----------------

void add_loopback(Frames& frames, const std::vector<Packet>& packets) {
  std::size_t turn = 0;
  for (const Packet& packet : packets) {
    // AF_INET; AF_INET6 of Linux, NetBSD, FreeBSD, macOS.
    constexpr std::uint32_t six[] = {10, 24, 28, 30};
    std::uint32_t family = is_ipv6(packet) ? six[turn % 3 == 2 ? turn % 4 : 0] : 2;
    if (packet.ethertype != 0x0800 && !is_ipv6(packet)) family = packet.ethertype;
    ++turn;
    Octets big;
    put32(big, family);
    Octets little(big.rbegin(), big.rend());
    append(big, packet.bytes);
    append(little, packet.bytes);
    frames.add(LinkType::null, "null, big-endian/" + packet.name, big);
    frames.add(LinkType::null, "null, little-endian/" + packet.name, little);
    frames.add(LinkType::loop, "loop/" + packet.name, big);
    if (turn % 10 == 0) frames.add(LinkType::loop, "loop, little-endian/" + packet.name, little);
  }
}

// ---- PPP
// -------------------------------------------------------------------------------------------------------------

void add_ppp(Frames& frames, const std::vector<Packet>& packets) {
  const auto protocol_of = [](std::uint16_t ethertype) -> std::uint16_t {
    switch (ethertype) {
      case 0x0800:
        return 0x0021;
      case 0x86dd:
        return 0x0057;
      case 0x8847:
        return 0x0281;
      case 0x8848:
        return 0x0283;
      default:
        return ethertype;
    }
  };
  const auto make = [](std::uint16_t protocol, const Octets& payload) {
    Octets out = {0xff, 0x03};
    put16(out, protocol);
    append(out, payload);
    return out;
  };
  for (const Packet& packet : packets)
    frames.add(LinkType::ppp, "ppp/" + packet.name, make(protocol_of(packet.ethertype), packet.bytes));
  const Octets& inner = packets.front().bytes;
  // OSI, XNS, DECnet, AppleTalk, IPX, 802.1D, LCP, IPCP, Van Jacobson compressed and uncompressed TCP.
  for (const unsigned protocol :
       {0x0023U, 0x0025U, 0x0027U, 0x0029U, 0x002bU, 0x0031U, 0xc021U, 0x8021U, 0x002dU, 0x002fU, 0x0001U}) {
    frames.add(LinkType::ppp, "ppp/protocol " + std::to_string(protocol),
               make(static_cast<std::uint16_t>(protocol), inner));
  }
  Octets compressed = {0x21};  // protocol field compression, no address field: not what the filter looks for
  append(compressed, inner);
  frames.add(LinkType::ppp, "ppp/compressed", compressed);
}

// ---- IPNET: version, family, hook, lengths, zones
// -------------------------------------------------------------------

void add_ipnet(Frames& frames, const std::vector<Packet>& packets) {
  unsigned turn = 0;
  for (const Packet& packet : packets) {
    Octets data;
    put8(data, 1);                                                                 // version of the header
    put8(data, is_ipv6(packet) ? 26 : packet.ethertype == 0x0800 ? 2 : turn % 7);  // family
    put16(data, turn % 4);  // 1 inbound, 2 outbound, 3 local
    put32(data, static_cast<std::uint32_t>(packet.bytes.size()));
    put32(data, 2);  // interface index
    put32(data, 2);  // group
    put32(data, 0);  // source zone
    put32(data, 0xffffffff);
    append(data, packet.bytes);
    frames.add(LinkType::ipnet, "ipnet/" + packet.name, data);
    ++turn;
  }
}

// ---- FDDI and Token Ring: addresses, then LLC
// -----------------------------------------------------------------------

struct LlcShape {
  const char* name;
  Octets head;
};
const std::vector<LlcShape>& llc_shapes() {
  static const std::vector<LlcShape> shapes = {
      {"llc ip", {0x06, 0x06, 0x03}},
      {"llc stp", {0x42, 0x42, 0x03}},
      {"llc netware", {0xe0, 0xe0, 0x03}},
      {"llc netbeui", {0xf0, 0xf0, 0x03}},
      {"llc netbeui answer", {0xf0, 0xf1, 0x03}},
      {"llc isis", {0xfe, 0xfe, 0x03, 0x83}},
      {"llc esis", {0xfe, 0xfe, 0x03, 0x82}},
      {"llc clnp", {0xfe, 0xfe, 0x03, 0x81}},
      {"llc two saps", {0x42, 0x06, 0x03}},
      {"novell raw", {0xff, 0xff}},
      {"snap atalk", {0xaa, 0xaa, 0x03, 0x08, 0x00, 0x07, 0x80, 0x9b}},
      {"snap aarp", {0xaa, 0xaa, 0x03, 0, 0, 0, 0x80, 0xf3}},
      {"snap ipx", {0xaa, 0xaa, 0x03, 0, 0, 0, 0x81, 0x37}},
      {"snap 1Q", {0xaa, 0xaa, 0x03, 0, 0, 0, 0x81, 0x00, 0, 5, 0x08, 0x00}},
      {"snap bridged", {0xaa, 0xaa, 0x03, 0, 0, 0xf8, 0x08, 0x00}},
      {"snap cisco", {0xaa, 0xaa, 0x03, 0, 0, 0x0c, 0x20, 0x00}},
      {"snap poll", {0xaa, 0xaa, 0x13, 0, 0, 0, 0x08, 0x00}},
  };
  return shapes;
}

void add_rings(Frames& frames, const std::vector<Packet>& packets) {
  const std::vector<std::pair<Octets, Octets>> ends = {{station_b, station_a}, {station_a, station_b},
                                                       {group, station_a},     {everyone, station_b},
                                                       {station_b, group},     {access_point, everyone}};
  std::size_t turn = 0;
  const auto add = [&](const std::string& name, const Octets& payload) {
    const auto& [destination, source] = ends[turn % ends.size()];
    const unsigned frame_control = turn % 9 == 8 ? 0x00 : turn % 5 == 4 ? 0x51 : 0x50;
    ++turn;
    Octets fddi;
    put8(fddi, frame_control);
    append(fddi, destination);
    append(fddi, source);
    append(fddi, payload);
    frames.add(LinkType::fddi, "fddi/" + name, fddi);
    Octets ring;
    put8(ring, 0x10);
    put8(ring, frame_control == 0x50 ? 0x40 : 0x00);
    append(ring, destination);
    append(ring, source);
    append(ring, payload);
    frames.add(LinkType::token_ring, "token ring/" + name, ring);
  };
  for (const Packet& packet : packets) add("snap/" + packet.name, snap(packet.ethertype, packet.bytes));
  for (const LlcShape& shape : llc_shapes()) {
    Octets payload = shape.head;
    append(payload, packets.front().bytes);
    for (std::size_t i = 0; i < ends.size(); ++i) add(shape.name, payload);
  }
  // A routing field behind the source address of Token Ring, which filters do not step over.
  Octets routed = {0x10, 0x40};
  append(routed, station_b);
  append(routed, {0x80, 0x00, 0x5e, 0x00, 0x53, 0x01, 0x06, 0x30, 0x00, 0x11, 0x00, 0x20});
  append(routed, snap(0x0800, packets.front().bytes));
  frames.add(LinkType::token_ring, "token ring/routed", routed);
}

// ---- 802.11
// ----------------------------------------------------------------------------------------------------------

struct WifiShape {
  unsigned type = 2;  // 0 management, 1 control, 2 data
  unsigned subtype = 0;
  unsigned flags = 0;  // to DS 1, from DS 2, more fragments 4, retry 8, protected 0x40, order 0x80
  std::string name() const {
    return "type " + std::to_string(type) + "." + std::to_string(subtype) + " flags " + std::to_string(flags);
  }
};

std::vector<WifiShape> wifi_shapes() {
  std::vector<WifiShape> out;
  for (unsigned ds = 0; ds < 4; ++ds) {
    for (const unsigned subtype : {0U, 8U}) out.push_back({2, subtype, ds});
  }
  for (const unsigned subtype : {1U, 2U, 3U, 4U, 5U, 7U, 9U, 12U, 14U, 15U})
    out.push_back({2, subtype, subtype % 4});
  for (const unsigned flags : {0x41U, 0x42U, 0x81U, 0x0eU, 0x05U}) out.push_back({2, 8, flags});
  for (unsigned subtype = 0; subtype < 16; ++subtype) {
    out.push_back({0, subtype, 0});
    out.push_back({1, subtype, 0});
  }
  out.push_back({0, 8, 3});
  out.push_back({3, 0, 1});
  out.push_back({3, 8, 2});
  return out;
}

// The header as 802.11 has it; `turn` varies the addresses. `padded`: to a multiple of 4, as some drivers do.
Octets wifi_header(const WifiShape& shape, std::size_t turn, bool padded) {
  const std::vector<std::pair<Octets, Octets>> ends = {{station_b, station_a},
                                                       {station_a, station_b},
                                                       {group, station_a},
                                                       {everyone, station_b},
                                                       {station_b, group}};
  const auto& [destination, source] = ends[turn % ends.size()];
  Octets out;
  put8(out, (shape.subtype << 4) | (shape.type << 2));
  put8(out, shape.flags);
  put16(out, 0x2c00);
  const auto address = [&](const Octets& mac) { append(out, mac); };
  if (shape.type == 1) {  // control: one or two addresses
    address(destination);
    if (shape.subtype >= 8 && shape.subtype != 12 && shape.subtype != 13) address(source);
    return out;
  }
  const unsigned ds = shape.flags & 3;
  address(ds == 0 || ds == 2 ? destination : access_point);
  address(ds == 0 || ds == 1 ? source : access_point);
  address(ds == 0 ? access_point : ds == 2 ? source : destination);
  put16(out, 0x1230);
  if (ds == 3) address(source);
  if (shape.type == 2 && (shape.subtype & 8) != 0) put16(out, 0x0005);
  if (padded) out.resize((out.size() + 3) / 4 * 4, 0);
  return out;
}

struct RadioShape {
  const char* name;
  Octets head;
  bool padded = false;
  bool check_sum = false;  // the frame carries its FCS
};

const std::vector<RadioShape>& radio_shapes() {
  // Version, pad, length (little-endian), present flags, fields: time (bit 0), flags (bit 1), rate (bit 2) …
  static const std::vector<RadioShape> shapes = {
      {"bare", {0, 0, 8, 0, 0, 0, 0, 0}},
      {"time and flags", {0, 0, 18, 0, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x00, 0x0c}},
      {"fcs", {0, 0, 18, 0, 7, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0x0c}, false, true},
      {"padded", {0, 0, 20, 0, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x20, 0, 0, 0}, true},
      {"padded, fcs",
       {0, 0, 24, 0, 0x2f, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x30, 2, 0x6c, 9, 0xc0, 0, 0xc5, 1},
       true,
       true},
      {"flags without time", {0, 0, 9, 0, 2, 0, 0, 0, 0x00}},
      {"padded, flags without time", {0, 0, 12, 0, 2, 0, 0, 0, 0x20, 0, 0, 0}, true},
      {"padding bit, no flags", {0, 0, 20, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x20, 0, 0, 0}},
      {"two present words", {0, 0, 16, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78}},
      {"length 0", {0, 0, 0, 0, 0, 0, 0, 0}},
      {"length beyond", {0, 0, 0xff, 0xff, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x20}},
  };
  return shapes;
}

void add_wifi(Frames& frames, const std::vector<Packet>& packets) {
  const std::vector<WifiShape> shapes = wifi_shapes();
  const auto& radios = radio_shapes();
  std::size_t turn = 0;
  const auto add = [&](const WifiShape& shape, const std::string& name, const Octets& payload) {
    ++turn;
    Octets plain = wifi_header(shape, turn, false);
    append(plain, payload);
    frames.add(LinkType::ieee802_11, "802.11 " + shape.name() + "/" + name, plain);
    const RadioShape& radio = radios[turn % 7 == 6 ? turn % radios.size() : turn % 5];
    Octets data = radio.head;
    append(data, wifi_header(shape, turn, radio.padded));
    append(data, payload);
    if (radio.check_sum) append(data, {0xde, 0xad, 0xbe, 0xef});
    frames.add(LinkType::ieee802_11_radiotap,
               std::string("radiotap ") + radio.name + " " + shape.name() + "/" + name, data);
  };
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const Packet& packet = packets[i];
    const Octets payload = snap(packet.ethertype, packet.bytes);
    if (is_everyday(packet)) {
      for (const WifiShape& shape : shapes) add(shape, packet.name, payload);
      for (std::size_t more = 0; more < 8; ++more) add(shapes[more], packet.name, payload);
    } else {
      add(shapes[i % 8], packet.name, payload);
      add(shapes[(i + 5) % 13], packet.name, payload);
    }
  }
  for (const LlcShape& shape : llc_shapes()) {
    Octets payload = shape.head;
    append(payload, packets.front().bytes);
    for (std::size_t i = 0; i < 5; ++i) add(shapes[(turn + i) % 8], shape.name, payload);
  }
  // Behind a tag, as `vlan` on 802.11 expects it.
  for (const unsigned id : {5U, 7U, 100U}) {
    for (std::size_t i = 0; i < 4; ++i) {
      Octets inner;
      put16(inner, id);
      put16(inner, 0x0800);
      append(inner, packets.front().bytes);
      add(shapes[i * 2 % 8], "8100." + std::to_string(id) + "/" + packets.front().name, snap(0x8100, inner));
    }
  }
}

}  // namespace

void add_other_link_layers(std::vector<Frame>& out, const std::vector<Packet>& packets) {
  Frames frames(out);
  add_loopback(frames, packets);
  add_ppp(frames, packets);
  add_ipnet(frames, packets);
  add_rings(frames, packets);
  add_wifi(frames, packets);
}

}  // namespace anchoko::testing
