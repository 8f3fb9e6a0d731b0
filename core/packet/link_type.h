// Link types, as in the LINKTYPE_ registry (https://www.tcpdump.org/linktypes.html).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace anchoko {

enum class LinkType : std::uint16_t {
  null = 0,
  ethernet = 1,
  token_ring = 6,
  ppp = 9,
  fddi = 10,
  raw = 101,
  ieee802_11 = 105,
  loop = 108,
  linux_sll = 113,
  ieee802_11_radiotap = 127,
  ipnet = 226,
  ipv4 = 228,
  ipv6 = 229,
  linux_sll2 = 276,
};

// The registry's short name ("EN10MB"), or "LINKTYPE_147" for one that is not in our table.
std::string link_type_name(LinkType type);

// Several numbers mean one thing: DLT_RAW is 12 (14 on OpenBSD) in files that were written with DLT_ values.
LinkType canonical_link_type(std::uint32_t value);

}  // namespace anchoko
