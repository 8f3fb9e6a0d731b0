// Where the stand-in tools get packets: the devices of this machine, or a classic pcap file.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/lab/emulated_host.h"

namespace anchoko::lab {

struct Frame {
  std::int64_t time = 0;  // ns since 1970, UTC
  std::uint32_t original = 0;
  std::span<const std::byte>
      bytes;                  // an Ethernet frame without FCS, tag in place; a view until the next call
  bool sent = false;          // by this host
  std::size_t interface = 0;  // index into EmulatedHost::interfaces()
};

class PacketSource {
 public:
  enum class Next { frame, nothing, end };

  virtual ~PacketSource() = default;
  // Waits up to `timeout`; nothing: none came, or a signal did. End: the file holds no more, for ever.
  virtual Result<Next> next(Frame& frame, std::chrono::milliseconds timeout) = 0;
};

// Packets of these interfaces of the host. In a file a packet belongs to the interface that has its source
// (then it was sent) or destination address, else to the host's first one, received. Errors: unavailable (no
// right, no such device), failed (no such file, not a pcap of Ethernet).
Result<std::unique_ptr<PacketSource>> open_packets(const EmulatedHost& host,
                                                   const std::vector<std::size_t>& interfaces);

}  // namespace anchoko::lab
