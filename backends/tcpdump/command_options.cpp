#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "backends/tcpdump/command.h"

namespace anchoko::tcpdump {
namespace {

struct Row {
  char letter;
  const char* long_name;
  const char* argument;
};

// The option strings of 4.99.6, in the order of its table.
constexpr Row rows[] = {
    {'a', "", ""},
    {'A', "", ""},
    {'b', "", ""},
    {'B', "buffer-size", "KIB"},
    {'c', "", "COUNT"},
    {'C', "", "SIZE"},
    {'d', "", ""},
    {'D', "list-interfaces", ""},
    {'e', "", ""},
    {'E', "", "SECRET"},
    {'f', "", ""},
    {'F', "", "FILE"},
    {'g', "", ""},
    {'G', "", "SECONDS"},
    {'h', "help", ""},
    {'H', "", ""},
    {'i', "interface", "INTERFACE"},
    {'I', "monitor-mode", ""},
    {'j', "time-stamp-type", "TYPE"},
    {'J', "list-time-stamp-types", ""},
    {'K', "dont-verify-checksums", ""},
    {'l', "", ""},
    {'L', "list-data-link-types", ""},
    {'m', "", "MODULE"},
    {'M', "", "SECRET"},
    {'n', "", ""},
    {'N', "", ""},
    {'O', "no-optimize", ""},
    {'p', "no-promiscuous-mode", ""},
    {'q', "", ""},
    {'Q', "direction", "DIRECTION"},
    {'r', "", "FILE"},
    {'s', "snapshot-length", "BYTES"},
    {'S', "absolute-tcp-sequence-numbers", ""},
    {'t', "", ""},
    {'T', "", "TYPE"},
    {'u', "", ""},
    {'U', "packet-buffered", ""},
    {'v', "", ""},
    {'V', "", "FILE"},
    {'w', "", "FILE"},
    {'W', "", "COUNT"},
    {'x', "", ""},
    {'X', "", ""},
    {'y', "linktype", "LINKTYPE"},
    {'z', "", "COMMAND"},
    {'Z', "relinquish-privileges", "USER"},
    {'#', "number", ""},
    {0, "count", ""},
    {0, "fp-type", ""},
    {0, "immediate-mode", ""},
    {0, "micro", ""},
    {0, "nano", ""},
    {0, "print", ""},
    {0, "time-stamp-precision", "PRECISION"},
    {0, "version", ""},
};

std::vector<OptionSpec> make_options() {
  std::vector<OptionSpec> options;
  for (const auto& row : rows) {
    OptionSpec spec;
    spec.id = row.letter != 0 ? std::string("-") + row.letter : std::string("--") + row.long_name;
    spec.letter = row.letter;
    spec.long_name = row.long_name;
    spec.argument = row.argument;
    if (const CribOption* entry = crib_table().option(spec.id)) {
      spec.since = entry->since;
      spec.elsewhere = entry->elsewhere;
    }
    options.push_back(std::move(spec));
  }
  return options;
}

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// pcap_datalink_name_to_val(3PCAP): every name of libpcap 1.10.3's table.
constexpr std::string_view link_types =
    "A429 A653_ICM AOS APPLE_IP_OVER_IEEE1394 ARCNET ARCNET_LINUX ATM_CLIP ATM_RFC1483 ATSC_ALP AX25_KISS "
    "BACNET_MS_TP BLUETOOTH_BREDR_BB BLUETOOTH_HCI_H4 BLUETOOTH_HCI_H4_WITH_PHDR BLUETOOTH_LE_LL "
    "BLUETOOTH_LE_LL_WITH_PHDR BLUETOOTH_LINUX_MONITOR CAN20B CAN_SOCKETCAN C_HDLC DBUS DECT "
    "DISPLAYPORT_AUX DOCSIS DOCSIS31_XRA31 DSA_TAG_BRCM DSA_TAG_BRCM_PREPEND DSA_TAG_DSA DSA_TAG_EDSA "
    "DVB_CI EBHSCR ELEE EN10MB ENC EPON ERF ERF_ETH ERF_POS ETHERNET_MPACKET FC_2 FC_2_WITH_FRAME_DELIMS "
    "FDDI FRELAY GPF_F GPF_T GPRS_LLC IEEE802 IEEE802_11 IEEE802_11_RADIO IEEE802_11_RADIO_AVS "
    "IEEE802_15_4 IEEE802_15_4_LINUX IEEE802_15_4_NOFCS IEEE802_15_4_NONASK_PHY IEEE802_15_4_TAP "
    "IEEE802_16_MAC_CPS IEEE802_16_MAC_CPS_RADIO INFINIBAND IPMB_KONTRON IPMB_LINUX IPMI_HPM_2 IPNET "
    "IPOIB IPV4 IPV6 IP_OVER_FC ISO_14443 JUNIPER_ATM1 JUNIPER_ATM2 JUNIPER_ATM_CEMIC JUNIPER_CHDLC "
    "JUNIPER_ES JUNIPER_ETHER JUNIPER_FIBRECHANNEL JUNIPER_FRELAY JUNIPER_GGSN JUNIPER_ISM JUNIPER_MFR "
    "JUNIPER_MLFR JUNIPER_MLPPP JUNIPER_MONITOR JUNIPER_PIC_PEER JUNIPER_PPP JUNIPER_PPPOE "
    "JUNIPER_PPPOE_ATM JUNIPER_SERVICES JUNIPER_SRX_E2E JUNIPER_ST JUNIPER_VP JUNIPER_VS LINUX_EVDEV "
    "LINUX_IRDA LINUX_LAPD LINUX_SLL LINUX_SLL2 LOOP LTALK MFR MPEG_2_TS MPLS MTP2 MTP2_WITH_PHDR MTP3 "
    "MUX27010 NETANALYZER NETANALYZER_TRANSPARENT NETLINK NFC_LLCP NFLOG NG40 NORDIC_BLE NULL OPENFLOW "
    "OPENVIZSLA PFLOG PFSYNC PKTAP PPI PPP PPP_BSDOS PPP_ETHER PPP_PPPD PPP_SERIAL PRISM_HEADER "
    "PROFIBUS_DL RAIF1 RAW RDS RTAC_SERIAL SCCP SCTP SDLC SITA SLIP SLIP_BSDOS STANAG_5066_D_PDU SUNATM "
    "SYMANTEC_FIREWALL TI_LLN_SNIFFER USBPCAP USB_2_0 USB_DARWIN USB_FREEBSD USB_LINUX USB_LINUX_MMAPPED "
    "VPP_DISPATCH VSOCK WATTSTOPPER_DLM WIHART ZWAVE_R1_R2 ZWAVE_R3 Z_WAVE_SERIAL";

bool in_list(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t blank = std::min(list.find(' '), list.size());
    if (same_letters(list.substr(0, blank), name)) return true;
    list.remove_prefix(std::min(blank + 1, list.size()));
  }
  return false;
}

}  // namespace

const std::vector<OptionSpec>& command_options() {
  static const std::vector<OptionSpec> options = make_options();
  return options;
}

ReadNumber read_atoi(const std::string& text) {
  // atoi is strtol cut to 32 bits in every C library that tcpdump meets.
  char* end = nullptr;
  const long long wide = std::strtoll(text.c_str(), &end, 10);
  return {static_cast<std::int32_t>(static_cast<std::uint32_t>(wide)), end == text.c_str() || *end != '\0'};
}

bool known_link_type(const std::string& name) {
  return in_list(link_types, name);
}

bool known_time_source(const std::string& name) {
  return in_list("host host_lowprec host_hiprec host_hiprec_unsynced adapter adapter_unsynced", name);
}

bool known_packet_type(const std::string& name) {
  return in_list(
      "vat wb rpc rtp rtcp snmp cnfp tftp aodv carp radius zmtp1 vxlan pgm pgm_zmtp1 lmp resp ptp someip "
      "domain",
      name);
}

}  // namespace anchoko::tcpdump
