#include "core/formats/nettl/copies.h"

#include <set>

#include <doctest/doctest.h>

#include "core/formats/nettl/test_trace.h"

namespace anchoko::formats::nettl {
namespace {

using formats::test::sequence;
using test::Builder;
using test::Bytes;
using test::bytes_of;
using test::ethernet;
using test::ip4;
using test::joined;

constexpr auto in = PacketDirection::inbound;
constexpr auto out = PacketDirection::outbound;

// A table and a clock.
struct Trace {
  CopyTable table;
  std::int64_t now = 1'000'000'000'000'000;

  std::uint64_t see(LinkType link_type, std::uint8_t layer, const Bytes& data,
                    PacketDirection direction = PacketDirection::unknown, std::uint32_t original = 0) {
    return table.identify({link_type, 0, data,
                           original != 0 ? original : static_cast<std::uint32_t>(data.size()), layer,
                           direction, now});
  }
  std::uint64_t see_bare(std::uint8_t protocol, const Bytes& data,
                         PacketDirection direction = PacketDirection::unknown) {
    return table.identify({static_cast<LinkType>(252), protocol, data,
                           static_cast<std::uint32_t>(data.size()), 2, direction, now});
  }
  std::uint64_t driver(const Bytes& packet, PacketDirection direction = PacketDirection::unknown) {
    return see(LinkType::ethernet, 0, ethernet(packet), direction);
  }
  std::uint64_t ip(const Bytes& packet, PacketDirection direction = PacketDirection::unknown) {
    return see(LinkType::raw, 1, packet, direction);
  }
};

Bytes ip6(const Bytes& payload, std::uint8_t protocol = 6) {
  Builder packet(ByteOrder::big);
  packet.u32(0x60000000).u16(static_cast<std::uint16_t>(payload.size())).u8(protocol).u8(64);
  return packet.raw(sequence(32, 0x20)).raw(payload).bytes();
}

TEST_CASE("nettl copies: layers share an id, one layer never does") {
  Trace trace;
  const auto packet = ip4({}, sequence(20));
  const auto first = trace.driver(packet);
  CHECK(trace.ip(packet) == first);
  CHECK(trace.see(LinkType::raw, 2, packet) == first);
  const auto second = trace.ip(packet);
  CHECK(second != first);
  CHECK(trace.driver(packet) == second);
  CHECK(trace.driver(packet) != second);
}

TEST_CASE("nettl copies: equal packets in a burst are paired in their order") {
  Trace trace;
  const auto packet = ip4({.id = 0}, sequence(20));
  std::vector<std::uint64_t> below;
  std::vector<std::uint64_t> above;
  for (int i = 0; i < 5; ++i) below.push_back(trace.driver(packet));
  for (int i = 0; i < 5; ++i) above.push_back(trace.ip(packet));
  CHECK(below == above);
  CHECK(below[0] + 4 == below[4]);
}

TEST_CASE("nettl copies: what changes on the way does not matter, what tells packets apart does") {
  Trace trace;
  const auto payload = sequence(24);
  const auto first = trace.driver(ip4({}, payload));
  CHECK(trace.ip(ip4({.ttl = 3, .service = 8, .check_sum = 0}, payload)) == first);
  for (const auto& other : {ip4({.source = 1}, payload), ip4({.destination = 1}, payload),
                            ip4({.protocol = 99}, payload), ip4({.id = 2}, payload),
                            ip4({.fragment = 5}, payload), ip4({}, sequence(25)), ip4({}, sequence(24, 2))}) {
    CHECK(trace.see(LinkType::raw, 3, other) != first);
  }
  auto udp = sequence(24);
  const auto second = trace.ip(ip4({.protocol = 17, .id = 9}, udp), out);
  udp[6] = udp[7] = std::byte{0};  // the card makes the check sum
  CHECK(trace.driver(ip4({.protocol = 17, .id = 9}, udp), out) == second);
  auto tcp = sequence(24);
  const auto third = trace.ip(ip4({.id = 10}, tcp), out);
  tcp[16] = tcp[17] = std::byte{0};
  CHECK(trace.driver(ip4({.id = 10}, tcp), out) == third);
}

TEST_CASE("nettl copies: a packet that comes in and goes out again is two") {
  Trace trace;
  const auto packet = ip4({}, sequence(20));
  const auto came = trace.driver(packet, in);
  CHECK(trace.ip(packet, out) != came);
  CHECK(trace.ip(packet, in) == came);
  CHECK(trace.see(LinkType::raw, 2, packet) == came);
}

TEST_CASE("nettl copies: not more than a second apart") {
  Trace trace;
  const auto packet = ip4({}, sequence(20));
  const auto first = trace.driver(packet);
  trace.now += 1'000'000;
  CHECK(trace.ip(packet) == first);
  trace.now += 1;
  CHECK(trace.see(LinkType::raw, 2, packet) != first);
  Trace backwards;
  const auto later = backwards.driver(packet);
  backwards.now -= 500;
  CHECK(backwards.ip(packet) == later);
}

TEST_CASE("nettl copies: link headers with tags, SNAP and routing are looked through") {
  const auto packet = ip4({}, sequence(20));
  const auto snap = joined(bytes_of("aaaa03 000000 0800"), packet);
  const auto tagged = joined(bytes_of("0064 0800"), packet);
  auto routed_addresses = sequence(14);
  routed_addresses[8] |= std::byte{0x80};
  auto plain_addresses = sequence(14);
  plain_addresses[8] &= std::byte{0x7f};
  const std::vector<std::pair<LinkType, Bytes>> frames{
      {LinkType::ethernet, ethernet(packet)},
      {LinkType::ethernet, ethernet(tagged, 0x8100)},
      {LinkType::ethernet, ethernet(snap, static_cast<std::uint16_t>(snap.size()))},
      {LinkType::fddi, joined(sequence(13), snap)},
      {LinkType::token_ring, joined(plain_addresses, snap)},
      {LinkType::token_ring, joined(joined(routed_addresses, bytes_of("0610 1111 2222")), snap)},
  };
  for (const auto& [link_type, frame] : frames) {
    Trace trace;
    const auto first = trace.see(link_type, 0, frame);
    CHECK(trace.ip(packet) == first);
  }
  Trace trace;
  const auto first = trace.see(LinkType::ethernet, 0, ethernet(sequence(28), 0x0806));
  CHECK(trace.see(LinkType::ethernet, 1, ethernet(sequence(28), 0x0806)) != first);
}

TEST_CASE("nettl copies: a message without its IP header belongs to the packet that carried it") {
  const auto echo = bytes_of("0800 1234 0001 0002 61626364");
  auto without_sum = echo;
  without_sum[2] = without_sum[3] = std::byte{0};
  const auto ping = ip4({.protocol = 1}, echo);
  Trace up;
  const auto came = up.driver(ping, in);
  CHECK(up.ip(ping, in) == came);
  CHECK(up.see_bare(1, echo, in) == came);
  CHECK(up.see_bare(1, echo, in) != came);
  Trace down;
  const auto went = down.see_bare(1, without_sum, out);
  CHECK(down.ip(ping, out) == went);
  CHECK(down.driver(ping, out) == went);
  CHECK(down.driver(ping, out) != went);

  const auto sctp = sequence(24);
  auto unsummed = sctp;
  unsummed[9] = std::byte{0};
  Trace other;
  const auto first = other.driver(ip4({.protocol = 132}, sctp));
  CHECK(other.see_bare(132, unsummed) == first);
  const auto six = other.driver(ip6(echo, 58));
  CHECK(other.see_bare(58, echo) == six);
  CHECK(other.see_bare(1, sequence(3)) != other.see_bare(1, sequence(3)));
}

TEST_CASE("nettl copies: equal messages to two hosts stay apart") {
  const auto echo = bytes_of("0800 1234 0001 0002 61626364");
  const auto to_first = ip4({.destination = 1, .protocol = 1}, echo);
  const auto to_second = ip4({.destination = 2, .protocol = 1}, echo);
  Trace trace;
  const auto first = trace.driver(to_first);
  CHECK(trace.ip(to_second) != first);
  CHECK(trace.ip(to_first) == first);
  // Nor is a fragment a message.
  const auto fragment = trace.driver(ip4({.protocol = 1, .fragment = 0x2000}, sequence(16, 99)));
  CHECK(trace.see_bare(1, sequence(16, 99)) != fragment);
}

// How many of 20 packets, cut to `snap` bytes at two layers, share their id; the others must be alone.
int shared_when_cut(const std::vector<Bytes>& packets, std::uint16_t type, std::size_t snap) {
  Trace trace;
  int shared = 0;
  std::set<std::uint64_t> ids;
  for (const auto& packet : packets) {
    auto frame = ethernet(packet, type);
    const auto whole = static_cast<std::uint32_t>(frame.size());
    frame.resize(snap);
    auto cut = packet;
    cut.resize(snap);
    const auto above = trace.see(LinkType::raw, 1, cut, out, static_cast<std::uint32_t>(packet.size()));
    const auto below = trace.see(LinkType::ethernet, 0, frame, out, whole);
    shared += below == above ? 1 : 0;
    ids.insert({above, below});
    trace.now += 100;
  }
  CHECK(ids.size() == 2 * packets.size() - static_cast<std::size_t>(shared));
  return shared;
}

TEST_CASE("nettl copies: records cut short at some layers meet all the same, or stay alone") {
  std::vector<Bytes> identified;
  std::vector<Bytes> unidentified;
  std::vector<Bytes> version6;
  for (std::uint8_t i = 0; i < 20; ++i) {
    identified.push_back(ip4({.id = static_cast<std::uint16_t>(i + 1)}, sequence(400)));
    unidentified.push_back(ip4({.id = 0}, sequence(400, i)));
    version6.push_back(ip6(sequence(400, i)));
  }
  // Until the first shorter record has told how little there is, a packet may be taken for two.
  CHECK(shared_when_cut(identified, 0x0800, 34) == 19);
  CHECK(shared_when_cut(identified, 0x0800, 45) == 19);
  CHECK(shared_when_cut(identified, 0x0800, 54) == 20);
  // Nothing that numbers them is there.
  CHECK(shared_when_cut(unidentified, 0x0800, 45) == 0);
  CHECK(shared_when_cut(unidentified, 0x0800, 46) == 19);
  CHECK(shared_when_cut(unidentified, 0x0800, 54) == 20);
  CHECK(shared_when_cut(version6, 0x86dd, 54) == 0);
  CHECK(shared_when_cut(version6, 0x86dd, 64) == 0);
  CHECK(shared_when_cut(version6, 0x86dd, 66) == 19);
  CHECK(shared_when_cut(version6, 0x86dd, 96) == 20);
}

TEST_CASE("nettl copies: a packet that lies about its length costs the others nothing") {
  Trace trace;
  auto liar = ip4({.id = 7}, sequence(4));
  liar[2] = std::byte{0x40};
  trace.see(LinkType::raw, 1, liar);
  const auto one = trace.see(LinkType::raw, 1, ip6(sequence(20, 1)));
  CHECK(trace.see(LinkType::raw, 2, ip6(sequence(20, 2))) != one);
  CHECK(trace.see(LinkType::raw, 2, ip6(sequence(20, 1))) == one);
}

Bytes numbered(std::size_t number) {
  return ip4({.source = static_cast<std::uint32_t>(number >> 16), .id = static_cast<std::uint16_t>(number)},
             sequence(20));
}

// Of `count` packets, how many are recognised when their copies come `ahead` packets later.
std::size_t recognised(Trace& trace, std::size_t count, std::size_t ahead) {
  std::vector<std::uint64_t> ids;
  std::size_t shared = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(trace.driver(numbered(i)));
    if (i >= ahead) shared += trace.ip(numbered(i - ahead)) == ids[i - ahead] ? 1u : 0u;
    trace.now += 5;
  }
  return shared;
}

TEST_CASE("nettl copies: of many packets the last thousand are remembered") {
  Trace trace;
  trace.driver(ip4({.destination = 7}, sequence(20)));
  trace.ip(ip4({.destination = 7}, sequence(20)));
  CHECK(recognised(trace, 50'000, 1000) == 49'000);
}

TEST_CASE("nettl copies: when a second layer shows, the last packets of the first one are known") {
  constexpr std::size_t kept = CopyTable::kept_packets;
  Trace trace;
  CHECK(recognised(trace, 5000, kept - 1) == 5000 - kept + 1);
  Trace late;
  std::vector<std::uint64_t> ids;
  for (std::size_t i = 0; i < 3 * kept; ++i) ids.push_back(late.driver(numbered(i)));
  CHECK(late.ip(numbered(2 * kept)) == ids[2 * kept]);
  CHECK(late.ip(numbered(2 * kept - 1)) > ids.back());
  CHECK(late.ip(numbered(3 * kept - 1)) == ids.back());
}

TEST_CASE("nettl copies: a header cut short makes no key") {
  const auto packet = ip4({}, sequence(20));
  for (std::size_t size = 0; size < 20; ++size) {
    Trace trace;
    Bytes cut(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
    const auto first = trace.see(LinkType::raw, 0, cut, in, 40);
    CHECK(trace.see(LinkType::raw, 1, cut, in, 40) == first + 1);
    CHECK(trace.see(LinkType::ethernet, 1, cut, in, 40) == first + 2);
    CHECK(trace.see(LinkType::token_ring, 1, cut, in, 40) == first + 3);
    CHECK(trace.see(LinkType::fddi, 1, cut, in, 40) == first + 4);
  }
}

}  // namespace
}  // namespace anchoko::formats::nettl
