// What the pcapng tells of how its packets were captured.
#pragma once

#include "core/convert/pipeline.h"
#include "core/session/capture_outcome.h"

namespace anchoko::session {

// The conversion that makes the result out of the native file; refers to both arguments, which must outlive
// it.
convert::Request conversion_of(const SessionRecord& session, const CaptureEnd& end);

// The packets of those ssh connections, as CommandRunner::connections() tells them, in both directions.
filter::FilterExpr control_filter(const std::vector<std::string>& connections);

// Whether the output is there and tells that it came from this session's native file. An output is under its
// name only when it is complete and verified.
bool is_result_of(const SessionRecord& session);

// Likely reasons why there are no packets, likeliest first.
std::vector<std::string> reasons_for_nothing(const SessionRecord& session, const CaptureOutcome& outcome);

}  // namespace anchoko::session
