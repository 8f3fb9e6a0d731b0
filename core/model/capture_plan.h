// The commands of one session on one target, as data.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/model/hazard.h"
#include "core/model/lowered_filter.h"
#include "core/model/session_spec.h"

namespace anchoko {

enum class StepKind { prepare, start, status, stop, collect, clean };

// A word of a native command (or several that belong together: `-i eth0`) and what it does.
struct ExplainedWords {
  std::vector<std::string> words;
  std::string meaning;
};

struct PlanStep {
  StepKind kind = StepKind::start;
  std::string purpose;                  // one line
  std::vector<ExplainedWords> command;  // in order; its words joined are the argv
  std::string note;                     // when it runs, what happens if not; may be empty

  std::vector<std::string> argv() const;
};

// How one limit is kept (design: native, kept, bounded, refused).
enum class LimitKeeping { native, kept, bounded, refused };
struct LimitPlan {
  std::string limit;  // "duration"
  std::string value;  // "60s"
  LimitKeeping keeping = LimitKeeping::native;
  std::string how;  // by what, and how precisely
};

// A file that must lie on the target before the start, because a command names it.
struct PlanFile {
  std::string path;
  std::string content;
  std::string purpose;
};

// How the keeper on a POSIX target minds the tool; see core/plan/script.h.
struct KeeperSettings {
  std::string shell = "/bin/sh";      // that runs it
  bool fractional_sleep = false;      // `sleep 0.2` works there
  std::string stop_signal = "INT";    // by which the tool ends in order
  unsigned settle_seconds = 1;        // from a request to that signal: packets on their way reach the file
  std::string report_signal;          // makes the tool print its counters; empty: none does
  std::string ready_text;             // fixed text in its messages: it captures, and may be signalled
  std::uint64_t hard_file_bytes = 0;  // file size at which the system ends the tool; 0: none

  // For a tool that the system runs itself, as SRC or a facility do. Text for the keeper, whose process then
  // stands for the tool and is ended by TERM: the POSIX shell functions native_begin (starts it by calling
  // run_tool, the start step; prints ready_text on stderr; not zero: it could not, and nothing of ours is
  // left), native_lives (zero: it captures into our folder, or nobody can tell; called about once a second,
  // by any process), native_end (asks it to end, more than once if need be) and native_after (it has ended:
  // prints counters on stderr, mends what it left). None may rely on variables of another; all work in the
  // session's folder, and use `put` for a note `state-NAME`.
  std::string native_functions;                                    // empty: the tool is a process of ours
  std::vector<std::pair<std::string, std::string>> native_values;  // shell variables for these
};

struct CapturePlan {
  std::string backend;
  std::string os;
  std::string host;  // target; "localhost" when local
  std::string session_id;
  std::string interface;  // as given to the tool
  std::string link_type;  // expected; empty: known only from the file
  std::string folder;     // private folder on the target; empty: none
  std::string native_file;
  std::string messages_file;  // where the tool's stderr goes; empty: nowhere
  LoweredFilter filter;
  std::uint32_t native_snaplen = 0;   // 0: whole packets
  std::uint32_t convert_snaplen = 0;  // applied at conversion
  std::uint64_t convert_packets = 0;  // kept by conversion; 0: all
  std::vector<LimitPlan> limits;
  Limits asked;  // the same limits as numbers, for whoever minds the capture; 0: none
  KeeperSettings keeper;
  std::vector<PlanFile> files;  // written after the prepare steps, private
  std::vector<PlanStep> steps;
  std::vector<Hazard> hazards;
  std::vector<std::string> warnings;
  bool can_run = true;     // false: this build only plans for the backend
  std::string cannot_run;  // why

  const PlanStep* step(StepKind kind) const;  // the first of that kind, or null
};

// Canonical text; empty: everything; null: nothing, which has no text.
Json filter_json(const filter::FilterExpr& expr);

// Stable schema, documented in docs/plan-json.md.
Json to_json(const CapturePlan& plan);

const char* to_string(StepKind kind);
const char* to_string(LimitKeeping keeping);

}  // namespace anchoko
