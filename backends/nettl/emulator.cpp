// nettl, netfmt, nettlconf, lanscan and ioscan of HP-UX 11i v1 to v3 (and, without manual pages, of 10.20
// and 11.00), from hpux-nettl.md alone; the sections below are its.
//
// Open facts, `fact NAME VALUE` of host.conf: the table in facts(). Settings, `KEY TEXT`:
//   nettl-drivers lan0=IETHER …   which driver serves which interface (else the release's usual one)
//   nettl-subsystems NAME…        what /etc/nettlgen.conf lists (else everything known)
//   nettl-at-boot started|stopped whether the facility runs after boot (started)
//   memory KB, cpus N             free memory (1048576) and processors (4)
//   timezone TEXT, model TEXT     for headers of files (GMT0, 9000/800)
//   utc-offset SECONDS            of local time (0); see the fact nettl-seconds
//
// Faults, `fault NAME [VALUE]`:
//   nettl-busy [FILE]          somebody traces NS_LS_IP into FILE (else `theirs` in the host's folder)
//   nettl-daemon-dies [MS]     the writer is gone after so long (200) without writing what it held
//   nettl-disk-full [BYTES]    the disk takes no more than that (0); the rest is dropped and counted
//   nettl-disk-short           -n is lowered to 2 with a message (section 1)
//   nettl-drop [N]             each Nth message (2) is dropped and counted
//   nettl-slow-stop [MS]       what is in memory is written so much later (8000) after -traceoff
//   nettl-unclean-end          the last file ends within a record
//   nettl-damaged-conf         /etc/nettlgen.conf is damaged: no command works (section 7.6)
//   nettl-start-fails, nettl-traceon-fails   the command fails and changes nothing
//   `user NAME` other than root: everything but -status is refused
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

#include "backends/nettl/emulator_commands.h"
#include "backends/nettl/emulator_machine.h"
#include "backends/nettl/emulator_netfmt.h"
#include "backends/nettl/emulator_reader.h"
#include "core/lab/process.h"
#include "core/lab/tool.h"

namespace anchoko::nettl {
namespace emulated {
namespace {

constexpr auto open_facts = std::to_array<Fact>({
    // ---- the machine and its editions ----
    {"nettl-edition", "newest|oldest", "newest",
     "2: v1 12/2000 or 09/2005, v2 08/2003 or 04/2009, v3 02/2007 or 09/2010"},
    {"nettl-suffix-digits", "1|2|3", "", "2: .TRC0, .TRC00, .TRC000; else as the release has it"},
    // ---- the command line ----
    {"nettl-entity-place", "first|any", "first",
     "1: -entity right behind the kinds, as all examples have it"},
    {"nettl-least-files", "#", "2", "1: the least value of -n"},
    {"nettl-error-exit", "#", "1", "5: exit status of errors"},
    {"nettl-down-exit", "#", "1", "5: exit status where the facility is down, -status too"},
    {"nettl-start-again", "error|silent", "error", "5: -start while it runs"},
    {"nettl-retrace-exit", "#", "0", "0, 5: exit status of a -traceon whose file is ignored"},
    {"nettl-retrace-mask", "replaces|adds", "replaces", "0: what a second -traceon does to masks"},
    {"nettl-traceoff-idle", "message|error", "message", "5: -traceoff of what is not traced"},
    {"nettl-card-lan", "selects|ignored", "selects", "1, 9: -card with drivers of LANs"},
    {"nettl-status-table", "yes|no", "yes", "5: v2 and v3 print subsystems and masks"},
    {"nettl-status-idle", "text|heading", "text", "5: a line 'No Subsystems Active'"},
    // ---- files ----
    {"nettl-append-header", "none|again", "none", "1: appending to a file writes a file header again"},
    {"nettl-mem-raises-file", "explicit|always", "explicit", "2: the usual memory makes files larger, too"},
    {"nettl-traceoff-flush", "timer|at-once", "timer", "5: when -traceoff writes what is in memory"},
    {"nettl-flush-without-timer", "#", "0", "1: seconds, before v2 of 2009; 0: full buffers and the end"},
    // ---- records ----
    {"nettl-header-records", "separate|none", "separate", "1: hdrin and hdrout beside pdu kinds"},
    {"nettl-m-covers", "data|record", "data", "1, 8: -m without or with the pad"},
    {"nettl-device-id", "interface|none", "interface", "8, 9: device id of driver records: N of lanN, or -1"},
    {"nettl-driver-kind", "set|zero", "", "8: kind of NS_LS_DRIVER records; else zero on 10.20"},
    {"nettl-seconds", "utc|local", "utc", "8: times in files; local ones by the setting utc-offset"},
    {"nettl-promiscuous", "yes|no", "yes", "frames for other stations are seen"},
    {"nettl-igmp", "message|none", "message", "8: records of NS_LS_IGMP"},
    {"nettl-transport-ipv6", "yes|no", "yes", "8: NS_LS_TCP and UDP over IPv6, too"},
    {"nettl-layer-delay", "#", "0", "0: microseconds between a packet's records at link and IP layer"},
    // ---- capture filters ----
    {"nettl-filter-precedence", "and-first|left-to-right|or-first", "and-first", "4: && and || mixed"},
    {"nettl-filter-absent", "no-match|unequal", "no-match", "4: != where the packet has no such field"},
    {"nettl-filter-vlan", "no|yes", "no", "4: fields behind a VLAN tag are seen by drivers' filters"},
    {"nettl-filter-ipv6-ports", "no|yes", "no", "4: ports of packets of version 6"},
    {"nettl-filter-th-flags", "subset|any", "subset",
     "4: == SA: only S, A or SA; or whatever has one of them"},
    {"nettl-filter-ip-order", "no|yes", "no", "4: < <= > >= with ip_src and ip_dst"},
    {"nettl-filter-mac-order", "no|yes", "no", "4: the same with mac_src and mac_dst"},
    {"nettl-filter-port-order", "yes|no", "yes", "4: the same with ports"},
    {"nettl-filter-blanks", "required|optional", "required", "4: around operators"},
    {"nettl-filter-comments", "no|yes", "no", "4: lines that begin with # in a filter file"},
    {"nettl-filter-layers", "checked|free", "checked", "4: operands of layers that a subsystem does not see"},
    {"nettl-filter-both", "driver|either", "driver", "4: filters of a driver and of LINKALL"},
    {"nettl-filter-all", "no|yes", "no", "4: -filteron all and the like"},
    {"nettl-filter-needs-start", "yes|no", "yes", "4: the facility must run"},
    {"nettl-setfilter-again", "refused-when-on|refused|replaces", "refused-when-on", "4: a second filter"},
    {"nettl-removefilter-on", "refused|removes", "refused", "4: while the filter is on"},
    {"nettl-stop-filters", "removed|kept", "removed", "4: what -stop does to them"},
    {"nettl-displayfilter", "file|block", "file", "4: output as in a filter file, or with its state"},
    // ---- netfmt and nettlconf ----
    {"netfmt-error-exit", "#", "1", "5: exit status of errors"},
    {"netfmt-time-alone", "accepted|refused", "accepted", "6: -T without -1, as a memo has it"},
    {"netfmt-port-types", "yes|no", "yes", "6: ip_proto, tcp_sport and the like, from memory alone"},
    {"netfmt-comments", "yes|no", "yes", "6: '#' begins a comment in filter files"},
    {"netfmt-global-not", "no|yes", "no", "6: '!' in lines of the formatter"},
    {"netfmt-absent", "excluded|shown", "excluded", "6: records without the layer that a line asks for"},
    {"nettlconf-status-form", "table|blocks", "table", "3: how -status lists ids and names"},
});

// With a file: a process that ps shows as the trace daemon. Else the output is this command's.
Result<int> start_reader(const lab::EmulatedHost& host, const Facility& facility) {
  const std::string number = std::to_string(facility.trace);
  if (!facility.file.empty()) return lab::start_daemon({reader_name, number, facility.stem});
  std::fflush(stdout);
  const pid_t pid = fork();
  if (pid < 0) return fail(ErrorKind::failed, "no process can be started");
  if (pid > 0) return pid;
  setsid();
  closefrom(STDERR_FILENO + 1);
  _exit(run_reader(host, facility.trace));
}

int nettl(lab::EmulatedHost& host, std::span<const std::string> words) {
  World world{host,
              [&](const Facility& facility) { return start_reader(host, facility); },
              isatty(STDOUT_FILENO) == 1,
              {},
              {}};
  const int status = run_nettl(world, words);
  std::fputs(world.out.c_str(), stdout);
  std::fputs(world.err.c_str(), stderr);
  return status;
}

int reader(lab::EmulatedHost& host, std::span<const std::string> words) {
  if (words.size() < 2) return 2;
  return run_reader(host, static_cast<std::uint32_t>(std::strtoul(words[1].c_str(), nullptr, 10)));
}

int netfmt(lab::EmulatedHost& host, std::span<const std::string> words) {
  const lab::SignalWatch signals({SIGINT, SIGTERM});
  FormatStreams streams;
  streams.input_is_terminal = isatty(STDIN_FILENO) == 1;
  streams.read_input = [] {
    std::string some(65536, '\0');
    const ssize_t got = read(STDIN_FILENO, some.data(), some.size());
    some.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return some;
  };
  streams.print = [](const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  };
  streams.complain = [](const std::string& text) { std::fputs(text.c_str(), stderr); };
  streams.stopped = [&] { return signals.pending() != 0; };
  return run_netfmt(host, words, streams);
}

template <auto run>
int printed(lab::EmulatedHost& host, std::span<const std::string> words) {
  std::string out, err;
  const int status = run(host, words, out, err);
  std::fputs(out.c_str(), stdout);
  std::fputs(err.c_str(), stderr);
  return status;
}

constexpr std::string_view hpux = "hpux";
constexpr auto tools = std::to_array<lab::Tool>({
    {"nettl", nettl, hpux},
    {"netfmt", netfmt, hpux},
    {"nettlconf", printed<run_nettlconf>, hpux},
    {"lanscan", printed<run_lanscan>, hpux},
    {"ioscan", printed<run_ioscan>, hpux},
    {reader_name, reader, hpux},
});

}  // namespace

std::span<const Fact> facts() {
  return open_facts;
}

}  // namespace emulated

std::span<const lab::Tool> emulated_tools() {
  return emulated::tools;
}

}  // namespace anchoko::nettl
