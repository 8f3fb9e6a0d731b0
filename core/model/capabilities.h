// What a backend can do. Plain data: core asks a flag, never a name.
#pragma once

#include <string>
#include <vector>

namespace anchoko {

struct Capabilities {
  bool runs_here = false;              // this build can run it, not only plan for it
  bool any_interface = false;          // can listen on all interfaces at once
  bool snaplen = false;                // can shorten records itself
  bool keeps_original_length = false;  // with a snap length, still tells the length on the wire
  bool promiscuous = false;
  bool direction = false;       // can be told in or out
  bool packet_limit = false;    // can stop by itself after N packets
  bool size_limit = false;      // can stop or wrap by itself at a size
  bool duration_limit = false;  // can stop by itself after a time
  bool ring = false;            // can write a ring of files by itself
  bool drop_counters = false;
  bool one_per_machine = false;  // only one session of it can exist
  bool survives_reboot = false;
  std::string filter_shape;   // "boolean", "keyed", "alternatives", "none"
  std::string native_format;  // "pcap", "etl"
};

// Name and value of every flag, in declaration order, for tables and JSON.
struct CapabilityEntry {
  std::string name;
  std::string value;
};
std::vector<CapabilityEntry> list(const Capabilities& capabilities);

}  // namespace anchoko
