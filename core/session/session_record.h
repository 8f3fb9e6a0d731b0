// What is known of one session, as its journal keeps it: enough to ask, end, collect and clean it from
// another process, after a crash too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/exec/ssh_runner.h"
#include "core/model/capture_plan.h"
#include "core/model/host_facts.h"

namespace anchoko::session {

// In the order of their coming. lost: its machine cannot be reached, and it may still run there; never in a
// journal.
enum class State { planned, starting, capturing, stopping, stopped, converted, failed, lost };
const char* to_string(State state);

struct SessionRecord {
  SshTarget target;                      // no destination: this machine
  std::vector<std::string> connections;  // to the target, as CommandRunner::connections()
  bool include_control = false;          // their packets stay in the result
  State state = State::planned;
  std::string problem;  // state failed: why
  std::string profile;
  CapturePlan plan;             // of its filter: wanted, residual, reading and native words
  HostFacts facts;              // what provenance and likely reasons need
  std::string output;           // the pcapng asked for
  bool overwrite = false;       // that may replace an existing one
  bool keep_native = false;     // the native file stays after the conversion
  std::string invocation;       // the anchoko command line
  std::int64_t planned_ns = 0;  // since 1970-01-01 UTC, by this machine's clock
  std::int64_t started_ns = 0;  // the tool said that it captures; 0: not seen

  bool remote() const { return !target.destination.empty(); }
  std::int64_t begun_ns() const { return started_ns != 0 ? started_ns : planned_ns; }
};

Json to_json(const SessionRecord& record);
// Errors: what is missing or of another kind, by its name.
Result<SessionRecord> record_from_json(const Json& json);

}  // namespace anchoko::session
