// One native capture tool: facts, probe, dialect, plan.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/backend/dialect.h"
#include "core/backend/native_command.h"
#include "core/base/result.h"
#include "core/exec/command_runner.h"
#include "core/model/capabilities.h"
#include "core/model/capture_plan.h"
#include "core/model/capture_stats.h"
#include "core/model/finding.h"
#include "core/model/hazard.h"
#include "core/model/host_facts.h"
#include "core/model/session_spec.h"

namespace anchoko {

struct BackendInfo {
  std::string name;                  // "tcpdump"
  std::string title;                 // "tcpdump (libpcap)"
  std::vector<std::string> systems;  // os names as in HostFacts::os
  std::string tool;                  // program that must be there
};

// A key of [backend.NAME] in a profile.
struct BackendOption {
  std::string key;
  std::string type;  // "string", "boolean", "integer"
  std::string help;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual BackendInfo info() const = 0;
  virtual Capabilities capabilities() const = 0;
  virtual std::vector<Hazard> hazards() const { return {}; }
  virtual std::vector<BackendOption> options() const { return {}; }
  // The tool's own command line; null where anchoko cannot read it.
  virtual const CommandGrammar* command_grammar() const { return nullptr; }

  // Looks without changing anything. A missing tool or right is a fact, not an error.
  virtual Result<HostFacts> probe(CommandRunner& runner) const = 0;
  // Facts to plan with when there is no host to ask (`plan --backend netsh` on Linux): a usual machine.
  virtual HostFacts assumed_facts() const = 0;

  virtual const Dialect& dialect() const = 0;

  // What `anchoko doctor` tells of this machine, with what mends it. A backend that says nothing of its own
  // leaves it at whether anything is in the way.
  virtual std::vector<Finding> examine(const HostFacts& facts) const;
  // The same of the machine that the runner reaches. Here from the facts alone, for backends whose examine()
  // asks nobody. Errors: it cannot be reached.
  virtual Result<std::vector<Finding>> examine_on(CommandRunner& runner, const HostFacts& facts) const {
    (void)runner;
    return examine(facts);
  }

  // Pure. Errors: usage (the spec cannot be met, naming the alternative), refused (a limit that cannot be
  // kept), unavailable (tool or right missing, with the command that mends it).
  virtual Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts,
                                   const LoweredFilter& filter, const std::string& session_id) const = 0;

  // Counters and complaints in what the tool printed.
  struct ToolMessages {
    bool started = false;
    CaptureStats stats;
    std::vector<std::string> complaints;  // lines that a person should see
    std::optional<ErrorKind> failure;     // what kind of failure they tell of, where the words are known
    std::string hint;                     // what mends it; may be empty

    // Keeps the first twenty, each cut at 500 bytes: a tool may say the same for every packet.
    void complain(std::string_view line) {
      if (complaints.size() < 20) complaints.emplace_back(line.substr(0, 500));
    }
  };
  virtual ToolMessages read_messages(const std::string& text) const {
    (void)text;
    return {};
  }
};

// An ordinary list (backends/backends.def feeds it): no static initialisers, so a linker cannot drop one.
class BackendRegistry {
 public:
  void add(std::unique_ptr<Backend> backend) { backends_.push_back(std::move(backend)); }
  const std::vector<std::unique_ptr<Backend>>& all() const { return backends_; }
  const Backend* find(const std::string& name) const;
  std::vector<std::string> names() const;

 private:
  std::vector<std::unique_ptr<Backend>> backends_;
};

}  // namespace anchoko
