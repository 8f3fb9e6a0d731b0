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
  // Why the capture itself is incomplete, beyond the drop counters: the tool failed on the way, its file
  // holds less than it counted. Not empty: exit status 3.
  std::vector<std::string> incomplete;
  std::chrono::milliseconds duration{0};
  bool suspicious = false;           // no packets
  std::vector<std::string> reasons;  // likely ones, when suspicious

  bool partial() const;  // anything lost, dropped, damaged or not judged: exit status 3
};

// Makes the private folder, starts the tool, minds it until it ends, converts, verifies and only then deletes
// the native file. What is left on an error is named in its hint. Errors: unavailable (a right or tool is
// missing), interrupted (asked to stop before the tool listened), failed, and whatever the conversion
// answers.
Result<CaptureOutcome> run(const Backend& backend, CommandRunner& runner, const Clock& clock,
                           const CaptureRequest& request);

Json to_json(const CaptureOutcome& outcome);

}  // namespace anchoko::session
