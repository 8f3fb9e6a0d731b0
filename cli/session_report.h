// What every command that ends a session says of it.
#pragma once

#include <string>

#include "cli/context.h"
#include "core/session/capture_session.h"

namespace anchoko::cli {

// Warnings, the summary or its JSON, and the exit status.
int report_outcome(Context& context, const session::SessionRecord& record,
                   const session::CaptureOutcome& outcome, bool expect_packets,
                   const std::string& reason = {});

// Where it captures: the interface, and of which other machine.
std::string place_of(const session::SessionRecord& record);

// As a person here would write it: relative to the current folder where it lies in there.
std::string shown_path(const std::string& path);

// The journal of this user.
Result<session::SessionJournal> open_journal();

}  // namespace anchoko::cli
