// Hosts and frames for the tests of the emulated nettl.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "backends/nettl/emulator_commands.h"
#include "backends/nettl/emulator_reader.h"

namespace anchoko::nettl::emulated::testing {

using Octets = std::vector<std::uint8_t>;

inline Octets operator+(Octets one, const Octets& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}
inline Octets be16(unsigned value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}
inline Octets be32(std::uint32_t value) {
  return be16(value >> 16) + be16(value & 0xffff);
}
inline Bytes bytes_of(const Octets& octets) {
  return std::as_bytes(std::span(octets));
}

inline const Octets us = {2, 0, 0, 0, 0, 1}, them = {2, 0, 0, 0, 0, 9};
inline constexpr std::uint32_t our_ip = 0xc0000201, their_ip = 0xc0000209;  // 192.0.2.1, 192.0.2.9

inline Octets ethernet(unsigned type, const Octets& payload, const Octets& from = them,
                       const Octets& to = us) {
  return to + from + be16(type) + payload;
}
inline Octets ipv4(unsigned protocol, const Octets& payload, std::uint32_t from = their_ip,
                   std::uint32_t to = our_ip, unsigned fragment = 0) {
  return Octets{0x45, 0} + be16(static_cast<unsigned>(20 + payload.size())) + be16(1) + be16(fragment) +
         Octets{64, static_cast<std::uint8_t>(protocol), 0, 0} + be32(from) + be32(to) + payload;
}
inline Octets ipv6(unsigned next, const Octets& payload) {
  return be32(0x60000000) + be16(static_cast<unsigned>(payload.size())) +
         Octets{static_cast<std::uint8_t>(next), 64} + Octets(32) + payload;
}
inline Octets tcp(unsigned from, unsigned to, unsigned flags = 0x10) {
  return be16(from) + be16(to) + be32(1) + be32(2) + Octets{0x50, static_cast<std::uint8_t>(flags)} +
         Octets(6);
}
inline Octets udp(unsigned from, unsigned to) {
  return be16(from) + be16(to) + be16(12) + be16(0) + Octets{'t', 'e', 's', 't'};
}

// Classic pcap of Ethernet, packets a second apart.
inline void write_pcap(const std::string& path, const std::vector<Octets>& frames) {
  Octets file = be32(0xa1b2c3d4) + be16(2) + be16(4) + Octets(8) + be32(65535) + be32(1);
  std::uint32_t second = 1700000000;
  for (const auto& frame : frames) {
    const auto size = static_cast<std::uint32_t>(frame.size());
    file = file + be32(second++) + be32(123456) + be32(size) + be32(size) + frame;
  }
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
}

inline std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "anchoko-nettl-XXXXXX").string();
    if (mkdtemp(name.data())) path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// A host in a folder of its own whose trace daemon is a thread.
class TestHost {
 public:
  explicit TestHost(const std::string& more = "", const std::string& release = "B.11.31") {
    write_pcap(folder / "in.pcap", {});
    std::ofstream(folder / "host.conf")
        << "os hpux\nrelease " << release
        << "\nname hpux1\ninterface lan0 none0 02:00:00:00:00:01 192.0.2.1\n"
        << "interface lan1 none1 02:00:00:00:01:01 198.51.100.1\npackets " << folder / "in.pcap"
        << "\n"
        << more;
  }
  ~TestHost() {
    nettl({"-stop"});
    wait();
  }

  lab::EmulatedHost open() const { return lab::EmulatedHost::open(folder.path()).value(); }
  Edition edition() const { return edition_of(open()).value(); }
  void wait() {
    for (auto& one : readers_) one.join();
    readers_.clear();
  }

  int nettl(std::vector<std::string> words, bool terminal = false) {
    auto host = open();
    World world{host, [this](const Facility& facility) { return start(facility); }, terminal, {}, {}};
    words.insert(words.begin(), "nettl");
    const int status = run_nettl(world, words);
    out = world.out;
    err = world.err;
    return status;
  }

  Folder folder;
  std::string out, err;

 private:
  Result<int> start(const Facility& facility) {
    readers_.emplace_back([this, trace = facility.trace] {
      const auto host = open();
      run_reader(host, trace);
    });
    return 1;
  }

  std::vector<std::thread> readers_;
};

}  // namespace anchoko::nettl::emulated::testing
