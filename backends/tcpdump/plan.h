// The commands of one capture on Linux, as data.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/model/capture_plan.h"
#include "core/model/host_facts.h"
#include "core/model/lowered_filter.h"
#include "core/model/session_spec.h"

namespace anchoko::tcpdump {

// Longer filters travel in a file: some systems cut what they show or log of a command line.
inline constexpr std::size_t max_filter_words = 4096;  // bytes

// Pure. Errors as Backend::plan.
Result<CapturePlan> make_plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                              const std::string& session_id);

}  // namespace anchoko::tcpdump
