#include "core/formats/snoop/layout.h"

#include <algorithm>
#include <cstdio>

#include "core/formats/other_link_types.h"

namespace anchoko::formats::snoop {
namespace {

// DLPI media types: IANA "snoop datalink types" and Solaris's sys/dlpi.h. What has a null link type has none
// in the LINKTYPE_ registry either.
struct Medium {
  std::uint32_t number;
  const char* name;
  std::optional<LinkType> type;
  bool told_by_type = true;  // the link type says all that the name says
  Form form = Form::plain;
};
constexpr std::uint32_t private_types = 0x80000000;

const std::array media{
    Medium{0, "IEEE 802.3", LinkType::ethernet},
    Medium{1, "IEEE 802.4 token bus", std::nullopt},
    Medium{2, "IEEE 802.5 token ring", LinkType::token_ring},
    Medium{3, "IEEE 802.6 metro net", std::nullopt},
    Medium{4, "Ethernet", LinkType::ethernet},
    Medium{5, "HDLC", std::nullopt},
    Medium{6, "character synchronous", std::nullopt},
    Medium{7, "IBM channel to channel", std::nullopt},
    Medium{8, "FDDI", LinkType::fddi},
    // As UNICOS/mp uses 9 and 14, after Wireshark: with the header of BSD loopback interfaces.
    Medium{9, "other", LinkType::null, false},
    Medium{10, "frame relay LAPF", std::nullopt},
    Medium{11, "multiprotocol over frame relay", std::nullopt},
    Medium{12, "character asynchronous", std::nullopt},
    Medium{13, "X.25 classical IP", std::nullopt},
    Medium{14, "loopback", LinkType::null},
    Medium{16, "fibre channel", link_ip_over_fibre_channel},
    Medium{17, "ATM", std::nullopt},
    Medium{18, "ATM classical IP", link_sunatm, true, Form::atm},
    Medium{19, "X.25 LAPB", std::nullopt},
    Medium{20, "ISDN", std::nullopt},
    Medium{21, "HIPPI", std::nullopt},
    Medium{22, "100VG-AnyLAN Ethernet", std::nullopt},
    Medium{23, "100VG-AnyLAN token ring", std::nullopt},
    Medium{24, "IEEE 802.3 and Ethernet", LinkType::ethernet, false},
    Medium{25, "100BaseT Ethernet", LinkType::ethernet, false},
    // The four bytes before a packet (an ethertype and zero) are not those of LINKTYPE_IPOIB.
    Medium{26, "IP over InfiniBand", std::nullopt},
    Medium{private_types + 1, "IPv4 tunnel", LinkType::raw, false},
    Medium{private_types + 2, "IPv6 tunnel", LinkType::raw, false},
    Medium{private_types + 3, "virtual network interface", std::nullopt},
    // What stands before the frames is not described anywhere.
    Medium{private_types + 4, "IEEE 802.11", std::nullopt},
    Medium{private_types + 5, "ipnet", LinkType::ipnet, true, Form::ipnet},
    Medium{private_types + 6, "IPMP stub", std::nullopt},
    Medium{private_types + 7, "6to4 tunnel", LinkType::raw, false},
};

// Numbers that Shomiti uses in its own way; the others mean nothing there.
const std::array shomiti_media{
    Medium{0, "IEEE 802.3", LinkType::ethernet},
    Medium{2, "IEEE 802.5 token ring", LinkType::token_ring},
    Medium{4, "Ethernet", LinkType::ethernet},
    Medium{8, "FDDI", LinkType::fddi},
    Medium{10, "fast Ethernet", LinkType::ethernet},
    Medium{11, "4 Mb/s token ring", LinkType::token_ring},
    Medium{12, "gigabit Ethernet", LinkType::ethernet},
    Medium{13, "token ring", LinkType::token_ring},
    Medium{14, "4 Mb/s token ring", LinkType::token_ring},
    Medium{18, "IEEE 802.11 with a radio header", LinkType::ieee802_11, true, Form::radio},
    Medium{19, "10 gigabit Ethernet", LinkType::ethernet},
};

std::string number_text(std::uint32_t number) {
  if (number < private_types) return std::to_string(number);
  std::array<char, 16> digits{};
  std::snprintf(digits.data(), digits.size(), "0x%08x", static_cast<unsigned>(number));
  return digits.data();
}

template <typename Table>
const Medium* find(const Table& table, std::uint32_t number) {
  const auto* found =
      std::find_if(table.begin(), table.end(), [&](const Medium& medium) { return medium.number == number; });
  return found == table.end() ? nullptr : found;
}

}  // namespace

Link link_of(std::uint32_t dlpi_type, bool shomiti) {
  const Medium* medium = shomiti ? find(shomiti_media, dlpi_type) : find(media, dlpi_type);
  const std::string kind = (shomiti ? "Shomiti snoop file, link type " : "snoop file, DLPI type ") +
                           number_text(dlpi_type) + " (" + (medium != nullptr ? medium->name : "unknown") +
                           ")";
  Link link;
  if (medium == nullptr || !medium->type) {
    link.type = link_user0;
    link.comment = kind + ": has no link type of its own, packets are kept as they are";
    return link;
  }
  link.type = *medium->type;
  link.form = medium->form;
  if (shomiti) {
    link.has_fcs = link.type == LinkType::ethernet || link.type == LinkType::ieee802_11;
    link.comment = kind + (link.form == Form::radio ? ": radio headers are left out" : "");
  } else if (!medium->told_by_type) {
    link.comment = kind;
  }
  return link;
}

std::optional<std::uint32_t> dlpi_type_of(LinkType type) {
  switch (type) {
    case LinkType::ethernet:
      return 4;
    case LinkType::null:
      return 14;
    case LinkType::ipv4:
      return private_types + 1;
    case LinkType::ipv6:
      return private_types + 2;
    default:
      break;
  }
  const auto* found =
      std::find_if(media.begin(), media.end(), [&](const Medium& medium) { return medium.type == type; });
  if (found == media.end()) return std::nullopt;
  return found->number;
}

}  // namespace anchoko::formats::snoop
