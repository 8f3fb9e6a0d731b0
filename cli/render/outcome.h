// The end of a capture or a conversion, for a person.
#pragma once

#include <string>
#include <vector>

#include "cli/render/table.h"
#include "core/convert/pipeline.h"
#include "core/model/capture_plan.h"
#include "core/session/capture_session.h"

namespace anchoko::cli {

std::vector<Field> summary(const session::CaptureOutcome& outcome, const CapturePlan& plan,
                           const std::string& output);
// Of many inputs, at most `most` tell what they left out.
std::vector<Field> summary(const convert::Outcome& outcome, const std::string& output, std::size_t most);

// Why the result is less than what was asked: lost, damaged or unjudged records. Not empty: exit status 3.
std::vector<std::string> shortfalls(const convert::Outcome& outcome);
// Those, packets that the kernel or the interface dropped, a capture that is incomplete, and no packets
// although some were expected.
std::vector<std::string> shortfalls(const session::CaptureOutcome& outcome, bool expect_packets);

// The damage notes with their byte offsets, at most `most`, and how many more there are.
std::vector<std::string> damage_notes(const convert::LossReport& loss, std::size_t most);

// Lines that `inputs` inputs gave, each with the input's name in front where there are several: those of the
// first `most` inputs, between `before` and `behind`, and how many more there are.
std::vector<std::string> lines_of_inputs(const std::vector<std::string>& lines, std::size_t inputs,
                                         std::size_t most, const std::string& before = {},
                                         const std::string& behind = {});

}  // namespace anchoko::cli
