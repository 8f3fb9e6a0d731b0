// What the filter language of older releases of libpcap means on a live interface. Sources: libpcap's
// CHANGES, pcap-filter(7); see README.md.
#pragma once

#include <string>

#include "core/backend/dialect.h"

namespace anchoko::tcpdump {

// Where a live filter looks for VLAN tags, and which words it has. Newest first.
enum class FilterAge {
  current,     // 1.9.1 and newer: `vlan` asks the kernel's metadata and the frame, and compares the id only
  whole_tag,   // 1.9.0: the same, but `vlan N` compares metadata with its priority bits: narrower
  metadata,    // 1.7 and 1.8: metadata only where kernel and build let it, else the frame only
  frame_only,  // 1.0 to 1.6: the frame only, whose tag most drivers take out
  oldest,      // before 1.0, or not known: IPv6 need not be compiled in, SCTP and ranges need not be known
};
FilterAge filter_age(const std::string& tool_library);

// A primitive as that age has it: exact, wider in its words, or not at all.
Verdict judge_for(FilterAge age, const std::string& tool_library, const filter::Primitive& primitive);

// Any frame with a tag in place: an ethertype of 0x8100, 0x88a8 or 0x9100. Every age can say it.
std::vector<filter::FilterExpr> tags_in_place();

// Of 1.7 and 1.8: that the kernel (3.14 and newer) and the build let `vlan` ask the metadata.
inline constexpr const char* metadata_fact = "tcpdump-vlan-metadata";

}  // namespace anchoko::tcpdump
