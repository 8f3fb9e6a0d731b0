// Which snoop it is, and how the open facts of the reference read on this host.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/result.h"
#include "core/lab/emulated_host.h"

namespace anchoko::snoop::emulated {

enum class System { solaris10, solaris11, illumos };

struct Release {
  System system = System::solaris11;
  bool newer_illumos = false;  // of 2023 or later: -O, -f, -z, whole header, files above 2 GiB refused

  // The language (reference, section 4).
  bool tags = true;                   // vlan, vlan-id; ethertype tests look through one tag
  bool net_swapped = false;           // userland `net` on x86
  bool pppoe_live_broken = true;      // 4.3
  bool ipnet_families_broken = true;  // 4.5, last row
  bool length_frames_pass = true;     // 0, number 4: frames with an 802.3 length have a transport base
  bool signed_values = false;         // order of values above 2^31
  bool overflow_rejects_all = true;   // 4.7: stack of 64
  double nanoseconds_a_path = 7;      // 4.7: what the branch optimiser takes
  bool user_option = false;           // -U is known

  // Files (5, 7).
  std::size_t pad = 8;
  bool lazy_header = true;  // the link type comes with the first packet only
  bool unique_times = true;

  std::string filter_option;  // what -f means: "expression", "flag", "unknown"
  std::string denied_text;    // of a device that may not be opened
  std::string missing_text;   // of a device that is not there
  bool audio = false;         // /dev/audio is there

  bool solaris10() const { return system == System::solaris10; }
  bool ipnet() const { return system != System::solaris10; }
};

// By release, setting `variant` and facts; a fact with an unknown value is an error (usage).
Result<Release> release_of(const lab::EmulatedHost& host);

}  // namespace anchoko::snoop::emulated
