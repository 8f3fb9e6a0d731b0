// One filter text, judged by libpcap and by us, on many records.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/filter/evaluate.h"
#include "core/filter/parser.h"
#include "tests/differential/cases.h"
#include "tests/differential/filter_files.h"
#include "tests/tools/frames.h"
#include "tests/tools/pcap_judge.h"

namespace anchoko::differential {

// What a text is to the two judges on one link type.
struct Compiled {
  // With `inbound` or `outbound`, which libpcap refuses on files of most link types: what it makes of the
  // text with true and false in their places, for a record of unknown direction, an inbound and an outbound
  // one.
  std::optional<testing::PcapFilter> theirs;
  std::optional<testing::PcapFilter> theirs_inbound;
  std::optional<testing::PcapFilter> theirs_outbound;
  bool proved_false = false;  // we say that no record can match
  std::optional<filter::Program> ours;
  std::optional<filter::RecordFilter> ours_capture;
  std::string their_error;
  std::string our_error;
  bool accepted_by_both() const { return theirs && ours; }
};
Compiled compile_both(const std::string& text, const Link& link);
// The text of an error of ours, diagnostics rendered.
std::string described(const Error& error);

struct Tally {
  std::size_t compared = 0;  // pairs of filter and record, one reading each
  std::size_t hits = 0;      // libpcap accepted, on the record as it stands
  std::size_t misses = 0;
};

// Compares verdicts in both readings on every `stride`-th case, from `first`. Differences are doctest
// failures, the first few of a text in full.
Tally compare_verdicts(const std::string& text, const Link& link, Compiled& compiled, const Cases& cases,
                       std::size_t first = 0, std::size_t stride = 1);
// The same on about `wanted` cases, spread evenly; `turn` moves the starting point.
Tally compare_some(const std::string& text, const Link& link, Compiled& compiled, const Cases& cases,
                   std::size_t wanted, std::size_t turn);

// Acceptance must be equal, but for programs of libpcap that overwrite their own offsets: those we may refuse
// with a message that says so. True when both accept.
bool compare_acceptance(const std::string& text, const Link& link, const Compiled& compiled);

bool exhaustive();  // ANCHOKO_EXHAUSTIVE is set: nothing is sampled

}  // namespace anchoko::differential
