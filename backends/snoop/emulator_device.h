// Which link snoop listens on, and whether it may.
#pragma once

#include <optional>
#include <string>

#include "backends/snoop/emulator_link_packets.h"
#include "backends/snoop/emulator_options.h"

namespace anchoko::snoop::emulated {

struct Device {
  std::size_t index = 0;  // among the host's interfaces
  std::string shown;      // behind "Using device"
  Medium medium = Medium::ethernet;
  bool loopback = false;
  std::string warning;  // a whole line, or empty
};

// Errors: failed, with the message of snoop without its name.
Result<Device> open_device(const lab::EmulatedHost& host, const Options& options, const Release& release);

}  // namespace anchoko::snoop::emulated
