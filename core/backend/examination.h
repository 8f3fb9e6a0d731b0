// What `anchoko doctor` looks at: is there everything on this machine that a capture needs?
#pragma once

#include <string>
#include <vector>

#include "core/backend/backend.h"
#include "core/model/finding.h"

namespace anchoko {

// What an obstacle says, for backends that have nothing better to say of themselves.
std::vector<Finding> plain_findings(const Backend& backend, const HostFacts& facts);

struct BackendExamination {
  std::string backend;
  std::vector<Finding> findings;
};
// Every backend that is made for this system, best first. One that can capture is enough: what the others
// miss is then a warning.
std::vector<BackendExamination> examine_backends(const BackendRegistry& registry, const std::string& os,
                                                 CommandRunner& runner);

// What is there besides the capture tools.
struct Surroundings {
  std::string state_folder;  // empty: neither XDG_STATE_HOME nor HOME tells one
  bool state_folder_writable = false;
  std::string locale;  // what LC_ALL, LC_CTYPE and LANG come to; empty: none is set
  bool locale_has_utf8 = true;
  bool on_terminal = false;
  bool terminal_takes_escapes = false;
};
std::vector<Finding> examine_surroundings(const Surroundings& surroundings);

// Without a backend for this system nothing can capture.
Finding no_backend(const std::string& os);

// Something needed is missing.
bool any_missing(const std::vector<Finding>& findings);

}  // namespace anchoko
