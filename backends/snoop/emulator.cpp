// snoop of Solaris 10 (release 5.10), of Solaris 11 (release 5.11) and of illumos (release 5.11, variant
// illumos), and as far as they list what there is: dladm, ifconfig, netstat and ppriv. Sections are those of
// the reference for snoop; what it does not tell of the last three is from their manual pages.
//
// Settings: variant solaris11|illumos, privileges WORD… (of a user who is not root: net_rawaccess,
// net_observability), default-route INTERFACE|none (the first one with an address). A file `hosts` in the
// host's folder holds names to resolve.
//
// Facts that the reference leaves open or that differ between machines, the default first:
//   snoop-illumos-year      2023 | 2018              -O, -f as a flag, -z, whole header (1, 7.1)
//   snoop-option-u          unknown | known          -U of Solaris 11 (1)
//   snoop-option-f          expression | unknown     -f of Solaris 11 (1)
//   snoop-s10-vlan          no | yes                 VLAN words brought back to Solaris 10 (4.9)
//   snoop-s10-net           swapped | right          userland `net` of Solaris 10 on x86, on SPARC (4.4)
//   snoop-pppoe-live        broken | works           works on Solaris 10 unless told (4.3)
//   snoop-ipnet-userland    never | works            ip, tcp, host… of userland on ipnet (4.5)
//   snoop-length-frames     pass | reject            port tests of 802.3 frames with a length (0, number 4)
//   snoop-compare           unsigned | signed        order of values above 2^31 (4.2)
//   snoop-stack-overflow    every-packet | when-reached   63 ORed tests (4.7)
//   snoop-compile-ns        7 | NUMBER               nanoseconds a path of the branch optimiser (4.7)
//   snoop-file-header       lazy | whole             whole on illumos of 2023 unless told (5, 7.1)
//   snoop-pad               8 | 4                    records are rounded to this (7.2)
//   snoop-times             unique | as-taken        times never stand still (3)
//   snoop-audio             no | yes                 /dev/audio is there, for -a (1, 5)
//   snoop-denied-text       Permission denied | TEXT      of a device that may not be opened (8, number 7)
//   solaris-route-interface  shown | blank           netstat -rn names the interface of the default route;
//                                                    blank on Solaris 10 unless told
//   snoop-missing-text      DLPI link does not exist | TEXT   of a device that is not there; another default
//                                                    on Solaris 10 (2)
//
// Faults:
//   snoop-not-root          the device may not be opened, whoever asks
//   snoop-busy              the device is held by someone else
//   snoop-no-promiscuity    the link cannot be made promiscuous (illumos 2023: -f goes on)
//   snoop-disk-full BYTES   no room behind so many bytes of output
//   snoop-drops N           of every chunk the last N packets find no room; the counter of drops grows
//   snoop-dies N            killed after N packets, 0: as soon as it listens
//   snoop-slow-stop SECONDS finishing takes so long; a second signal then ends it with status 1
//   snoop-unclean-end       killed at the stop, the last record without its bytes
#include <span>
#include <string_view>

#include "backends/snoop/emulator_dladm.h"
#include "backends/snoop/emulator_host_tools.h"
#include "backends/snoop/emulator_session.h"
#include "core/lab/tool.h"

namespace anchoko::snoop {

std::span<const lab::Tool> emulated_tools() {
  static constexpr std::string_view solaris = "solaris";
  static constexpr lab::Tool tools[] = {{"snoop", emulated::run_snoop, solaris},
                                        {"dladm", emulated::run_dladm, solaris},
                                        {"ifconfig", emulated::run_ifconfig, solaris},
                                        {"netstat", emulated::run_netstat, solaris},
                                        {"ppriv", emulated::run_ppriv, solaris}};
  return tools;
}

}  // namespace anchoko::snoop
