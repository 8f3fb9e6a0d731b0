// Runs a plan: start, watch, stop, convert.
#pragma once

#include <functional>
#include <string>

#include "core/backend/backend.h"
#include "core/base/clock.h"
#include "core/convert/pipeline.h"
#include "core/exec/command_runner.h"

namespace anchoko::session {

struct CaptureProgress {
  std::chrono::milliseconds elapsed{0};
  std::chrono::milliseconds left{0};  // 0: no limit
  std::uint64_t native_bytes = 0;
};

struct CaptureRequest {
  CapturePlan plan;
  std::string output;
  bool overwrite = false;
  bool keep_native = false;
  std::string invocation;  // the anchoko command line, for provenance
  HostFacts facts;
  std::function<void()> started;  // the tool says it listens
  std::function<void(const CaptureProgress&)> progress;
  std::function<bool()> stop_requested;  // true: end now, keep what there is
};

struct CaptureOutcome {
  CaptureStats stats;
  convert::Outcome conversion;
  std::string native_file;  // empty: deleted after verification
  std::vector<std::string> complaints;
  std::string ended_by;  // "duration", "request", "packets", "max_size", "min_free", "tool"
  bool partial = false;  // incomplete: packets dropped, the tool failed on the way, the native file is short;
                         // exit status 3
  std::chrono::milliseconds duration{0};
  bool suspicious = false;           // no packets
  std::vector<std::string> reasons;  // likely ones, when suspicious
};

Result<CaptureOutcome> run(const Backend& backend, CommandRunner& runner, const Clock& clock,
                           const CaptureRequest& request);

Json to_json(const CaptureOutcome& outcome);

}  // namespace anchoko::session
