// The subsystems of a machine: names, ids, and what their packet records hold (reference sections 3 and 8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/nettl/emulator_facts.h"

namespace anchoko::nettl::emulated {

enum class Holds {
  nothing,  // no packets
  ethernet,
  fddi,        // 3 bytes of pad
  fddi_hp_pb,  // pads of its own
  token_ring,
  generic_driver,  // a sub-header, then Ethernet
  loopback,
  loopback6,
  ipv4,
  ipv6,
  tcp,
  udp,
  icmp,
  icmpv6,
  igmp,
  telnet,
  sctp,
  x25,
};

struct Subsystem {
  std::string_view name;
  std::uint16_t id;
  Holds holds;

  bool is_link() const { return holds >= Holds::ethernet && holds <= Holds::generic_driver; }
};

// The pseudo-subsystem of 11i v3 2010: every link driver.
inline constexpr std::string_view linkall = "LINKALL";
inline constexpr std::uint16_t linkall_id = 0xffff;  // in no file

bool same_word(std::string_view one, std::string_view other);  // case does not matter
std::string upper_case(std::string_view text);

// What /etc/nettlgen.conf of the host lists: all, or those of the setting `nettl-subsystems NAME…`.
std::vector<Subsystem> subsystems_of(const lab::EmulatedHost& host, const Edition& edition);
const Subsystem* find_subsystem(const std::vector<Subsystem>& all, std::string_view name);
const Subsystem* subsystem_of(std::uint16_t id);  // of all machines
std::string name_of_subsystem(std::uint16_t id);

// The driver of each interface, in their order: the setting `nettl-drivers lan0=IETHER …`, else what is usual
// for the release; nothing for loopback.
std::vector<std::optional<Subsystem>> drivers_of(const lab::EmulatedHost& host, const Edition& edition);
// The n of lanN.
std::optional<std::uint32_t> interface_number(std::string_view name);

// Whether -setfilter takes it (reference section 4).
bool takes_filters(std::string_view name, const Edition& edition);

}  // namespace anchoko::nettl::emulated
