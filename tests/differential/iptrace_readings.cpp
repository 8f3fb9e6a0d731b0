#include "tests/differential/iptrace_readings.h"

namespace anchoko::differential {

const std::vector<IptraceFact>& iptrace_facts() {
  static const std::vector<IptraceFact> all{
      {"iptrace-combine", {"and", "or"}},
      {"iptrace-host-pair", {"and", "or"}},
      {"iptrace-port-end", {"either", "source", "destination"}, "iptrace-port-either-end", {"either"}},
      {"iptrace-port-protocols", {"tcp-udp", "any"}, "iptrace-port-sctp", {"any"}},
      {"iptrace-port-fragments", {"first", "all", "raw"}},
      {"iptrace-port-ipv6", {"yes", "no"}, "iptrace-port-ipv6", {"yes"}},
      {"iptrace-protocol-ipv6", {"yes", "no"}, "iptrace-protocol-ipv6", {"yes"}},
      {"iptrace-ipv6-extensions", {"first", "walk"}, "iptrace-protocol-ipv6", {"first"}},
      {"iptrace-arp-host", {"drop", "pass", "match"}, "iptrace-other-frames-pass", {"pass"}},
      {"iptrace-arp-port", {"drop", "pass"}, "iptrace-other-frames-pass", {"pass"}},
      {"iptrace-non-ip", {"drop", "pass"}, "iptrace-other-frames-pass", {"pass"}},
      {"iptrace-a-rarp", {"keep", "drop"}},
  };
  return all;
}

Cases iptrace_frames() {
  Cases out;
  for (const auto& frame : testing::every_frame()) {
    if (frame.link_type != LinkType::ethernet || frame.data.size() < 34) continue;
    const int type = frame.data[12] << 8 | frame.data[13];
    if (type == 0x8100 || type == 0x88a8 || type == 0x9100) continue;
    if (type == 0x0800 && (frame.data[14] & 15) < 5) continue;
    if (type == 0x86dd && frame.data.size() < 54) continue;
    out.push_back(make_case(frame.data, static_cast<std::uint32_t>(frame.data.size()), frame.name));
  }
  return out;
}

std::vector<std::vector<std::string>> iptrace_assumptions() {
  const std::vector<std::string> all{"iptrace-other-frames-pass", "iptrace-protocol-ipv6",
                                     "iptrace-port-ipv6", "iptrace-port-sctp", "iptrace-port-either-end"};
  std::vector<std::vector<std::string>> sets{{}, all};
  for (const auto& one : all) sets.push_back({one});
  return sets;
}

}  // namespace anchoko::differential
