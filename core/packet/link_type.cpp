#include "core/packet/link_type.h"

#include <algorithm>
#include <array>

namespace anchoko {
namespace {

struct NamedLinkType {
  std::uint16_t value;
  const char* name;
};

// Sorted by value. Names and values: https://www.tcpdump.org/linktypes.html
constexpr std::array named_link_types{
    NamedLinkType{0, "NULL"},
    NamedLinkType{1, "EN10MB"},
    NamedLinkType{3, "AX25"},
    NamedLinkType{6, "IEEE802"},
    NamedLinkType{7, "ARCNET"},
    NamedLinkType{8, "SLIP"},
    NamedLinkType{9, "PPP"},
    NamedLinkType{10, "FDDI"},
    NamedLinkType{50, "PPP_SERIAL"},
    NamedLinkType{51, "PPP_ETHER"},
    NamedLinkType{100, "ATM_RFC1483"},
    NamedLinkType{101, "RAW"},
    NamedLinkType{104, "C_HDLC"},
    NamedLinkType{105, "IEEE802_11"},
    NamedLinkType{107, "FRELAY"},
    NamedLinkType{108, "LOOP"},
    NamedLinkType{113, "LINUX_SLL"},
    NamedLinkType{114, "LTALK"},
    NamedLinkType{117, "PFLOG"},
    NamedLinkType{119, "PRISM_HEADER"},
    NamedLinkType{122, "IP_OVER_FC"},
    NamedLinkType{123, "SUNATM"},
    NamedLinkType{127, "IEEE802_11_RADIO"},
    NamedLinkType{129, "ARCNET_LINUX"},
    NamedLinkType{138, "APPLE_IP_OVER_IEEE1394"},
    NamedLinkType{139, "MTP2_WITH_PHDR"},
    NamedLinkType{140, "MTP2"},
    NamedLinkType{141, "MTP3"},
    NamedLinkType{142, "SCCP"},
    NamedLinkType{143, "DOCSIS"},
    NamedLinkType{144, "LINUX_IRDA"},
    NamedLinkType{163, "IEEE802_11_RADIO_AVS"},
    NamedLinkType{166, "PPP_PPPD"},
    NamedLinkType{169, "GPRS_LLC"},
    NamedLinkType{170, "GPF_T"},
    NamedLinkType{177, "LINUX_LAPD"},
    NamedLinkType{187, "BLUETOOTH_HCI_H4"},
    NamedLinkType{189, "USB_LINUX"},
    NamedLinkType{192, "PPI"},
    NamedLinkType{195, "IEEE802_15_4_WITHFCS"},
    NamedLinkType{197, "ERF"},
    NamedLinkType{201, "BLUETOOTH_HCI_H4_WITH_PHDR"},
    NamedLinkType{202, "AX25_KISS"},
    NamedLinkType{203, "LAPD"},
    NamedLinkType{204, "PPP_WITH_DIR"},
    NamedLinkType{205, "C_HDLC_WITH_DIR"},
    NamedLinkType{206, "FRELAY_WITH_DIR"},
    NamedLinkType{209, "IPMB_LINUX"},
    NamedLinkType{215, "IEEE802_15_4_NONASK_PHY"},
    NamedLinkType{220, "USB_LINUX_MMAPPED"},
    NamedLinkType{224, "FC_2"},
    NamedLinkType{225, "FC_2_WITH_FRAME_DELIMS"},
    NamedLinkType{226, "IPNET"},
    NamedLinkType{227, "CAN_SOCKETCAN"},
    NamedLinkType{228, "IPV4"},
    NamedLinkType{229, "IPV6"},
    NamedLinkType{230, "IEEE802_15_4_NOFCS"},
    NamedLinkType{231, "DBUS"},
    NamedLinkType{235, "DVB_CI"},
    NamedLinkType{239, "NFLOG"},
    NamedLinkType{240, "NETANALYZER"},
    NamedLinkType{242, "IPOIB"},
    NamedLinkType{243, "MPEG_2_TS"},
    NamedLinkType{247, "INFINIBAND"},
    NamedLinkType{248, "SCTP"},
    NamedLinkType{249, "USBPCAP"},
    NamedLinkType{251, "BLUETOOTH_LE_LL"},
    NamedLinkType{252, "WIRESHARK_UPPER_PDU"},
    NamedLinkType{253, "NETLINK"},
    NamedLinkType{254, "BLUETOOTH_LINUX_MONITOR"},
    NamedLinkType{256, "BLUETOOTH_LE_LL_WITH_PHDR"},
    NamedLinkType{258, "PKTAP"},
    NamedLinkType{259, "EPON"},
    NamedLinkType{264, "ISO_14443"},
    NamedLinkType{265, "RDS"},
    NamedLinkType{266, "USB_DARWIN"},
    NamedLinkType{268, "SDLC"},
    NamedLinkType{271, "VSOCK"},
    NamedLinkType{273, "DOCSIS31_XRA31"},
    NamedLinkType{274, "ETHERNET_MPACKET"},
    NamedLinkType{276, "LINUX_SLL2"},
    NamedLinkType{279, "EBHSCR"},
    NamedLinkType{280, "VPP_DISPATCH"},
    NamedLinkType{283, "IEEE802_15_4_TAP"},
};

}  // namespace

std::string link_type_name(LinkType type) {
  const auto value = static_cast<std::uint16_t>(type);
  const auto* found =
      std::lower_bound(named_link_types.begin(), named_link_types.end(), value,
                       [](const NamedLinkType& entry, std::uint16_t wanted) { return entry.value < wanted; });
  if (found != named_link_types.end() && found->value == value) return found->name;
  return "LINKTYPE_" + std::to_string(value);
}

LinkType canonical_link_type(std::uint32_t value) {
  const auto low = static_cast<std::uint16_t>(value & 0xffff);
  return low == 12 || low == 14 ? LinkType::raw : static_cast<LinkType>(low);
}

}  // namespace anchoko
