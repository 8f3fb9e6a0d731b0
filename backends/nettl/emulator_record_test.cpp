#include "backends/nettl/emulator_record.h"

#include <doctest/doctest.h>

#include "backends/nettl/emulator_testing.h"
#include "core/base/byte_cursor.h"

namespace anchoko::nettl::emulated {
namespace {

using namespace testing;

constexpr std::uint32_t pdus = kind_pdu_in | kind_pdu_out;

struct Noted {
  explicit Noted(const std::vector<Traced>& traced, const std::string& more = "",
                 const std::string& release = "B.11.31")
      : host(more, release), tracing(tracing_of(host.open(), host.edition())) {
    tracing.traced = traced;
  }
  std::vector<Record> of(const Octets& octets, bool sent = false, std::size_t interface = 0,
                         std::uint32_t original = 0) const {
    lab::Frame frame;
    frame.time = 1'700'000'000'123'456'000;
    frame.original = original ? original : static_cast<std::uint32_t>(octets.size());
    frame.bytes = bytes_of(octets);
    frame.sent = sent;
    frame.interface = interface;
    return records_of(frame, tracing);
  }
  TestHost host;
  Tracing tracing;
};

std::vector<Traced> one(const std::string& name, std::uint32_t kinds = pdus, std::uint32_t keep = 0,
                        std::vector<std::string> cards = {}) {
  return {{name, kinds, keep, std::move(cards)}};
}
std::string text(const Record& record) {
  return std::string(reinterpret_cast<const char*>(record.data.data()), record.data.size());
}
std::string text(const Octets& octets) {
  return std::string(octets.begin(), octets.end());
}

const Octets segment = tcp(40000, 80);
const Octets packet = ipv4(6, segment);
const Octets web = ethernet(0x0800, packet);

TEST_CASE("nettl records: drivers note whole frames by direction (hpux-nettl.md 1 and 8)") {
  const Noted driver(one("IETHER"));
  const auto records = driver.of(web);
  REQUIRE(records.size() == 1);
  CHECK(records[0].subsystem == 253);
  CHECK(records[0].device == 0);
  CHECK(records[0].kind == 0x20000000);
  CHECK(records[0].original == web.size());
  CHECK(text(records[0]) == text(web));
  CHECK(driver.of(web, true)[0].kind == 0x10000000);
  CHECK(driver.of(web, false, 1)[0].device == 1);
  CHECK(Noted(one("IETHER"), "fact nettl-device-id none\n").of(web)[0].device == -1);
  CHECK(Noted(one("IETHER", kind_pdu_out)).of(web).empty());
  CHECK(Noted(one("GELAN")).of(web).empty());  // serves no interface
  CHECK(Noted(one("GELAN"), "nettl-drivers lan1=GELAN\n").of(web, false, 1)[0].subsystem == 185);
  CHECK(Noted(one("LINKALL")).of(web)[0].subsystem == 253);
}

TEST_CASE("nettl records: -card, -m and headers (hpux-nettl.md 1)") {
  CHECK(Noted(one("IETHER", pdus, 0, {"lan1"})).of(web).empty());
  CHECK(Noted(one("IETHER", pdus, 0, {"lan0"})).of(web).size() == 1);
  CHECK(Noted(one("IETHER", pdus, 0, {"lan1"}), "fact nettl-card-lan ignored\n").of(web).size() == 1);

  const auto cut = Noted(one("IETHER", pdus, 30)).of(web);
  CHECK(cut[0].data.size() == 30);
  CHECK(cut[0].original == web.size());

  const auto both = Noted(one("IETHER", every_kind)).of(web);
  REQUIRE(both.size() == 2);
  CHECK(both[0].kind == 0x80000000);
  CHECK(both[0].data.size() == 14);
  CHECK(both[1].kind == 0x20000000);
  CHECK(Noted(one("IETHER", every_kind), "fact nettl-header-records none\n").of(web).size() == 1);
  CHECK(Noted(one("NS_LS_IP", every_kind)).of(web).size() == 1);  // pduin and pduout only
  const auto states = state_records(Noted(one("IETHER", every_kind)).tracing, 0);
  REQUIRE(states.size() == 1);
  CHECK(states[0].kind == 0x04000000);
}

TEST_CASE("nettl records: the pads of section 8") {
  const auto data = [](const std::string& name, const Octets& frame) {
    const auto records = Noted(one(name)).of(frame);
    REQUIRE(records.size() == 1);
    CHECK(records[0].original == records[0].data.size());
    CHECK(records[0].device == -1);
    return text(records[0]);
  };
  Octets padded = web;
  padded.resize(90);  // what the driver adds is no IP
  CHECK(data("NS_LS_IP", padded) == text(packet));
  CHECK(data("NS_LS_TCP", web) == text(packet));
  const Octets datagram = ipv4(17, udp(53, 53));
  CHECK(data("NS_LS_UDP", ethernet(0x0800, datagram)) == text(datagram));
  const Octets echo = {8, 0, 1, 2, 3, 4, 5, 6};
  CHECK(data("NS_LS_ICMP", ethernet(0x0800, ipv4(1, echo))) == text(echo));
  CHECK(data("NS_LS_ICMPV6", ethernet(0x86dd, ipv6(58, echo))) == text(echo));
  CHECK(data("NS_LS_IPV6", ethernet(0x86dd, ipv6(58, echo))) == text(ipv6(58, echo)));
  CHECK(data("NS_LS_SCTP", ethernet(0x0800, ipv4(132, echo))) == text(be32(3) + be32(1) + echo));
  const Octets typed = {'l', 's'};
  CHECK(data("NS_LS_TELNET", ethernet(0x0800, ipv4(6, tcp(1024, 23) + typed))) == "ls");
  CHECK(data("NS_LS_IP", ethernet(0x8100, be16(5) + be16(0x0800) + packet)) == text(packet));

  CHECK(Noted(one("NS_LS_IP")).of(ethernet(0x86dd, ipv6(6, segment))).empty());
  CHECK(Noted(one("NS_LS_UDP")).of(web).empty());
  CHECK(Noted(one("NS_LS_LOOPBACK")).of(web).empty());
  const std::string lo = "interface lo0 lo 00:00:00:00:00:00 127.0.0.1\n";
  const auto loopback = Noted(one("NS_LS_LOOPBACK"), lo).of(web, true, 2);
  REQUIRE(loopback.size() == 1);
  CHECK(text(loopback[0]) == text(Octets(26) + packet));
  CHECK(Noted(one("LINKALL"), lo).of(web, true, 2).empty());  // loopback is not on the drivers (7)
  CHECK(Noted(one("NS_LS_IP"), lo).of(web, true, 2).size() == 1);
  CHECK(Noted(one("NS_LS_LOOPBACK", kind_loopback), lo).of(web, true, 2)[0].kind == kind_loopback);

  const auto cut = Noted(one("NS_LS_SCTP", pdus, 4)).of(ethernet(0x0800, ipv4(132, echo)));
  CHECK(cut[0].data.size() == 12);  // -m counts what is behind the pad
  CHECK(cut[0].original == 16);
  const auto counted = Noted(one("NS_LS_SCTP", pdus, 10), "fact nettl-m-covers record\n");
  CHECK(counted.of(ethernet(0x0800, ipv4(132, echo)))[0].data.size() == 10);
}

TEST_CASE("nettl records: each layer notes a packet (hpux-nettl.md 0)") {
  auto all = one("NS_LS_TCP");
  all.push_back(one("IETHER")[0]);
  all.push_back(one("NS_LS_IP")[0]);
  CHECK(Noted(all).of(web).size() == 3);
  CHECK(Noted(all).of(web)[0].subsystem == 253);            // up
  CHECK(Noted(all).of(web, true).back().subsystem == 253);  // down
  const auto late = Noted(all, "fact nettl-layer-delay 7\n").of(web);
  CHECK(late[1].time - late[0].time == 7000);
}

TEST_CASE("nettl records: the generic driver's sub-header (hpux-nettl.md 8)") {
  const auto of_11 = Noted(one("NS_LS_DRIVER"), "", "B.11.00").of(web, false, 0);
  REQUIRE(of_11.size() == 1);
  REQUIRE(of_11[0].data.size() == 24 + web.size());
  CHECK(of_11[0].kind == 0x20000000);
  const auto* at = of_11[0].data.data();
  CHECK(load_be32(at) == 0x00000102);
  CHECK(load_be16(at + 4) == web.size());
  CHECK(load_be16(at + 6) == web.size());
  CHECK(load_be32(at + 8) == 0xffffffff);
  CHECK(load_be32(at + 12) == 1700000000);
  CHECK(load_be32(at + 16) == 123447);  // 9 us earlier
  CHECK(load_be32(at + 20) == 0x000b0014);
  CHECK(of_11[0].original == 24 + web.size());

  const auto of_10 = Noted(one("NS_LS_DRIVER"), "", "B.10.20").of(web);
  CHECK(of_10[0].data.size() == 22 + web.size());
  CHECK(of_10[0].kind == 0);  // as in the dump of 10.20
  CHECK(load_be32(of_10[0].data.data()) == 0x00020100);
  CHECK(Noted(one("NS_LS_DRIVER"), "fact nettl-driver-kind set\n", "B.10.20").of(web)[0].kind == 0x20000000);

  const auto cut = Noted(one("NS_LS_DRIVER", pdus, 20), "", "B.11.00").of(web);
  CHECK(cut[0].data.size() == 44);
  CHECK(cut[0].original == 24 + web.size());
  CHECK(load_be16(cut[0].data.data() + 4) == 20);
  CHECK(load_be16(cut[0].data.data() + 6) == web.size());
}

TEST_CASE("nettl records: rings of other kinds (hpux-nettl.md 8)") {
  const auto drive = [](const std::string& name, bool sent) {
    return Noted(one(name), "nettl-drivers lan0=" + name + "\n").of(web, sent)[0];
  };
  const Octets behind = them + Octets{0xaa, 0xaa, 3, 0, 0, 0, 8, 0} + packet;
  const Octets fddi = Octets{0x50} + us + behind;
  CHECK(text(drive("PCI_FDDI", false)) == text(Octets(3) + fddi));
  CHECK(drive("PCI_FDDI", false).original == fddi.size() + 3);
  CHECK(text(drive("PCITR", false)) == text(Octets{0x10, 0x40} + us + behind));
  CHECK(text(drive("FDDI", true)) == text(Octets(8) + Octets{3, 0, 0, 0} + fddi));
  const Octets start(fddi.begin(), fddi.begin() + 15), rest(fddi.begin() + 15, fddi.end());
  CHECK(text(drive("FDDI", false)) == text(start + Octets(3) + rest));
}

TEST_CASE("nettl records: filters that are on decide (hpux-nettl.md 4)") {
  auto all = one("IETHER");
  all.push_back(one("NS_LS_IP")[0]);
  Noted noted(all);
  const auto host = noted.host.open();
  const auto filter = [&](const std::string& line) {
    return parse_filter_line(
               {noted.tracing.subsystems, noted.tracing.edition, noted.tracing.filter_reading, host}, line)
        .value();
  };
  noted.tracing.filters = {filter("subsystem IETHER th_dport == 443")};
  REQUIRE(noted.of(web).size() == 1);
  CHECK(noted.of(web)[0].subsystem == 9);  // has no filter of its own
  noted.tracing.filters = {filter("subsystem NS_LS_IP th_dport == 443")};
  REQUIRE(noted.of(web).size() == 1);
  CHECK(noted.of(web)[0].subsystem == 253);
  noted.tracing.filters = {filter("subsystem LINKALL th_dport == 443")};
  CHECK(noted.of(web).size() == 1);
  noted.tracing.filters.push_back(filter("subsystem IETHER th_dport == 80"));
  CHECK(noted.of(web).size() == 2);  // the driver's own filter wins
  noted.tracing.filters = {filter("subsystem LINKALL th_dport == 80"),
                           filter("subsystem IETHER th_dport == 443")};
  CHECK(noted.of(web).size() == 1);
  noted.tracing.own_filter_wins = false;
  CHECK(noted.of(web).size() == 2);
}

TEST_CASE("nettl records: who is meant") {
  const Octets other = ethernet(0x0800, packet, them, {2, 0, 0, 0, 0, 7});
  const std::string shy = "fact nettl-promiscuous no\n";
  CHECK(Noted(one("IETHER")).of(other).size() == 1);
  CHECK(Noted(one("IETHER"), shy).of(other).empty());
  CHECK(Noted(one("IETHER"), shy).of(web).size() == 1);
  CHECK(Noted(one("IETHER"), shy).of(ethernet(0x0806, Octets(28), them, Octets(6, 0xff))).size() == 1);
}

TEST_CASE("nettl records: the clock (hpux-nettl.md 8)") {
  const std::string offset = "utc-offset -3600\n";
  const auto utc = Noted(one("IETHER"), offset).of(web)[0].time;
  CHECK(utc - Noted(one("IETHER"), offset + "fact nettl-seconds local\n").of(web)[0].time ==
        3'600'000'000'000);
}

TEST_CASE("nettl records: headers byte by byte (hpux-nettl.md 8)") {
  const auto record = Noted(one("IETHER")).of(web, false, 1)[0];
  const TestHost host;
  const auto bytes = encode(record, host.edition());
  REQUIRE(bytes.size() == 68 + web.size());
  CHECK(load_be16(bytes.data()) == 68);
  CHECK(load_be16(bytes.data() + 2) == 253);
  CHECK(load_be32(bytes.data() + 4) == 1);
  CHECK(load_be32(bytes.data() + 12) == 0x20000000);
  CHECK(load_be32(bytes.data() + 20) == 0x0406);
  CHECK(load_be32(bytes.data() + 32) == web.size());
  CHECK(load_be32(bytes.data() + 36) == web.size());
  CHECK(load_be32(bytes.data() + 40) == 1700000000);
  CHECK(load_be32(bytes.data() + 44) == 123456);
  CHECK(load_be32(bytes.data() + 48) == 0xffffffff);
  CHECK(load_be32(bytes.data() + 60) == 0xffffffff);
  const TestHost old("", "B.10.20");
  CHECK(encode(record, old.edition()).size() == 64 + web.size());

  const auto header = encode(FileHeader{"/tmp/x.TRC000", "CET-1", "hpux1", "B.11.31", "9000/800"});
  const std::string all(reinterpret_cast<const char*>(header.data()), header.size());
  REQUIRE(header.size() == 128);
  CHECK(load_be32(header.data()) == 0x54520064);
  CHECK(load_be32(header.data() + 8) == 0x80);
  CHECK(all.substr(12, 14) == std::string("/tmp/x.TRC000\0", 14));
  CHECK(all.substr(68, 6) == std::string("CET-1\0", 6));
  CHECK(all.substr(88, 6) == std::string("hpux1\0", 6));
  CHECK(all.substr(97, 8) == std::string("B.11.31\0", 8));
  CHECK(all.substr(115, 9) == std::string("9000/800\0", 9));
}

}  // namespace
}  // namespace anchoko::nettl::emulated
