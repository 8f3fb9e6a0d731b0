// The files that iptrace and AIX's tcpdump write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/iptrace/emulator_options.h"
#include "core/base/result.h"
#include "core/lab/packet_source.h"

namespace anchoko::iptrace::emulated {

// SNMP interface types, as records and files carry them (aix-iptrace.md 6).
constexpr std::uint8_t type_ethernet = 6, type_802_3 = 7, type_loopback = 24;

struct InterfaceIdentity {
  std::string letters;  // "en"
  std::uint8_t unit = 0;
  std::uint8_t type = type_ethernet;
};
InterfaceIdentity identity_of(const std::string& name);
// What of a frame such an interface sees: on a loopback the packet without its Ethernet header.
std::span<const std::byte> data_of(std::span<const std::byte> frame, const InterfaceIdentity& identity);

// One kind of file: how it begins and what a packet becomes.
class Encoding {
 public:
  enum class Kind { iptrace_1, iptrace_2, pcap_2_2, pcap_2_4 };

  // `type`: of the interface, for a pcap's header.
  Encoding(Kind kind, bool leftover_text, std::optional<std::uint32_t> snap, std::uint8_t type);

  std::vector<std::byte> header() const;
  std::vector<std::byte> record(const lab::Frame& frame, const InterfaceIdentity& identity) const;

 private:
  std::vector<std::byte> iptrace_record(const lab::Frame& frame, const InterfaceIdentity& identity,
                                        std::span<const std::byte> data) const;
  std::vector<std::byte> pcap_record(const lab::Frame& frame, std::size_t whole,
                                     std::span<const std::byte> data) const;

  Kind kind_;
  bool leftover_text_;
  std::optional<std::uint32_t> snap_;
  std::uint8_t type_;
};

// The log: one file, with -L and an old one beside it.
class LogFile {
 public:
  struct Rules {
    std::optional<std::uint64_t> limit;  // -L
    bool copies = false;                 // to file.old, instead of renaming
    bool appends = false;                // to a file that is there, without -L
    std::size_t buffer = 0;              // so many bytes are held back
    bool holds_header = false;           // the file's beginning, too
    std::optional<std::uint64_t> room;   // the disk takes so many bytes
  };

  static Result<LogFile> open(const std::string& path, std::vector<std::byte> header, Rules rules);
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&&) = delete;
  ~LogFile();

  // Error: failed, with the text of the system's error. What fitted was written.
  Result<void> write(std::span<const std::byte> record);
  Result<void> flush();

 private:
  LogFile(std::string path, std::vector<std::byte> header, Rules rules);
  Result<void> start();
  Result<void> move_to_old();

  std::string path_;
  std::vector<std::byte> header_;
  Rules rules_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;  // of the current file
  std::vector<std::byte> held_;
};

}  // namespace anchoko::iptrace::emulated
