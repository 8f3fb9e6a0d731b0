#include "core/formats/etl/reader.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "core/formats/etl/ndis.h"
#include "core/formats/etl/test_trace.h"
#include "core/formats/pcapng/options.h"

namespace anchoko::formats {
namespace {

using etl::test::buffer;
using etl::test::bytes;
using etl::test::comment_of;
using etl::test::event;
using etl::test::first_buffer;
using etl::test::fragment;
using etl::test::joined;
using etl::test::packet;
using etl::test::received;
using etl::test::says;
using etl::test::sent;
using etl::test::Trace;
using etl::test::whole;
using test::Bytes;
using test::sequence;

Trace read(const Bytes& file, const ReadOptions& options = {}) {
  CHECK(detect_etl(std::span(file).first(std::min<std::size_t>(file.size(), 64))) == Detection::mine);
  auto reader = open_etl(std::make_unique<test::MemoryInput>(file, 37), options);
  REQUIRE(reader);
  auto trace = etl::test::read_trace(**reader);
  CHECK_FALSE(trace.all.failed);
  CHECK(trace.all.report.bytes == file.size());
  CHECK(trace.all.report.lost_bytes <= file.size());
  return trace;
}

std::uint64_t id_of(const test::OwnedRecord& record) {
  pcapng::OptionList list(record.options, ByteOrder::little);
  pcapng::Option option;
  while (list.next(option)) {
    if (option.code == 5) return load<std::uint64_t>(option.value.data(), ByteOrder::little);
  }
  return 0;
}

std::vector<std::int64_t> times_of(const Trace& trace) {
  std::vector<std::int64_t> times;
  for (const auto& record : trace.all.records) times.push_back((record.timestamp_ns - 1'000'000'000) / 100);
  return times;
}

// A frame whose first byte tells it from others.
Bytes frame(std::uint8_t mark) {
  return sequence(60, mark);
}

TEST_CASE("etl: a packet with time, direction, interface and comment") {
  const auto trace = read(joined({first_buffer(), buffer({}, packet(10, frame(1), sent))}));
  REQUIRE(trace.all.records.size() == 1);
  const auto& record = trace.all.records[0];
  CHECK(record.data == frame(1));
  CHECK(record.original_length == 60);
  CHECK(record.timestamp_ns == 1'000'001'000);
  CHECK(record.direction == PacketDirection::outbound);
  CHECK(comment_of(record) == "pid 4, tid 88");
  const auto& interface = trace.all.interfaces.at(0);
  CHECK(interface.name == "ifindex 14");
  CHECK(interface.link_type == LinkType::ethernet);
  CHECK(interface.timestamp_digits == 7);
  CHECK(interface.os == "Windows 10.0 build 17134");
  CHECK(trace.all.report.damage_count == 0);
  CHECK(trace.facts.lost == 0);
  CHECK(trace.facts.why_empty.empty());
}

TEST_CASE("etl: packets of all processors come in order of time, equal ones in that of the file") {
  const auto file = joined(
      {first_buffer(), buffer({.processor = 1}, joined({packet(30, frame(1)), packet(50, frame(2))})),
       buffer({.processor = 0}, joined({packet(10, frame(3)), packet(30, frame(4)), packet(40, frame(5))})),
       buffer({.processor = 1}, joined({packet(50, frame(6)), packet(70, frame(7))}))});
  const auto trace = read(file);
  CHECK(times_of(trace) == std::vector<std::int64_t>{10, 30, 30, 40, 50, 50, 70});
  std::string marks;
  for (const auto& record : trace.all.records)
    marks += static_cast<char>('0' + static_cast<int>(record.data[0]));
  CHECK(marks == "3145267");
}

TEST_CASE("etl: buffers of one processor that wrapped, and times that run backwards within one") {
  const auto file =
      joined({first_buffer({.mode = 2}), buffer({}, joined({packet(90, frame(1)), packet(95, frame(2))})),
              buffer({}, joined({packet(10, frame(3)), packet(80, frame(4))})),
              buffer({}, joined({packet(85, frame(5)), packet(20, frame(6)), packet(88, frame(7))}))});
  const auto trace = read(file);
  CHECK(times_of(trace) == std::vector<std::int64_t>{10, 20, 80, 85, 88, 90, 95});
  CHECK(trace.all.report.damage_count == 1);
  CHECK(trace.all.report.lost_bytes == 0);
}

TEST_CASE("etl: one wrong time costs no more than its record's place") {
  const auto file =
      joined({first_buffer(),
              buffer({}, joined({packet(10, frame(1)), packet(1'000'000, frame(2)), packet(20, frame(3))}))});
  CHECK(times_of(read(file)) == std::vector<std::int64_t>{10, 20, 1'000'000});
}

TEST_CASE("etl: events of every framing are passed over by their size") {
  const auto system = bytes().u16(2).u8(2).u8(0xc0).u16(0x24).u16(0x50).u64(0).u64(0).u64(0).u64(0).bytes();
  const auto classic = bytes().u16(0x30).u8(0x14).u8(0xc0).u32(0).u64(0).u64(0).u64(1).u64(2).u64(0).bytes();
  const auto counter = bytes().u16(2).u8(0x11).u8(0xc0).u16(0x14).u16(7).u64(0).u32(1).u32(0).bytes();
  const auto message = bytes().u16(12).u8(0).u8(0x90).u64(0).u32(0).bytes();
  const auto old = bytes().u16(8).u8(1).u8(0xb0).u32(0).bytes();
  const auto error = bytes().u16(16).u8(0x0d).u8(0xc0).u32(0).u64(0).bytes();
  const auto narrow = event({.keyword = whole, .time = 5, .kind = 0x12}, fragment(14, 14, frame(1)));
  const auto items =
      bytes().u16(16).u16(11).u16(1).u16(4).u64(0).u16(24).u16(6).u16(0).u16(16).u64(0).u64(0).bytes();
  const auto extended = event({.keyword = whole, .time = 6, .extended = items}, fragment(14, 14, frame(2)));
  const auto trace =
      read(joined({first_buffer(),
                   buffer({}, joined({system, classic, counter, message, old, error, narrow, extended}))}));
  REQUIRE(trace.all.records.size() == 2);
  CHECK(trace.all.records[1].data == frame(2));
  CHECK(trace.all.report.damage_count == 0);
  CHECK(trace.all.report.skipped_blocks == 6);
}

TEST_CASE("etl: fragments become one packet, also where two processors interleave") {
  const auto part = [](std::int64_t time, std::uint64_t keyword, std::uint8_t first) {
    return event({.keyword = keyword | received, .time = time}, fragment(14, 14, sequence(4, first)));
  };
  constexpr std::uint64_t start = 0x40000000;
  constexpr std::uint64_t end = 0x80000000;
  const auto trace = read(joined(
      {first_buffer(), buffer({.processor = 0}, joined({part(1, start, 1), part(3, 0, 5), part(5, end, 9)})),
       buffer({.processor = 1}, joined({part(2, start, 21), part(4, end, 25), part(6, 0, 31)}))}));
  REQUIRE(trace.all.records.size() == 3);
  CHECK(trace.all.records[0].data == sequence(8, 21));
  CHECK(trace.all.records[1].data == sequence(12, 1));
  CHECK(trace.all.records[2].data == sequence(4, 31));  // without marks: a packet of a live session
  CHECK(trace.all.report.damage_count == 0);
}

TEST_CASE("etl: fragments without their start or end are damage") {
  const auto part = [](std::int64_t time, std::uint64_t keyword) {
    return event({.keyword = keyword, .time = time}, fragment(14, 14, sequence(4)));
  };
  const auto no_start = read(joined({first_buffer(), buffer({}, part(1, 0x80000000))}));
  CHECK(no_start.all.records.empty());
  CHECK(no_start.all.report.damage_count == 1);
  const auto no_end = read(joined({first_buffer(), buffer({}, part(1, 0x40000000))}));
  CHECK(no_end.all.report.damage_count == 1);
  const auto next =
      read(joined({first_buffer(), buffer({}, joined({part(1, 0x40000000), packet(2, frame(1), 0)}))}));
  CHECK(next.all.records.size() == 1);
  CHECK(next.all.report.damage_count == 1);
}

TEST_CASE("etl: the tail of newer builds is no part of the packet, a fragment beyond its event is damage") {
  auto data = fragment(14, 14, frame(1));
  data.resize(data.size() + 16);
  auto lying = fragment(14, 14, frame(2));
  lying[8] = std::byte{61};
  const auto trace =
      read(joined({first_buffer(), buffer({}, joined({event({.keyword = whole, .time = 1}, data),
                                                      event({.keyword = whole, .time = 2}, lying)}))}));
  REQUIRE(trace.all.records.size() == 1);
  CHECK(trace.all.records[0].data == frame(1));
  CHECK(trace.all.report.damage_count == 1);
  CHECK(trace.all.report.damage.at(0).offset == 4096 + 72 + 168);
  CHECK(trace.all.report.lost_bytes == 152);
}

TEST_CASE("etl: Wi-Fi frames lose their Protected bit, but not with everything; wireless WAN is raw IP") {
  auto wifi = frame(1);
  wifi[1] = std::byte{0x41};
  const auto file = joined(
      {first_buffer(),
       buffer({}, joined({event({.keyword = whole | 0x10000, .time = 1}, fragment(14, 14, wifi)),
                          event({.keyword = whole | 0x200, .time = 2}, fragment(15, 15, frame(2)))}))});
  for (const bool everything : {false, true}) {
    CAPTURE(everything);
    const auto trace = read(file, {.all_components = everything, .drops = everything});
    REQUIRE(trace.all.records.size() == 2);
    CHECK(trace.all.interfaces.at(0).link_type == LinkType::ieee802_11);
    CHECK(says(trace.all.interfaces.at(0).comments, "Protected"));
    wifi[1] = everything ? std::byte{0x41} : std::byte{0x01};
    CHECK(trace.all.records[0].data == wifi);
    CHECK(trace.all.interfaces.at(1).link_type == LinkType::raw);
  }
}

TEST_CASE("etl: what a Wi-Fi adapter tells of a frame stands in the comment of the next one") {
  auto about = bytes().u8(0x80).u8(1).u16(48).u32(0).u32(7).u32(2437).u16(1).u16(0);
  about.u32(static_cast<std::uint32_t>(-61)).u8(0).u8(0).u16(0).u32(0).u64(0).u64(0);
  const auto metadata = event({.id = 1002, .keyword = received, .time = 1}, fragment(14, 14, about.bytes()));
  const auto wifi = event({.keyword = whole | received | 0x10000, .time = 2}, fragment(14, 14, frame(1)));
  const auto trace = read(joined({first_buffer(), buffer({}, joined({metadata, wifi, wifi}))}));
  REQUIRE(trace.all.records.size() == 2);
  CHECK(comment_of(trace.all.records[0]) == "pid 4, tid 88, received 802.11n 2437 MHz -61 dBm");
  CHECK(comment_of(trace.all.records[1]) == "pid 4, tid 88");
}

Bytes port_packet(std::int64_t time, const Bytes& data, std::uint16_t tag) {
  auto out = bytes().u32(20).u32(20).u32(3);
  etl::test::text16(out, "Port");
  etl::test::text16(out, "vm1");
  etl::test::text16(out, "Synthetic");
  out.u32(1).u64(7).u32(static_cast<std::uint32_t>(data.size())).raw(data);
  out.u32(40).u64(0).u64(0).u64(0).u64(0).u64(tag);
  return event({.id = 1003, .keyword = whole | 0x1000001, .time = time}, out.bytes());
}

TEST_CASE("etl: ports of a virtual switch, with the VLAN tag back in the frame") {
  // Priority 5 in the lowest bits, then CFI, then VLAN 66.
  const auto trace = read(joined(
      {first_buffer(), buffer({}, joined({port_packet(1, frame(1), 0x425), port_packet(2, frame(2), 0)}))}));
  REQUIRE(trace.all.records.size() == 2);
  const auto& tagged = trace.all.records[0];
  CHECK(tagged.original_length == 64);
  CHECK(Bytes(tagged.data.begin(), tagged.data.begin() + 12) == sequence(12, 1));
  CHECK(load_be32(tagged.data.data() + 12) == 0x8100a042);
  CHECK(Bytes(tagged.data.begin() + 16, tagged.data.end()) == sequence(48, 13));
  CHECK(trace.all.records[1].data == frame(2));
  CHECK(trace.all.interfaces.at(0).name == "vm1 port 3");
  CHECK(says(trace.all.interfaces.at(0).comments, "VLAN"));
}

TEST_CASE("etl: what stands beside a packet of a switch may not be longer than its event") {
  auto one = port_packet(1, frame(1), 0x425);
  const auto size = load<std::uint16_t>(one.data(), ByteOrder::little);
  one[size - 40u - 4u] = std::byte{41};  // how many stand beside it: 40
  const auto trace = read(joined({first_buffer(), buffer({}, one)}));
  REQUIRE(trace.all.records.size() == 1);
  CHECK(trace.all.records[0].data == frame(1));
  CHECK(trace.all.report.damage_count == 1);
  CHECK(trace.all.report.lost_bytes == 0);
}

TEST_CASE("etl: copies at other layers are left out where they are certain") {
  const auto at = [](std::int64_t time, std::uint32_t layer, std::uint8_t mark) {
    return event({.keyword = whole | sent, .time = time}, fragment(14, layer, frame(mark)));
  };
  const auto file =
      joined({first_buffer(),
              buffer({}, joined({at(1, 22, 1), at(2, 23, 1), at(3, 14, 1), at(4, 22, 2), at(5, 14, 3)}))});
  const auto trace = read(file);
  CHECK(times_of(trace) == std::vector<std::int64_t>{3, 4, 5});  // the one at 4 was seen nowhere else
  CHECK(says(trace.facts.left_out, "2 records"));
  const auto all = read(file, {.all_components = true});
  CHECK(all.all.records.size() == 5);
  CHECK(all.facts.left_out.empty());
  CHECK(id_of(all.all.records[0]) != 0);
  CHECK(id_of(all.all.records[0]) == id_of(all.all.records[2]));
  CHECK(id_of(all.all.records[1]) == id_of(all.all.records[2]));
  CHECK(id_of(all.all.records[3]) != id_of(all.all.records[2]));
  CHECK(all.all.interfaces.at(0).name == "ifindex 14 layer 22");
  CHECK(all.all.interfaces.at(0).layer == 1);
  CHECK(all.all.interfaces.at(2).layer == 0);
}

TEST_CASE("etl: an adapter without records of its own keeps those of its layers") {
  const auto at = [](std::int64_t time, std::uint32_t layer) {
    return event({.keyword = whole | sent, .time = time}, fragment(14, layer, frame(1)));
  };
  const auto trace = read(joined({first_buffer(), buffer({}, joined({at(1, 22), at(2, 23)}))}));
  CHECK(trace.all.records.size() == 2);
}

TEST_CASE("etl: of cut packets lengths by the IP header, marked; of others what is there") {
  auto ip = frame(0);
  store<std::uint16_t>(ip.data() + 12, 0x0800, ByteOrder::big);
  ip[14] = std::byte{0x45};
  store<std::uint16_t>(ip.data() + 16, 1486, ByteOrder::big);
  const auto rule = [](std::uint8_t directive) {
    return event({.id = 1016}, bytes().u8(0x11).u8(directive).u16(4).u32(60).bytes());
  };
  const auto with = [&](const Bytes& first) {
    return read(joined({first_buffer(), buffer({}, joined({first, packet(1, ip)}))}));
  };
  const auto cut = with(rule(3));
  CHECK(cut.all.records.at(0).original_length == 1500);
  CHECK(comment_of(cut.all.records[0]) == "pid 4, tid 88, original length inferred");
  CHECK(cut.all.interfaces.at(0).original_lengths_unknown);
  for (const auto& first : {Bytes(), rule(0)}) {
    const auto whole_one = with(first);
    CHECK(whole_one.all.records.at(0).original_length == 60);
    CHECK(comment_of(whole_one.all.records[0]) == "pid 4, tid 88");
    CHECK_FALSE(whole_one.all.interfaces.at(0).original_lengths_unknown);
    CHECK(whole_one.all.interfaces.at(0).snaplen == 0);
  }
}

TEST_CASE("etl: packets that are marked as cut") {
  constexpr std::uint64_t truncated = 0x2000000;
  const auto trace =
      read(joined({first_buffer(), buffer({}, event({.keyword = whole | received | truncated | 1, .time = 1},
                                                    fragment(14, 14, frame(1))))}));
  CHECK(trace.all.interfaces.at(0).original_lengths_unknown);
  CHECK(comment_of(trace.all.records.at(0)) == "pid 4, tid 88, cut, original length unknown");
}

TEST_CASE("etl: two threads send packets in fragments, with the time and ids of the first ones") {
  const auto part = [](std::int64_t time, std::uint64_t keyword, std::uint32_t thread, std::uint8_t first) {
    return event({.keyword = keyword | sent, .time = time, .thread = thread},
                 fragment(14, 14, sequence(4, first)));
  };
  constexpr std::uint64_t start = 0x40000000;
  constexpr std::uint64_t end = 0x80000000;
  const auto trace =
      read(joined({first_buffer(),
                   buffer({}, joined({part(1, start, 5, 1), part(2, start, 6, 21), part(3, end, 6, 25),
                                      part(4, end, 5, 5), part(10, start, 7, 1), part(20, end, 7, 5)}))}));
  REQUIRE(trace.all.records.size() == 3);
  CHECK(trace.all.records[0].data == sequence(8, 21));
  CHECK(trace.all.records[1].data == sequence(8, 1));
  CHECK(times_of(trace) == std::vector<std::int64_t>{2, 4, 10});
  CHECK(comment_of(trace.all.records[1]) == "pid 4, tid 5, time of the last fragment");
  CHECK(comment_of(trace.all.records[2]) == "pid 4, tid 7");
}

TEST_CASE("etl: packets that wait for their last fragments have bounded memory, the oldest is lost") {
  etl::NdisFacts facts;
  etl::NdisDecoder decoder(facts, {});
  etl::Frame out;
  etl::RecordComment comment;
  std::uint64_t lost = 0;
  for (std::uint32_t adapter = 0; adapter < 300; ++adapter) {
    const auto one = event({.keyword = 0x40000000}, fragment(adapter, adapter, Bytes(60'000)));
    const etl::Event is{one.data(), load<std::uint16_t>(one.data(), ByteOrder::little), 80};
    CHECK(decoder.take(is, etl::PacketKind::fragment, 0, 0, out, comment) ==
          etl::NdisDecoder::Outcome::nothing_yet);
    if (!decoder.problem().empty()) lost += decoder.lost();
  }
  CHECK(decoder.unfinished_bytes() <= 16 * 1024 * 1024);
  CHECK(decoder.unfinished_bytes() + lost == 300 * 60'000);
}

TEST_CASE("etl: the same bytes at another time are no copy") {
  const auto at = [](std::int64_t time, std::uint32_t layer) {
    return event({.keyword = whole | sent, .time = time}, fragment(14, layer, frame(1)));
  };
  constexpr std::int64_t second = 10'000'000;
  const auto trace = read(
      joined({first_buffer(), buffer({}, joined({at(1, 22), at(2, 22), at(3, 14), at(5 * second, 22)}))}));
  // One of the first two has no counterpart.
  CHECK(times_of(trace) == std::vector<std::int64_t>{2, 3, 5 * second});
}

TEST_CASE("etl: packets of remote access") {
  auto data = bytes();
  etl::test::text16(data, "");
  etl::test::text16(data, "user");
  data.u32(60).raw(frame(1));
  const auto trace = read(
      joined({first_buffer(),
              buffer({}, event({.provider = etl::provider::ras, .id = 5002, .time = 1}, data.bytes()))}));
  REQUIRE(trace.all.records.size() == 1);
  CHECK(trace.all.records[0].data == frame(1));
  CHECK(trace.all.records[0].direction == PacketDirection::inbound);
  CHECK(trace.all.interfaces.at(0).name == "NdisWan");
}

TEST_CASE("etl: a compressed buffer") {
  // All literals: 32 behind each word of zero flags.
  const auto content = joined({packet(1, frame(1)), packet(2, frame(2))});
  Bytes packed;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (i % 32 == 0) packed.resize(packed.size() + 4);
    packed.push_back(content[i]);
  }
  const auto used = static_cast<std::uint32_t>(72 + content.size());
  const auto sound = buffer({.flags = 0x60, .size = 0, .used = used}, packed);
  const auto start = first_buffer({.mode = 0x04000000, .size = 1024});
  CHECK(read(joined({start, sound})).all.records.size() == 2);
  // The next buffer is found behind one that cannot be decompressed.
  auto bad = sound;
  bad[72 + 3] = std::byte{0xff};
  const auto trace = read(joined({start, bad, sound}));
  CHECK(trace.all.records.size() == 2);
  CHECK(trace.all.report.damage_count == 1);
  CHECK(trace.all.report.lost_bytes == bad.size());
  // And behind one whose size makes no sense.
  auto lying = sound;
  lying[2] = std::byte{0xff};
  const auto behind = read(joined({start, lying, sound, sound}));
  CHECK(behind.all.records.size() == 4);
  CHECK(behind.all.report.lost_bytes == lying.size());
  // Cut: what stands before the cut is there.
  auto cut = joined({start, sound});
  cut.resize(cut.size() - 100);
  const auto first = read(cut);
  CHECK(first.all.records.size() == 1);
  CHECK(first.all.report.damage_count == 1);
}

TEST_CASE("etl: damaged buffers cost themselves only") {
  const auto good = [](std::int64_t time) { return buffer({}, packet(time, frame(1))); };
  struct Case {
    const char* what;
    Bytes bad;
    std::uint64_t lost;
  };
  const std::vector<Case> cases{
      {"no size", buffer({.size = 0}, {}), 0},
      {"less used than the header", buffer({.used = 71}, {}), 4096},
      {"more used than there is", buffer({.used = 4097}, {}), 4096},
      {"four gigabytes", buffer({}, {}), 0},
      {"an event without size", buffer({}, bytes().u32(0xc0130000).u32(0).u64(0).bytes()), 16},
      {"an event beyond the buffer", buffer({}, bytes().u32(0xc013ffff).u32(0).u64(0).bytes()), 16},
      {"no event", buffer({}, bytes().u32(0x12345678).u32(0).bytes()), 8},
  };
  for (auto one : cases) {
    CAPTURE(one.what);
    if (std::string_view(one.what) == "no size") store<std::uint32_t>(one.bad.data(), 0, ByteOrder::little);
    if (std::string_view(one.what) == "four gigabytes")
      store<std::uint32_t>(one.bad.data(), 0xfffffff0, ByteOrder::little);
    one.bad.resize(4096, std::byte{0xff});
    const auto trace = read(joined({first_buffer(), good(1), one.bad, good(2)}));
    CHECK(trace.all.records.size() == 2);
    CHECK(trace.all.report.damage_count == 1);
    CHECK(trace.all.damage_answers == 1);
    CHECK(trace.all.report.lost_bytes == one.lost);
    REQUIRE(trace.all.report.damage.size() == 1);
    CHECK(trace.all.report.damage[0].offset >= 8192);
  }
}

TEST_CASE("etl: buffers are believed by their size, whatever else their headers hold") {
  auto file = joined({first_buffer({.buffers_written = 3}), buffer({}, packet(1, frame(1))),
                      buffer({}, packet(2, frame(2)))});
  for (std::size_t at = 0; at < file.size(); at += 4096)
    store<std::uint32_t>(file.data() + at + 12, 1, ByteOrder::little);
  CHECK(read(file).all.records.size() == 2);
  CHECK(read(file).all.report.damage_count == 0);
  file = joined({first_buffer({.buffers_written = 3}), buffer({.flags = 0x8020}, packet(1, frame(1))),
                 buffer({.flags = 0x8020}, packet(2, frame(2)))});
  file[0x35] = std::byte{0x80};
  CHECK(read(file).all.records.size() == 2);
  CHECK(read(file).all.report.damage_count == 0);
}

TEST_CASE("etl: a clock that was set back, and one file of several, are no damage") {
  const auto times = joined({packet(etl::unix_epoch + 10, frame(1)), packet(etl::unix_epoch + 30, frame(2)),
                             packet(etl::unix_epoch + 20, frame(3))});
  const auto back = read(joined({first_buffer({.clock = 2}), buffer({}, times)}));
  CHECK(back.all.records.size() == 3);
  CHECK(back.all.report.damage_count == 0);
  const auto one =
      joined({first_buffer({.mode = 8, .buffers_written = 500}), buffer({}, packet(1, frame(1)))});
  CHECK(read(one).all.report.damage_count == 0);
}

TEST_CASE("etl: a second header brings a clock of its own") {
  constexpr std::int64_t later = etl::unix_epoch + 30'000'000;  // two seconds behind the first
  const auto two = [&](const etl::test::HeaderKind& second) {
    return read(joined({first_buffer({.first_time = 1000}), buffer({}, packet(1010, frame(1))),
                        first_buffer(second), buffer({}, packet(505, frame(2)))}));
  };
  const auto trace = two({.start_time = later, .first_time = 500});
  CHECK(times_of(trace) == std::vector<std::int64_t>{10, 20'000'005});
  CHECK(trace.all.report.damage_count == 0);
  // Earlier than the first one.
  CHECK(times_of(two({.start_time = etl::unix_epoch + 9'999'000, .first_time = 500})) ==
        std::vector<std::int64_t>{-995, 10});
  const auto other = two({.frequency = 3'000'000, .start_time = later, .first_time = 500});
  CHECK(other.all.records.size() == 2);
  CHECK(other.all.report.damage_count == 1);
}

TEST_CASE("etl: a cut file tells, also where it is cut between buffers") {
  const auto file = joined({first_buffer({.buffers_written = 3}), buffer({}, packet(1, frame(1))),
                            buffer({}, joined({packet(2, frame(2)), packet(3, frame(3))}))});
  CHECK(read(file).all.report.damage_count == 0);
  for (std::size_t size = 4096; size < file.size(); size += 8) {
    CAPTURE(size);
    const auto trace = read(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
    CHECK(trace.all.report.damage_count == 1);
    std::size_t whole_ones = 0;
    for (const std::size_t end : {4096ul + 72 + 152, 8192ul + 72 + 152, 8192ul + 72 + 304}) {
      if (size >= end) ++whole_ones;
    }
    CHECK(trace.all.records.size() == whole_ones);
  }
  const auto unfinished =
      joined({first_buffer({.end_time = 0}), buffer({}, packet(1, frame(1))), Bytes(4096)});
  CHECK(read(unfinished).all.report.damage_count == 0);
}

TEST_CASE("etl: times that make no sense leave the packet") {
  const auto trace = read(joined({first_buffer({.frequency = 0}), buffer({}, packet(1, frame(1)))}));
  REQUIRE(trace.all.records.size() == 1);
  CHECK_FALSE(trace.all.records[0].has_timestamp);
}

TEST_CASE("etl: rules, names and losses are told") {
  const auto rule = event({.id = 1016}, bytes().u8(0x0c).u8(3).u16(4).u8(192).u8(0).u8(2).u8(1).bytes());
  const auto not_rule = event({.id = 1016}, bytes().u8(6).u8(0x83).u16(2).u16(0x86dd).bytes());
  const auto cut_rule = event({.id = 1016}, bytes().u8(0x11).u8(3).u16(4).u32(96).bytes());
  auto name = bytes().u8(1);
  etl::test::text16(name, "Ethernet 2");
  name.u32(14).u16(0);
  const auto source = event({.id = 5101}, name.bytes());
  const auto trace =
      read(joined({first_buffer({.events_lost = 2, .buffers_lost = 1}),
                   buffer({}, joined({rule, not_rule, cut_rule, source, packet(1, frame(1))}))}));
  CHECK(trace.all.interfaces.at(0).name == "Ethernet 2");
  CHECK(trace.all.interfaces.at(0).snaplen == 96);
  CHECK(trace.facts.lost == 3);
  const auto rules = std::find_if(trace.facts.list.begin(), trace.facts.list.end(),
                                  [](const auto& fact) { return fact.name == "capture rules"; });
  REQUIRE(rules != trace.facts.list.end());
  CHECK(rules->lines ==
        std::vector<std::string>{"IPv4 address == 192.0.2.1", "ethertype not == dd 86", "truncate == 96"});
}

TEST_CASE("etl: what makes a trace uncertain is told") {
  const auto content = buffer({}, packet(1, frame(1)));
  const auto facts = [&](const etl::test::HeaderKind& is, const Bytes& end = {}) {
    return read(joined({first_buffer(is), content, end})).facts;
  };
  CHECK(facts({}).uncertain.empty());
  CHECK(says(facts({.end_time = 0}).uncertain, "not stopped"));
  CHECK(says(facts({.end_time = 0}, Bytes(4096)).uncertain, "ends in zeros"));
  CHECK(says(facts({.mode = 2, .buffers_written = 500}).uncertain, "498 buffers were overwritten"));
  CHECK(says(facts({.mode = 2, .buffers_written = 3}).uncertain, "1 buffer was overwritten"));
  CHECK(says(facts({.frequency = 0}).uncertain, "1 packet without a time: the file's header tells no rate"));
  CHECK(facts({.events_lost = 5, .buffers_lost = 1}).lost_words ==
        std::vector<std::string>{"5 events and 1 buffer of events"});
  CHECK(facts({.buffers_lost = 2}).lost_words == std::vector<std::string>{"2 buffers of events"});
  CHECK(facts({}).lost_words.empty());
}

TEST_CASE("etl: the losses of all sessions in a file are added up, and where it was logged to is told") {
  const auto content = buffer({}, packet(1, frame(1)));
  const auto first = first_buffer({.events_lost = 5});
  const auto facts = [&](const Bytes& second) {
    return read(joined({first, content, second, content})).facts;
  };
  const auto two =
      facts(first_buffer({.events_lost = 2, .buffers_lost = 1, .start_time = etl::unix_epoch + 20'000'000}));
  CHECK(two.lost == 8);
  CHECK(two.lost_words == std::vector<std::string>{"7 events and 1 buffer of events"});
  CHECK(facts(first).lost == 5);  // the same session
  // The second one had not ended.
  const auto open_end = facts(first_buffer({.end_time = 0, .start_time = etl::unix_epoch + 20'000'000}));
  REQUIRE(open_end.uncertain.size() == 1);
  CHECK(open_end.uncertain[0].find("not stopped") != std::string::npos);
  const auto logged = std::find_if(two.list.begin(), two.list.end(),
                                   [](const auto& fact) { return fact.name == "logged to"; });
  REQUIRE(logged != two.list.end());
  CHECK(logged->lines == std::vector<std::string>{"C:\\t.etl"});
}

TEST_CASE("etl: a damaged trace without packets blames the damage first") {
  auto damaged = buffer({}, packet(1, frame(1)));
  damaged[72 + 3] = std::byte{0x55};
  const auto why = read(joined({first_buffer(), damaged})).facts.why_empty;
  REQUIRE_FALSE(why.empty());
  CHECK(why[0].starts_with("the file is damaged or cut in 1 place"));
}

TEST_CASE("etl: a trace without packets says why") {
  CHECK(says(read(first_buffer()).facts.why_empty, "no events at all"));
  const auto other = event({.provider = {1, 2}, .id = 7}, {});
  const auto trace = read(joined({first_buffer(), buffer({}, other)}));
  CHECK(says(trace.facts.why_empty, "capture=yes"));
  CHECK(says(trace.facts.why_empty, "netsh trace start capture=yes"));
  const auto monitor = event({.provider = etl::provider::pktmon, .id = 80}, Bytes(38));
  const auto why = [&](std::uint32_t build, const Bytes& what) {
    return read(joined({first_buffer({.build = build}), buffer({}, what)})).facts.why_empty;
  };
  CHECK(says(why(19041, monitor), "pktmon start --capture"));
  CHECK(says(why(17763, monitor), "pktmon start --etw -p 0"));
  CHECK(says(why(9200, other), "report=disabled"));
  CHECK_FALSE(says(why(7601, other), "report=disabled"));
  CHECK(why(7601, other).back() == "and this ends the capture: netsh trace stop");
  const auto headers = event({.provider = etl::provider::pktmon, .id = 120}, Bytes(70));
  CHECK(says(why(19042, headers), "headers of packets only, without payload"));
}

TEST_CASE("etl: other files are not taken for traces") {
  auto file = first_buffer();
  CHECK(detect_etl(std::span(file).first(63)) == Detection::not_mine);
  file[0x36] = std::byte{0};
  CHECK(detect_etl(std::span(file).first(64)) == Detection::not_mine);
  CHECK(detect_etl(Bytes(64)) == Detection::not_mine);
}

}  // namespace
}  // namespace anchoko::formats
