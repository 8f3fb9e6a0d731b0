// For tests of the emulator: a host in a folder of its own, frames, and files of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/base/byte_cursor.h"
#include "core/lab/emulated_host.h"
#include "core/lab/packet_source.h"

namespace anchoko::iptrace::emulated {

using Octets = std::vector<std::byte>;

class TestHost {
 public:
  // `lines`: of host.conf, beside those of two interfaces.
  explicit TestHost(const std::string& lines = "") {
    char name[] = "/tmp/anchoko-aix-XXXXXX";
    if (!mkdtemp(name)) throw std::runtime_error("no temporary folder");
    folder_ = name;
    std::ofstream(folder_ / "host.conf")
        << "os aix\nname aixbox\n"
        << (lines.find("release") == std::string::npos ? "release 7.2\n" : "")
        << "interface en0 none0 02:00:00:00:00:0a 192.0.2.10\n"
        << "interface lo0 lo 00:00:00:00:00:00 127.0.0.1\n"
        << "packets " << (folder_ / "in.pcap").string() << "\n"
        << lines;
  }
  ~TestHost() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TestHost(const TestHost&) = delete;
  TestHost& operator=(const TestHost&) = delete;

  lab::EmulatedHost open() const {
    auto host = lab::EmulatedHost::open(folder_);
    if (!host) throw std::runtime_error(host.error().message);
    return *host;
  }
  std::string operator/(const std::string& name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

inline std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words(1);
  for (const char c : line) {
    if (c != ' ')
      words.back() += c;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

inline Octets octets_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

// Frames, in network byte order from numbers.
struct FrameMaker {
  std::uint64_t to = 0x02000000000a, from = 0x02000000000b;  // MAC addresses
  std::vector<std::uint16_t> tags;
  std::uint32_t source = 0xc000020b, destination = 0xc000020a;  // 192.0.2.11 to 192.0.2.10
  std::uint8_t protocol = 6;
  std::uint16_t source_port = 40000, destination_port = 80;
  std::uint16_t fragment = 0;

  static void put(Octets& out, std::uint64_t value, int size) {
    while (--size >= 0) out.push_back(static_cast<std::byte>(value >> (8 * size)));
  }
  Octets link(std::uint16_t type) const {
    Octets out;
    put(out, to, 6);
    put(out, from, 6);
    for (const auto tag : tags) put(out, 0x81000000u | tag, 4);
    put(out, type, 2);
    return out;
  }
  Octets ports() const {
    Octets out;
    put(out, source_port, 2);
    put(out, destination_port, 2);
    out.resize(out.size() + 16);
    return out;
  }
  Octets ip() const {
    Octets out = link(0x0800);
    const auto rest = ports();
    put(out, 0x45000000u | static_cast<std::uint32_t>(20 + rest.size()), 4);
    put(out, fragment, 4);
    put(out, 0x40000000u | std::uint32_t{protocol} << 16, 4);
    put(out, source, 4);
    put(out, destination, 4);
    out.insert(out.end(), rest.begin(), rest.end());
    return out;
  }
  // `extension`: a destination options header between.
  Octets ipv6(bool extension = false) const {
    Octets out = link(0x86dd);
    const auto rest = ports();
    put(out, 0x60000000, 4);
    put(out, rest.size() + (extension ? 8 : 0), 2);
    put(out, extension ? 60 : protocol, 1);
    put(out, 64, 1);
    for (const std::uint64_t last : {0x0bu, 0x0au}) {
      put(out, 0x20010db800000000, 8);
      put(out, last, 8);
    }
    if (extension) {
      put(out, std::uint64_t{protocol} << 8, 2);
      put(out, 0x010400000000, 6);
    }
    out.insert(out.end(), rest.begin(), rest.end());
    return out;
  }
  Octets arp(std::uint16_t type = 0x0806) const {
    Octets out = link(type);
    put(out, 0x0001080006040001, 8);
    put(out, from, 6);
    put(out, source, 4);
    put(out, 0, 6);
    put(out, destination, 4);
    return out;
  }
};

inline lab::Frame frame_of(const Octets& bytes, bool sent = false) {
  lab::Frame frame;
  frame.time = 1'700'000'000'123'456'789;
  frame.original = static_cast<std::uint32_t>(bytes.size());
  frame.bytes = bytes;
  frame.sent = sent;
  return frame;
}

inline void write_pcap(const std::string& path, const std::vector<Octets>& frames) {
  Octets out;
  FrameMaker::put(out, 0xa1b23c4d, 4);
  FrameMaker::put(out, 0x00020004, 4);
  FrameMaker::put(out, 0, 8);
  FrameMaker::put(out, 65535, 4);
  FrameMaker::put(out, 1, 4);
  for (const auto& frame : frames) {
    FrameMaker::put(out, 1'700'000'000, 4);
    FrameMaker::put(out, 123'456'789, 4);
    FrameMaker::put(out, frame.size(), 4);
    FrameMaker::put(out, frame.size(), 4);
    out.insert(out.end(), frame.begin(), frame.end());
  }
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(out.data()), static_cast<std::streamsize>(out.size()));
}

}  // namespace anchoko::iptrace::emulated
