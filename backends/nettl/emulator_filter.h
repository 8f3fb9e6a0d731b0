// Capture filters of 11i v3: -setfilter and what they match (reference section 4).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backends/nettl/emulator_packet.h"
#include "backends/nettl/emulator_subsystems.h"

namespace anchoko::nettl::emulated {

// How the open facts of filters read.
struct FilterReading {
  enum class Precedence { and_first, left_to_right, or_first };

  Precedence precedence = Precedence::and_first;
  bool absent_is_unequal = false;  // != holds where the packet has no such field
  bool through_tags = false;       // fields behind a VLAN tag are seen
  bool ports_of_version6 = false;
  bool any_flag = false;  // th_flags: one common flag will do; else no other flag may be set
  bool ip_order = false, mac_order = false, port_order = true;  // < <= > >= are taken
  bool blanks_needed = true;
  bool comments = false;       // lines that begin with '#'
  bool layers_checked = true;  // operands of a layer that the subsystem does not see are refused
};
FilterReading filter_reading(const lab::EmulatedHost& host);

enum class Operand {
  mac_src,
  mac_dst,
  mac_type,
  ip_src,
  ip_dst,
  ip_p,
  th_sport,
  th_dport,
  th_flags,
  uh_sport,
  uh_dport,
  icmp_type,
  icmp_code,
};
enum class Comparison { equal, unequal, less, less_equal, greater, greater_equal };

struct Term {
  bool joined_by_or = false;  // to what stands before it
  Operand operand = Operand::mac_src;
  Comparison comparison = Comparison::equal;
  std::uint64_t value = 0;
};
struct Filter {
  std::string subsystem;  // as the table spells it
  std::string text;       // behind the subsystem
  std::vector<Term> terms;
};

bool matches(const Filter& filter, const Packet& packet, const FilterReading& reading);

// One line of a filter file, or all of them. Errors: usage, naming the line.
struct FilterMachine {
  const std::vector<Subsystem>& subsystems;
  const Edition& edition;
  const FilterReading& reading;
  const lab::EmulatedHost& host;  // its names
};
Result<Filter> parse_filter_line(const FilterMachine& machine, std::string_view line);
Result<std::vector<Filter>> parse_filter_file(const FilterMachine& machine, std::string_view text);

}  // namespace anchoko::nettl::emulated
