// Native files in, one capture out: detect, read, residual filter, write, verify.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/convert/loss_report.h"
#include "core/filter/ast.h"
#include "core/filter/evaluate.h"
#include "core/formats/capture_format.h"
#include "core/formats/record_writer.h"
#include "core/packet/interface_info.h"

namespace anchoko::convert {

struct Progress {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_total = 0;  // 0: not known
  std::uint64_t records_in = 0;
  std::uint64_t records_out = 0;
};

struct Request {
  // Read one after the other, in this order; files of a ring as one; "-": standard input.
  std::vector<std::string> inputs;
  bool by_time = false;           // all inputs merged in order of time instead
  std::string output;             // "-": standard output
  std::string format = "pcapng";  // a format that has a writer
  bool overwrite = true;
  // Whoever reads standard output may leave before the end, having seen enough: see Outcome::reader_left.
  bool reader_may_leave = false;
  filter::FilterExpr filter = filter::match_all();
  filter::Reading reading = filter::Reading::file;
  std::string filter_text;  // for provenance; empty: printed from the tree
  // Packets of the capture's own connection: of those that the filter names, these are left out and counted.
  // On a link type that it cannot be applied to none is.
  filter::FilterExpr control = filter::match_none();
  std::uint32_t snaplen = 0;      // shorten records to this; 0: not
  std::uint64_t max_records = 0;  // keep the first N that match; 0: all
  bool one_interface = false;     // the inputs are parts of one capture: interfaces that are alike are one
  formats::ReadOptions read;      // what is wanted of inputs that leave a choice
  bool strict = false;            // the first damage, or a link type that cannot be judged, fails
  bool verify = false;     // read the output back and compare count, times, lengths and bytes; pcapng only
  bool one_layer = false;  // of copies of a packet at several layers only the one next to the wire
  formats::SectionInfo section;  // provenance
  // Called for every interface of the inputs before it is written: the session adds name, filter, host,
  // statistics.
  std::function<void(InterfaceInfo&)> describe_interface;
  // Called for every interface when its input has ended, for counters that are known only then.
  std::function<void(InterfaceInfo&)> describe_end;
  // True: more may be added to the inputs (files), which are read on until it answers false; what was read is
  // written out whenever there is nothing more yet.
  std::function<bool()> growing;
  // With `growing`, while a pipe of output waits for its reader: false ends that with an error of kind
  // interrupted, but a reader that goes on reading gets all. Empty: it waits.
  std::function<bool()> reader_awaited;
  std::function<void(const Progress&)> progress;  // about ten times a second
  std::function<bool()> interrupted;              // true: stop, leave no output; asked by several threads
};

struct Outcome {
  LossReport loss;
  std::uint64_t records_in = 0;
  std::uint64_t records_out = 0;
  std::uint64_t filtered_out = 0;
  std::uint64_t control = 0;  // Request::control
  // By the systems that captured, before there was a file: what counters in the inputs tell, as of their
  // end. Absent: none is there, or it was not read to its end.
  std::optional<std::uint64_t> dropped_by_os;
  std::uint64_t output_bytes = 0;
  bool verified = false;
  std::uint64_t put_in_order = 0;      // inputs that ran backwards in time
  bool reader_left = false;            // Request::reader_may_leave: nothing else is complete here then
  bool stopped_early = false;          // Request::max_records were there: what stands behind was not read
  std::uint64_t copies_left_out = 0;   // of packets that are there from a layer closer to the wire
  formats::FileFacts facts;            // of all inputs
  std::vector<std::string> ring_gaps;  // rings of which files are missing, and how many
  std::optional<std::int64_t> first_ns;
  std::optional<std::int64_t> last_ns;
  std::vector<std::string> input_formats;  // "" for one that could not be opened
  std::string format;
  std::vector<formats::NotHeld> not_held;  // by the output's format
};

Result<Outcome> run(const Request& request);

Json to_json(const Outcome& outcome);

}  // namespace anchoko::convert
