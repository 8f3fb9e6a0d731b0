#include "backends/snoop/emulator_link_packets.h"

#include <stdexcept>

#include <doctest/doctest.h>

#include "backends/snoop/emulator_test_packets.h"
#include "core/base/hex.h"

// Expectations: reference for snoop, sections 3 and 7.4.
namespace anchoko::snoop::emulated {
namespace {

using std::chrono::milliseconds;

const lab::HostInterface net0{"net0", "none", {2, 0, 0, 0, 0, 1}, {"192.0.2.1"}};

lab::Frame frame_of(const Bytes& bytes, bool sent) {
  lab::Frame frame;
  frame.bytes = bytes;
  frame.original = static_cast<std::uint32_t>(bytes.size());
  frame.sent = sent;
  return frame;
}

LinkView view(Medium medium, bool promiscuous = true) {
  LinkView link;
  link.medium = medium;
  link.promiscuous = promiscuous;
  link.interface = &net0;
  link.index = 2;
  return link;
}

TEST_CASE("snoop link: without promiscuity frames of others are not seen, multicast is") {
  std::vector<std::byte> room;
  const auto seen = [&](const Bytes& bytes, bool sent, bool promiscuous) {
    return seen_on(view(Medium::ethernet, promiscuous), frame_of(bytes, sent), room).has_value();
  };
  const Bytes foreign = ether(0x0800, Bytes(46), 0x020000000009, 0x020000000008);
  CHECK(seen(foreign, false, true));
  CHECK_FALSE(seen(foreign, false, false));
  CHECK(seen(ether(0x0800, Bytes(46), mac_a, mac_b), false, false));
  CHECK(seen(tcp_frame(), true, false));
  CHECK(seen(arp_frame(), false, false));
}

TEST_CASE("snoop link: the header of ipnet, without the padding of the frame") {
  std::vector<std::byte> room;
  const Bytes udp = ether(0x0800, ip4(17, "192.0.2.1", "192.0.2.2", Bytes(8)) + Bytes(18));
  const auto sent = seen_on(view(Medium::ipnet), frame_of(udp, true), room);
  REQUIRE(sent);
  CHECK(sent->original == 24 + 28);
  CHECK(hex(std::span(room).first(24)) ==
        "01020001"
        "0000001c"
        "00000002"
        "00000000"
        "00000000"
        "ffffffff");
  const Bytes six = ether(0x86dd, ip6(6, "2001:db8::1", "2001:db8::2", ports(1, 2)), mac_a, mac_b);
  REQUIRE(seen_on(view(Medium::ipnet), frame_of(six, false), room));
  CHECK(hex(std::span(room).first(24)) ==
        "011a0000"
        "0000003c"
        "00000002"
        "00000000"
        "ffffffff"
        "00000000");
  CHECK_FALSE(seen_on(view(Medium::ipnet), frame_of(arp_frame(), false), room));  // IP only
  LinkView loopback = view(Medium::ipnet);
  loopback.loopback = true;
  REQUIRE(seen_on(loopback, frame_of(udp, false), room));
  CHECK(hex(std::span(room).subspan(2, 2)) == "0002");
  CHECK_FALSE(seen_on(loopback, frame_of(udp, true), room));  // once only
}

TEST_CASE("snoop chunk: waits one second from its first packet, and holds 64 KB") {
  const Release release;
  Chunk chunk(release, 0, milliseconds(1000));
  const Bytes bytes = tcp_frame();
  const Packet packet{bytes, 54};
  const Chunk::Clock::time_point start{};
  CHECK_FALSE(chunk.is_due(start + milliseconds(5000)));
  chunk.add(packet, 1'000'000'000, start);
  chunk.add(packet, 1'000'000'000, start + milliseconds(900));
  CHECK_FALSE(chunk.is_due(start + milliseconds(999)));
  CHECK(chunk.is_due(start + milliseconds(1000)));
  CHECK(chunk.take(0).size() == 2);
  CHECK(chunk.empty());
  std::size_t count = 0;
  for (; chunk.has_room_for(packet); ++count) chunk.add(packet, 0, start);
  CHECK(count == 65536 / 80);  // 24 and 54, rounded to 8
}

TEST_CASE("snoop chunk: cut, padded, times apart, drops counted for ever") {
  Release release;
  const Bytes bytes = tcp_frame();
  const Packet packet{bytes, 54};
  Chunk chunk(release, 21, milliseconds(1000));
  for (int i = 0; i < 3; ++i) chunk.add(packet, 1'500'000'000, {});
  auto records = chunk.take(1);
  REQUIRE(records.size() == 2);
  CHECK(records[0].bytes.size() == 21);
  CHECK(records[0].original == 54);
  CHECK(records[0].total == 48);
  CHECK(records[0].drops == 0);
  CHECK(records[0].seconds == 1);
  CHECK(records[0].microseconds == 500000);
  CHECK(records[1].microseconds == 500001);
  chunk.add(packet, 2'000'000'000, {});
  chunk.add(packet, 2'000'000'000, {});
  CHECK(chunk.take(1)[0].drops == 1);
  release.pad = 4;
  chunk.add(packet, 3'000'000'000, {});
  CHECK(chunk.take(0)[0].total == 48);
  Chunk whole(release, 0, milliseconds(1000));
  whole.add(packet, 3'000'000'000, {});
  CHECK(whole.take(0)[0].total == 80);
  release.unique_times = false;
  whole.add(packet, 1'000'000'000, {});
  CHECK(whole.take(0)[0].seconds == 1);
}

}  // namespace
}  // namespace anchoko::snoop::emulated
