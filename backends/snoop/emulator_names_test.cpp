#include "backends/snoop/emulator_names.h"

#include <fstream>
#include <stdexcept>

#include <doctest/doctest.h>

#include "backends/snoop/emulator_test_folder.h"
#include "backends/snoop/emulator_test_packets.h"

// Expectations: reference for snoop, sections 4.1, 4.2 and 4.4.
namespace anchoko::snoop::emulated {
namespace {

TEST_CASE("snoop names: networks are read as inet_network() does") {
  CHECK(parse_network("10") == 10U);
  CHECK(parse_network("10.1") == 0x0a01U);
  CHECK(parse_network("192.0.2.0") == 0xc0000200U);
  CHECK(parse_network("0x0a.010") == 0x0a08U);
  for (const char* text : {"", "10.", "256", "1.2.3.4.5", "ten", "-1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_network(text));
  }
}

TEST_CASE("snoop names: parts of a MAC address have any width") {
  CHECK(parse_ether("8:0:20:f:b1:51") == lab::MacAddress{8, 0, 0x20, 0x0f, 0xb1, 0x51});
  CHECK(parse_ether("0aa:0:0:0:0:1").value()[0] == 0xaa);
  CHECK_FALSE(parse_ether("100:0:0:0:0:1"));
  CHECK_FALSE(parse_ether("1:2:3:4:5"));
}

struct Stage {
  Stage() {
    std::ofstream(folder / "host.conf") << "os solaris\nrelease 5.11\nname sol\n"
                                           "interface net0 none 2:0:0:0:0:1 192.0.2.1 2001:db8::1\n";
    std::ofstream(folder / "hosts") << "192.0.2.7 seven siete # a comment\n2001:db8::7 seven\n";
    auto opened = lab::EmulatedHost::open(folder.path());
    REQUIRE(opened);
    names = Names(*opened);
  }
  TemporaryFolder folder;
  Names names;
};

TEST_CASE("snoop names: the host's own, and its file of hosts") {
  const Stage stage;
  CHECK(stage.names.addresses("sol").size() == 2);
  CHECK(stage.names.addresses("seven").size() == 2);
  CHECK(text_of(stage.names.addresses("siete").at(0)) == "192.0.2.7");
  CHECK(stage.names.addresses("eight").empty());
  CHECK(stage.names.name_of(*parse_ip6("2001:db8::7")) == "seven");
  CHECK(stage.names.ether_of(*parse_ip4("192.0.2.1")) == lab::MacAddress{2, 0, 0, 0, 0, 1});
}

TEST_CASE("snoop names: gateway, which swallows the word behind it") {
  const Stage stage;
  const auto error = [&](const char* text) {
    return compile_error(text, Path::userland_only, solaris11(), Medium::ethernet, stage.names);
  };
  const auto hit = [&](const char* text, const Bytes& frame) {
    return passes(text, frame, Path::userland_only, solaris11(), Medium::ethernet, stage.names);
  };
  CHECK(error("gateway sol and tcp") == "could not resolve and");
  CHECK(error("gateway seven") == "cannot obtain ether addr for seven");
  const Bytes through = ether(0x0800, ip4(6, "198.51.100.1", "203.0.113.2", ports(1, 2)));
  CHECK(hit("gateway sol", through));
  CHECK_FALSE(hit("gateway sol", tcp_frame()));  // its own address
  CHECK_FALSE(hit("gateway sol", ether(0x0800, Bytes(46), 0x020000000009, 0x020000000008)));
  CHECK(hit("ether sol", tcp_frame()));
}

}  // namespace
}  // namespace anchoko::snoop::emulated
