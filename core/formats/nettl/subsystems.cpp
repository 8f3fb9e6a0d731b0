#include "core/formats/nettl/subsystems.h"

#include <algorithm>
#include <array>

namespace anchoko::formats::nettl {
namespace {

constexpr std::uint8_t loopback_pad = 26;
constexpr std::uint8_t sctp_pad = 8;  // u32 format (1 log, 2 ASCII, 3 binary), u32 direction (1 in, 2 out)
constexpr std::uint8_t fddi_pad = 3;
constexpr std::uint8_t x25_pad = 24;

// Ids and contents as in Wireshark's nettl.c and packet-nettl.c; names are HP-UX's own (nettlconf(1M)).
// NS_LS_LOOPBACK has layer 0: it is to lo0 what a driver is to a card. In order of ids.
constexpr std::array subsystems{
    Subsystem{0, "NS_LS_LOGGING", Content::unknown_network},
    Subsystem{2, "NS_LS_LOOPBACK", Content::ip, 0, loopback_pad},
    Subsystem{6, "NS_LS_TCP", Content::ip, 2},
    Subsystem{8, "NS_LS_UDP", Content::ip, 2},
    Subsystem{9, "NS_LS_IP", Content::ip, 1},
    Subsystem{11, "NS_LS_DRIVER", Content::lan_driver},
    Subsystem{16, "NS_LS_NFS", Content::unknown_network, 3},
    Subsystem{23, "NS_LS_ICMP", Content::icmp, 2},
    Subsystem{29, "NS_LS_IGMP", Content::igmp, 2},
    Subsystem{31, "TOKEN", Content::token_ring},
    Subsystem{34, "SX25L2", Content::lapb, 0, x25_pad},
    Subsystem{35, "SX25L3", Content::x25, 1, x25_pad},
    Subsystem{37, "100VG", Content::ethernet},
    Subsystem{95, "FDDI", Content::fddi_hp_pb},
    Subsystem{127, "FORMATTER", Content::unknown_network},
    Subsystem{129, "STREAMS", Content::unknown_network},
    Subsystem{164, "LAN100", Content::ethernet},
    Subsystem{172, "EISA100BT", Content::ethernet},
    Subsystem{173, "BASE100", Content::ethernet},
    Subsystem{174, "EISA_FDDI", Content::fddi, 0, fddi_pad},
    Subsystem{176, "PCI_FDDI", Content::fddi, 0, fddi_pad},
    Subsystem{177, "HSC_FDDI", Content::fddi, 0, fddi_pad},
    Subsystem{178, "GSC100BT", Content::ethernet},
    Subsystem{179, "PCI100BT", Content::ethernet},
    Subsystem{180, "SPP100BT", Content::ethernet},
    Subsystem{185, "GELAN", Content::ethernet},
    Subsystem{187, "PCITR", Content::token_ring},
    Subsystem{188, "HP_APA", Content::unknown_link},
    Subsystem{189, "HP_APAPORT", Content::ethernet},
    Subsystem{190, "HP_APALACP", Content::ethernet},
    Subsystem{210, "BTLAN", Content::ethernet},
    Subsystem{233, "INTL100", Content::ethernet},
    Subsystem{244, "NS_LS_IPV6", Content::ip, 1},
    Subsystem{245, "NS_LS_ICMPV6", Content::icmpv6, 2},
    Subsystem{246, "DLPI", Content::unknown_link},
    Subsystem{247, "VLAN", Content::unknown_link},
    Subsystem{249, "NS_LS_LOOPBACK6", Content::unknown_network},
    Subsystem{252, "IGELAN", Content::ethernet},
    Subsystem{253, "IETHER", Content::ethernet},
    Subsystem{265, "IXGBE", Content::ethernet},
    Subsystem{267, "NS_LS_TELNET", Content::telnet, 3},
    Subsystem{268, "NS_LS_SCTP", Content::sctp, 2, sctp_pad},
    Subsystem{269, "HSSN", Content::ethernet},
    Subsystem{270, "IGSSN", Content::ethernet},
    Subsystem{271, "ICXGBE", Content::ethernet},
    Subsystem{275, "IEXGBE", Content::ethernet},
    Subsystem{277, "IOCXGBE", Content::ethernet},
    Subsystem{278, "IQXGBE", Content::ethernet},
};
static_assert(std::is_sorted(subsystems.begin(), subsystems.end(),
                             [](const Subsystem& a, const Subsystem& b) { return a.id < b.id; }));

// Devices of the link level count as lanN; those of aggregates and VLANs too.
bool is_link(const Subsystem& subsystem) {
  switch (subsystem.content) {
    case Content::ethernet:
    case Content::token_ring:
    case Content::fddi:
    case Content::fddi_hp_pb:
    case Content::lan_driver:
      return true;
    case Content::unknown_link:
      return subsystem.name != nullptr;
    default:
      return false;
  }
}

}  // namespace

Subsystem find_subsystem(std::uint16_t id) {
  const auto* found =
      std::lower_bound(subsystems.begin(), subsystems.end(), id,
                       [](const Subsystem& entry, std::uint16_t wanted) { return entry.id < wanted; });
  if (found != subsystems.end() && found->id == id) return *found;
  return {id};
}

Subsystem find_subsystem(std::string_view name) {
  const auto* found = std::find_if(subsystems.begin(), subsystems.end(),
                                   [&](const Subsystem& entry) { return name == entry.name; });
  return found != subsystems.end() ? *found : Subsystem{};
}

std::string interface_name(const Subsystem& subsystem, std::int32_t device) {
  const std::string name =
      subsystem.name != nullptr ? subsystem.name : "subsystem " + std::to_string(subsystem.id);
  if (device < 0) return name;
  const std::string number = std::to_string(device);
  if (is_link(subsystem)) return "lan" + number + " " + name;
  // The layers above have no card of their own: 0 says nothing there.
  return device == 0 ? name : name + " device " + number;
}

}  // namespace anchoko::formats::nettl
