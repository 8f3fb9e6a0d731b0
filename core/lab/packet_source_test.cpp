#include "core/lab/packet_source.h"

#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

using namespace anchoko;
using std::chrono::milliseconds;

namespace {

// Three frames of 14 bytes: from this host's en0, to its en1, and between others.
std::string be32(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}
std::string frame(char to, char from) {
  return std::string("\2\0\0\0\0", 5) + to + std::string("\2\0\0\0\0", 5) + from + "\x08\x06";
}
std::string record(std::uint32_t seconds, std::uint32_t fraction, std::uint32_t original,
                   const std::string& bytes) {
  return be32(seconds) + be32(fraction) + be32(static_cast<std::uint32_t>(bytes.size())) + be32(original) +
         bytes;
}

struct Host {
  explicit Host(const std::string& pcap) {
    std::string name = (std::filesystem::temp_directory_path() / "anchoko-lab-XXXXXX").string();
    path = mkdtemp(name.data());
    std::ofstream(path / "in.pcap", std::ios::binary) << pcap;
    std::ofstream(path / "host.conf")
        << "os aix\ninterface en0 x 02:00:00:00:00:01\n"
        << "interface en1 y 02:00:00:00:00:02\npackets " << (path / "in.pcap").string() << "\n";
  }
  ~Host() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

// Big endian, microseconds, Ethernet.
std::string header() {
  return be32(0xa1b2c3d4) + std::string("\0\2\0\4", 4) + std::string(8, 0) + be32(65535) + be32(1);
}

}  // namespace

TEST_CASE("lab: packets of a pcap file belong to the interface that has their address") {
  const Host files(header() + record(7, 500000, 60, frame(9, 1)) + record(8, 1, 14, frame(2, 9)) +
                   record(9, 0, 14, frame(9, 8)));
  const auto host = lab::EmulatedHost::open(files.path);
  REQUIRE(host);
  auto source = lab::open_packets(*host, {0, 1});
  REQUIRE(source);
  lab::Frame one;
  using Next = lab::PacketSource::Next;
  REQUIRE((*source)->next(one, milliseconds(0)) == Next::frame);
  CHECK(one.time == 7'500'000'000);
  CHECK(one.original == 60);
  CHECK(one.bytes.size() == 14);
  CHECK(one.sent);
  CHECK(one.interface == 0);
  REQUIRE((*source)->next(one, milliseconds(0)) == Next::frame);
  CHECK(one.time == 8'000'001'000);
  CHECK_FALSE(one.sent);
  CHECK(one.interface == 1);
  REQUIRE((*source)->next(one, milliseconds(0)) == Next::frame);
  CHECK_FALSE(one.sent);
  CHECK(one.interface == 0);
  CHECK((*source)->next(one, milliseconds(0)) == Next::end);

  auto second = lab::open_packets(*host, {1});
  REQUIRE(second);
  REQUIRE((*second)->next(one, milliseconds(0)) == Next::frame);
  CHECK(one.time == 8'000'001'000);
  CHECK((*second)->next(one, milliseconds(0)) == Next::end);
}

TEST_CASE("lab: a file that is no pcap of ethernet, or ends early, is an error") {
  const auto open = [](const std::string& bytes) {
    const Host files(bytes);
    const auto host = lab::EmulatedHost::open(files.path);
    REQUIRE(host);
    auto source = lab::open_packets(*host, {0, 1});
    lab::Frame one;
    return source && (*source)->next(one, milliseconds(0));
  };
  CHECK(open(header() + record(0, 0, 14, frame(1, 2))));
  CHECK_FALSE(open(""));
  CHECK_FALSE(open(std::string(24, 'x')));
  CHECK_FALSE(open(header().substr(0, 20) + be32(113) + record(0, 0, 14, frame(1, 2))));
  CHECK_FALSE(open(header() + record(0, 0, 14, frame(1, 2)).substr(0, 20)));
  CHECK_FALSE(open(header() + be32(0) + be32(0) + be32(0xffffffff) + be32(0)));
}
