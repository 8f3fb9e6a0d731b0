// How a capture ended, and what its conversion says of it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/backend/backend.h"
#include "core/convert/pipeline.h"
#include "core/session/keeper_client.h"
#include "core/session/session_record.h"

namespace anchoko::session {

// How the end of a capture is judged and told.
struct CaptureEnd {
  Backend::ToolMessages messages;
  std::optional<int> exit_status;
  std::string ended_by;  // as CaptureOutcome::ended_by
  std::chrono::milliseconds duration{0};
  std::int64_t start_ns = 0;  // since 1970-01-01 UTC
  std::int64_t end_ns = 0;
  std::size_t native_files = 0;  // that the tool left
};

struct CaptureOutcome {
  CaptureStats stats;
  convert::Outcome conversion;
  // By a ring of files that may have come round: what the tool counted and its files no longer hold.
  std::optional<std::uint64_t> overwritten;
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
Json to_json(const CaptureOutcome& outcome);

// From what the keeper reports; `now_ns` where it does not tell when that was.
CaptureEnd end_of(const Backend& backend, const SessionRecord& session, const KeeperReport& report,
                  std::int64_t now_ns);

// How it ended, in the words of CaptureOutcome::ended_by; "lost": from outside.
std::string ended_by(const CapturePlan& plan, const KeeperReport& report);

CaptureOutcome judge(const SessionRecord& session, const CaptureEnd& end, convert::Outcome conversion);

}  // namespace anchoko::session
