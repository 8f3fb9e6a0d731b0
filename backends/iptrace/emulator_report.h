// ipreport of an emulated AIX: iptrace's log, or a tcpdump file, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/lab/emulated_host.h"

namespace anchoko::iptrace::emulated {

int run_ipreport(lab::EmulatedHost& host, std::span<const std::string> words);

struct LoggedPacket {
  std::int64_t time = 0;  // ns
  std::string interface;  // empty in a tcpdump file
  std::uint8_t type = 0;  // ifType
  bool sent = false;
  std::uint32_t original = 0;
  std::span<const std::byte> data;
};
struct LoggedPackets {
  std::string version;  // "2.0"; empty in a tcpdump file
  std::vector<LoggedPacket> packets;
  bool cut = false;  // the last record is short
};
// `bytes`: a whole file. Error: failed, it is no such file.
Result<LoggedPackets> read_iptrace(std::span<const std::byte> bytes);
Result<LoggedPackets> read_tcpdump(std::span<const std::byte> bytes);

std::optional<std::vector<std::byte>> whole_file(const std::string& path);

}  // namespace anchoko::iptrace::emulated
