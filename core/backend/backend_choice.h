// Which backend captures on this machine, and why that one.
#pragma once

#include <string>
#include <vector>

#include "core/backend/backend.h"

namespace anchoko {

// The system that a runner's commands run on, as HostFacts::os. Errors: another machine cannot be reached.
Result<std::string> system_of(CommandRunner& runner);

// Those made for that system, in the order of the registry: best first.
std::vector<const Backend*> backends_for(const BackendRegistry& registry, const std::string& os);

// By name; unknown: usage, with did-you-mean.
Result<const Backend*> named_backend(const BackendRegistry& registry, const std::string& name);

// Nothing in the way of a capture; otherwise the first thing that is: "tcpdump is not installed".
std::string obstacle(const Backend& backend, const HostFacts& facts);

struct BackendChoice {
  const Backend* backend = nullptr;
  HostFacts facts;
  std::string reason;  // one sentence
};

// `name` empty: the first without an obstacle; when all have one, the first whose tool is there, so that its
// plan can say what is missing. Errors: usage (unknown name), unavailable (no backend for this system, or the
// named one is made for another), and what the probe of the named one answers.
Result<BackendChoice> choose_backend(const BackendRegistry& registry, const std::string& name,
                                     const std::string& os, CommandRunner& runner);

// The same facts with tool and rights as if nothing were missing: to plan with, never to run with.
HostFacts with_assumed_rights(const Backend& backend, HostFacts facts);

}  // namespace anchoko
