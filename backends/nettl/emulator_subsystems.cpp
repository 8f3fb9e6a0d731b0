#include "backends/nettl/emulator_subsystems.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

namespace anchoko::nettl::emulated {
namespace {

// Reference section 3. KL_* and whatever else is no packet source is left out but for a few.
constexpr auto all_subsystems = std::to_array<Subsystem>({
    {"NS_LS_LOGGING", 0, Holds::nothing},
    {"NS_LS_LOOPBACK", 2, Holds::loopback},
    {"NS_LS_TCP", 6, Holds::tcp},
    {"NS_LS_UDP", 8, Holds::udp},
    {"NS_LS_IP", 9, Holds::ipv4},
    {"NS_LS_DRIVER", 11, Holds::generic_driver},
    {"NS_LS_NFS", 16, Holds::nothing},
    {"NS_LS_ICMP", 23, Holds::icmp},
    {"NS_LS_IGMP", 29, Holds::igmp},
    {"TOKEN", 31, Holds::token_ring},
    {"SX25L2", 34, Holds::x25},
    {"SX25L3", 35, Holds::x25},
    {"100VG", 37, Holds::ethernet},
    {"FDDI", 95, Holds::fddi_hp_pb},
    {"FORMATTER", 127, Holds::nothing},
    {"STREAMS", 129, Holds::nothing},
    {"LAN100", 164, Holds::ethernet},
    {"EISA100BT", 172, Holds::ethernet},
    {"BASE100", 173, Holds::ethernet},
    {"EISA_FDDI", 174, Holds::fddi},
    {"PCI_FDDI", 176, Holds::fddi},
    {"HSC_FDDI", 177, Holds::fddi},
    {"GSC100BT", 178, Holds::ethernet},
    {"PCI100BT", 179, Holds::ethernet},
    {"SPP100BT", 180, Holds::ethernet},
    {"GELAN", 185, Holds::ethernet},
    {"PCITR", 187, Holds::token_ring},
    {"HP_APA", 188, Holds::ethernet},
    {"HP_APAPORT", 189, Holds::ethernet},
    {"HP_APALACP", 190, Holds::ethernet},
    {"BTLAN", 210, Holds::ethernet},
    {"INTL100", 233, Holds::ethernet},
    {"NS_LS_IPV6", 244, Holds::ipv6},
    {"NS_LS_ICMPV6", 245, Holds::icmpv6},
    {"DLPI", 246, Holds::nothing},
    {"VLAN", 247, Holds::ethernet},
    {"NS_LS_LOOPBACK6", 249, Holds::loopback6},
    {"IGELAN", 252, Holds::ethernet},
    {"IETHER", 253, Holds::ethernet},
    {"IXGBE", 265, Holds::ethernet},
    {"NS_LS_TELNET", 267, Holds::telnet},
    {"NS_LS_SCTP", 268, Holds::sctp},
    {"HSSN", 269, Holds::ethernet},
    {"IGSSN", 270, Holds::ethernet},
    {"ICXGBE", 271, Holds::ethernet},
    {"IEXGBE", 275, Holds::ethernet},
    {"IOCXGBE", 277, Holds::ethernet},
    {"IQXGBE", 278, Holds::ethernet},
});
constexpr Subsystem all_links{linkall, linkall_id, Holds::ethernet};

const Subsystem* find_any(std::string_view name) {
  const auto found = std::find_if(all_subsystems.begin(), all_subsystems.end(),
                                  [&](const auto& one) { return same_word(one.name, name); });
  return found == all_subsystems.end() ? nullptr : &*found;
}

std::string_view usual_driver(Edition::Release release) {
  switch (release) {
    case Edition::Release::hpux10_20:
    case Edition::Release::hpux11_00:
      return "NS_LS_DRIVER";
    case Edition::Release::v1:
      return "BTLAN";
    case Edition::Release::v2:
      return "IGELAN";
    case Edition::Release::v3:
      break;
  }
  return "IETHER";
}

}  // namespace

bool same_word(std::string_view one, std::string_view other) {
  return upper_case(one) == upper_case(other);
}

std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

std::vector<Subsystem> subsystems_of(const lab::EmulatedHost& host, const Edition& edition) {
  std::vector<Subsystem> all;
  const auto listed = host.setting("nettl-subsystems");
  for (const auto& one : all_subsystems) {
    bool there = !listed;
    std::istringstream words(listed.value_or(""));
    for (std::string word; words >> word;) there = there || same_word(word, one.name);
    if (there) all.push_back(one);
  }
  if (edition.has_linkall()) all.push_back(all_links);
  return all;
}

const Subsystem* find_subsystem(const std::vector<Subsystem>& all, std::string_view name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return same_word(one.name, name); });
  return found == all.end() ? nullptr : &*found;
}

const Subsystem* subsystem_of(std::uint16_t id) {
  for (const auto& one : all_subsystems)
    if (one.id == id) return &one;
  return nullptr;
}

std::string name_of_subsystem(std::uint16_t id) {
  const auto* known = subsystem_of(id);
  return known ? std::string(known->name) : std::to_string(id);
}

std::vector<std::optional<Subsystem>> drivers_of(const lab::EmulatedHost& host, const Edition& edition) {
  std::vector<std::optional<Subsystem>> drivers;
  const auto listed = host.setting("nettl-drivers");
  for (const auto& interface : host.interfaces()) {
    if (interface.name.starts_with("lo")) {  // reference section 7.7: loopback is not on the drivers
      drivers.emplace_back();
      continue;
    }
    const Subsystem* driver = find_any(usual_driver(edition.release));
    std::istringstream words(listed.value_or(""));
    for (std::string word; words >> word;) {
      const auto equals = word.find('=');
      if (equals == std::string::npos || word.substr(0, equals) != interface.name) continue;
      if (const auto* own = find_any(word.substr(equals + 1))) driver = own;
    }
    drivers.emplace_back(*driver);
  }
  return drivers;
}

std::optional<std::uint32_t> interface_number(std::string_view name) {
  const auto digits = name.find_first_of("0123456789");
  if (digits == std::string_view::npos) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data() + digits, name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

bool takes_filters(std::string_view name, const Edition& edition) {
  constexpr std::array<std::string_view, 10> of_2007 = {"GELAN",     "IGELAN",    "BTLAN",    "INTL100",
                                                        "IETHER",    "IXGBE",     "NS_LS_IP", "NS_LS_TCP",
                                                        "NS_LS_UDP", "NS_LS_ICMP"};
  if (!edition.has_filters()) return false;
  if (std::any_of(of_2007.begin(), of_2007.end(), [&](auto one) { return same_word(one, name); }))
    return true;
  return edition.newest && (same_word(name, "ICXGBE") || same_word(name, linkall));
}

}  // namespace anchoko::nettl::emulated
