#include "core/model/capabilities.h"

namespace anchoko {

std::vector<CapabilityEntry> list(const Capabilities& c) {
  const auto word = [](bool flag) { return std::string(flag ? "yes" : "no"); };
  return {
      {"runs_here", word(c.runs_here)},
      {"any_interface", word(c.any_interface)},
      {"snaplen", word(c.snaplen)},
      {"keeps_original_length", word(c.keeps_original_length)},
      {"promiscuous", word(c.promiscuous)},
      {"direction", word(c.direction)},
      {"packet_limit", word(c.packet_limit)},
      {"size_limit", word(c.size_limit)},
      {"duration_limit", word(c.duration_limit)},
      {"ring", word(c.ring)},
      {"drop_counters", word(c.drop_counters)},
      {"one_per_machine", word(c.one_per_machine)},
      {"survives_reboot", word(c.survives_reboot)},
      {"filter_shape", c.filter_shape},
      {"native_format", c.native_format},
  };
}

}  // namespace anchoko
