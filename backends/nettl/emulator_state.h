// The one facility of a machine (reference section 0): whether it runs, what is traced, filters.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "backends/nettl/emulator_record.h"
#include "backends/nettl/emulator_ring.h"

namespace anchoko::nettl::emulated {

struct SetFilter {
  std::string subsystem, text;
  bool on = false;
};

struct Facility {
  bool started = true;
  bool intruder_came = false;                    // the fault nettl-busy has done its work
  std::map<std::string, std::uint32_t> classes;  // of log messages, by subsystem
  std::vector<Traced> traced;
  std::vector<SetFilter> filters;
  std::uint32_t processor = 0;        // where the writer runs
  std::uint32_t processor_asked = 0;  // and shall run when it is idle
  std::uint32_t timer = 5;

  // The trace: fixed by the first -traceon.
  std::uint32_t trace = 0;                                           // counts them
  std::string file;                                                  // as given; empty: standard output
  std::string stem;                                                  // absolute
  std::uint32_t tracemax = 1000, files = 2, memory = 0, buffer = 0;  // KB, files, KB, KB
  std::int64_t started_at = 0, ended_at = 0;                         // ns
  int reader = 0;                                                    // pid

  bool is_tracing() const { return started && !traced.empty(); }
};

// Nothing stored yet: as after boot. Errors: failed.
Result<Facility> load_facility(const lab::EmulatedHost& host);
Result<void> save_facility(const lab::EmulatedHost& host, const Facility& facility);

std::string write_down(const Facility& facility);
Result<Facility> read_back(std::string_view text);

// What the writer of a trace tells.
struct ReaderReport {
  std::uint32_t trace = 0;
  bool ready = false;
  std::string failure;
  std::uint64_t dropped = 0, waiting = 0, written = 0;
};
ReaderReport load_report(const lab::EmulatedHost& host);
Result<void> save_report(const lab::EmulatedHost& host, const ReaderReport& report);

RingSettings ring_of(const lab::EmulatedHost& host, const Edition& edition, const Facility& facility);
// KB of one file: half of the maximum, but no less than one buffer where -mem made that large.
std::uint64_t file_kilobytes(const Facility& facility);

}  // namespace anchoko::nettl::emulated
