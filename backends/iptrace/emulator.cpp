// The tools of AIX around iptrace: an emulation, written from manual pages and from what a real file shows.
// The numbers are sections of the reference of iptrace that this was written from.
//
// Open facts (`fact NAME VALUE` in host.conf; the first value is the default):
//   iptrace-q                    refuse accept       1  -Q [-V] of 7.1 on, whose meaning nobody could tell
//   iptrace-repeat               last first list refuse  2  -s -d -p -P given again
//   iptrace-repeat-interface     last first list refuse  1  -i given again
//   iptrace-lone-b               accept refuse       1  -b without -s and -d; 4.3 always refuses
//   iptrace-ipv6-hosts           refuse accept       1  IPv6 literals after -s and -d
//   iptrace-snap-without-bpf     refuse accept       1  -S without -B
//   iptrace-tcpdump-without-bpf  refuse accept       1  -T without -B
//   iptrace-combine              and or              2  hosts, ports and protocols
//   iptrace-host-pair            and or              2  -s A -d B
//   iptrace-port-end             either source destination  1  -p
//   iptrace-port-protocols       tcp-udp any         2  -p on other protocols
//   iptrace-port-fragments       first all raw       2  -p on later fragments: never, always, by bytes
//   iptrace-port-ipv6            yes no              1  -p sees into IPv6
//   iptrace-protocol-ipv6        yes no              1  -P sees into IPv6
//   iptrace-ipv6-extensions      first walk          1  -p and -P: first next header, or further
//   iptrace-arp-host             drop pass match     2  ARP under -s and -d; match: its addresses
//   iptrace-arp-port             drop pass           2  ARP under -p and -P
//   iptrace-non-ip               drop pass           2  neither IP nor ARP, under any of these
//   iptrace-a-rarp               keep drop           1  RARP under -a
//   iptrace-vlan                 opaque through      6  frames with a tag: no IP, or looked into
//   iptrace-interface-direction  both received       1  -i ("received on the interface", says the page)
//   iptrace-loopback             once twice          6  a live packet of lo0
//   iptrace-format               2.0 1.0             6  of the log
//   iptrace-text                 leftover clean      6  the text field of Ethernet records
//   iptrace-ring                 rename copy         1  how -L makes file.old
//   iptrace-existing             truncate append     1  a file that is there, without -L
//   iptrace-buffer               0 BYTES             6  written at once, or held back
//   iptrace-disk-full            ends goes-on        3  the daemon when the disk is full
//   iptrace-tcpdump-format       2.2 2.4             7  the file of -T
//   iptrace-leftover             refuse reuse        3  a start when an extension was left behind
//   iptrace-bpf-extension        leaves none         3  -B leaves an extension behind, too
//   iptrace-nfs                  hang works          3  a log under the `nfs PATH` of host.conf
//   iptrace-with-tcpdump         works refuse        3  a start while tcpdump runs (unsupported, says 7.2)
//   iptrace-extension-file       PATH                3  what genkex calls it
//   aix-src-quotes               shell none          3  quotes in startsrc -a (its page: as a shell)
//   aix-src-force                kill term           3  stopsrc -f
//   aix-language                 en ja               3  of SRC's texts, where the locale is not C
//   aix-tcpdump-rotation         yes no              7  -B -C -G -U -z -Z; absent before 7.1
//   aix-tcpdump-format           2.2 2.4             7  of -w
//   aix-tcpdump-snap             96 N                7  without -s
//   aix-tcpdump-snap-0           whole default       7  -s 0
//
// Faults (`fault NAME [VALUE]`):
//   iptrace-busy [src]           somebody else's iptrace is active, by SRC or else by a person
//   iptrace-dies [MS]            the daemon dies so long after its start, its extension stays
//   iptrace-unclean-end          it ends on SIGTERM, its extension stays
//   iptrace-slow-stop SECONDS    it goes on that long after SIGTERM
//   iptrace-disk-full [BYTES]    the disk takes so many bytes
//   iptrace-unload-busy [TIMES]  iptrace -u fails so often
//   iptrace-drops N              every Nth packet that passes is lost
//   iptrace-no-promiscuous       the adapter has no promiscuous mode
//   iptrace-wpar                 the host is a WPAR: no -B
//   src-down, src-not-on-file    SRC does not run; it does not know iptrace
//   tcpdump-disk-full [BYTES]    as above; tcpdump says nothing
// Not root: `user NAME` in host.conf. `default-route INTERFACE|none`: what netstat shows; the first one.
#include <array>
#include <span>
#include <string_view>

#include "backends/iptrace/emulator_daemon.h"
#include "backends/iptrace/emulator_probes.h"
#include "backends/iptrace/emulator_report.h"
#include "backends/iptrace/emulator_src.h"
#include "backends/iptrace/emulator_tcpdump.h"
#include "core/lab/tool.h"

namespace anchoko::iptrace {

std::span<const lab::Tool> emulated_tools() {
  static constexpr std::string_view aix = "aix";
  static constexpr std::array<lab::Tool, 12> tools{{{"iptrace", emulated::run_iptrace, aix},
                                                    {"startsrc", emulated::run_startsrc, aix},
                                                    {"stopsrc", emulated::run_stopsrc, aix},
                                                    {"lssrc", emulated::run_lssrc, aix},
                                                    {"ipreport", emulated::run_ipreport, aix},
                                                    {"tcpdump", emulated::run_tcpdump, aix},
                                                    {"oslevel", emulated::run_oslevel, aix},
                                                    {"genkex", emulated::run_genkex, aix},
                                                    {"lsdev", emulated::run_lsdev, aix},
                                                    {"entstat", emulated::run_entstat, aix},
                                                    {"ifconfig", emulated::run_ifconfig, aix},
                                                    {"netstat", emulated::run_netstat, aix}}};
  return tools;
}

}  // namespace anchoko::iptrace
