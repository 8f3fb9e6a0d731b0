// What the pcapng tells of how its packets were captured.
#pragma once

#include "core/convert/pipeline.h"
#include "core/session/capture_session.h"

namespace anchoko::session {

// The conversion that makes the result out of the native file; refers to both arguments, which must outlive
// it.
convert::Request conversion_of(const SessionRecord& session, const CaptureEnd& end);

// Likely reasons why there are no packets, likeliest first.
std::vector<std::string> reasons_for_nothing(const SessionRecord& session, const CaptureOutcome& outcome);

}  // namespace anchoko::session
