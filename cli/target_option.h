// On which machine: --on and --become, and what runs commands there.
#pragma once

#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/exec/ssh_runner.h"
#include "core/model/capture_plan.h"

namespace CLI {
class App;
}

namespace anchoko::cli {

// `destination` empty: this machine. The ssh to use is the first in PATH, or what ANCHOKO_SSH names.
std::unique_ptr<CommandRunner> make_runner(const SshTarget& target);

// What a plan for that machine says besides: where its commands run, and how its file gets here.
void tell_target(CapturePlan& plan, const SshTarget& target, bool include_control);

class TargetOption {
 public:
  void add_options(CLI::App& app);

  // Errors: usage, no host that ssh could reach.
  Result<SshTarget> target() const;
  bool remote() const { return !destination_.empty(); }

 private:
  std::string destination_;
  std::string become_;
  bool given_ = false;
};

}  // namespace anchoko::cli
