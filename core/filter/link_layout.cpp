#include "core/filter/link_layout.h"

namespace anchoko::filter {

// Offsets as libpcap 1.10 uses them (seen with `tcpdump -O -d -y TYPE`).
std::optional<LinkLayout> link_layout(LinkType type) {
  using enum LinkStyle;
  switch (type) {
    case LinkType::ethernet:
      return LinkLayout{ethernet, 12, 14, 14, 0, 6, false};
    case LinkType::fddi:
      return LinkLayout{llc, 19, 13, 21, 1, 7, false};
    case LinkType::token_ring:
      return LinkLayout{llc, 20, 14, 22, 2, 8, false};
    case LinkType::linux_sll:
      return LinkLayout{cooked, 14, 16, 16, {}, {}, false};
    case LinkType::linux_sll2:
      return LinkLayout{cooked2, 0, 20, 20, {}, {}, false};
    case LinkType::ppp:
      return LinkLayout{ppp, 2, 4, 4, {}, {}, false};
    case LinkType::null:
    case LinkType::loop:
      return LinkLayout{loopback, 0, 4, 4, {}, {}, false};
    case LinkType::raw:
      return LinkLayout{raw, 0, 0, 0, {}, {}, false};
    case LinkType::ipv4:
      return LinkLayout{ipv4_only, 0, 0, 0, {}, {}, false};
    case LinkType::ipv6:
      return LinkLayout{ipv6_only, 0, 0, 0, {}, {}, false};
    case LinkType::ipnet:
      return LinkLayout{ipnet, 1, 24, 24, {}, {}, false};
    case LinkType::ieee802_11:
      return LinkLayout{wifi, 6, 0, 8, {}, {}, false};
    case LinkType::ieee802_11_radiotap:
      return LinkLayout{wifi, 6, 0, 8, {}, {}, true};
  }
  return std::nullopt;
}

}  // namespace anchoko::filter
