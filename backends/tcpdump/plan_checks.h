// What must hold before there is a plan: tool, rights, interface, filter, limits.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/capture_plan.h"
#include "core/model/host_facts.h"
#include "core/model/lowered_filter.h"
#include "core/model/session_spec.h"

namespace anchoko::tcpdump {

// Tool and rights; all that is missing is `unavailable`, with the command that mends it.
Result<void> check_host(const HostFacts& facts);

struct ChosenInterface {
  std::string name;       // as given to tcpdump; "any" for all
  std::string link_type;  // empty: not known before the capture
  bool any = false;
  std::vector<std::string> warnings;
};
Result<ChosenInterface> choose_interface(const SessionSpec& spec, const HostFacts& facts);

// The filter must mean something on that link type.
Result<void> check_filter(const LoweredFilter& filter, const ChosenInterface& interface);

struct SnapChoice {
  std::uint32_t native = 0;
  std::uint32_t at_conversion = 0;
};
// The tool shortens records only when neither the pushed nor the residual part reads beyond that.
SnapChoice choose_snaplen(std::uint32_t wanted, const LoweredFilter& filter, const std::string& link_type);

// -c counts what the tool's filter lets pass, so it is the asked number only when nothing is residual.
bool packets_are_native(const SessionSpec& spec, const LoweredFilter& filter);

// -C for the files of a ring, in million bytes: the most with which a file stays within max_size; 0: none
// does.
std::uint64_t ring_megabytes(const Limits& limits);

// Also refuses what cannot be kept.
Result<std::vector<LimitPlan>> plan_limits(const SessionSpec& spec, const HostFacts& facts,
                                           const LoweredFilter& filter);

}  // namespace anchoko::tcpdump
