#include <algorithm>
#include <utility>

#include "backends/nettl/entities.h"
#include "backends/nettl/messages.h"
#include "backends/nettl/native_text.h"
#include "backends/nettl/nettl.h"
#include "backends/nettl/probe.h"
#include "core/base/clock.h"
#include "core/filter/printer.h"
#include "core/plan/planner.h"

namespace anchoko::nettl {
namespace {

// nettl(1M): -tracemax is the size of any two files in KB, and at most this in every edition; -n counts
// files.
constexpr std::uint64_t most_kb_of_two = 99999;
constexpr std::uint64_t least_kb_of_two = 128;
constexpr std::uint32_t most_bytes_of_record = 2000;

// KB for -mem; 0: this release does not know it. A buffer is a quarter of it, and a file holds at least one:
// without -mem, or with a large one, the files would become larger than was asked for.
Result<std::uint64_t> memory_kb(const SessionSpec& spec, const HostFacts& facts, std::uint64_t kb_of_two) {
  const std::string memory = option(spec, "memory");
  const std::string& release = facts.os_release;
  const bool old = is_old_release(release);
  const std::uint64_t most = 2 * kb_of_two;
  if (memory.empty()) {
    constexpr std::uint64_t usual = 16384;
    return old ? 0 : std::min(usual, most);
  }
  if (old)
    return fail(ErrorKind::usage, "backend.nettl.memory: HP-UX " + release + " has no -mem", "leave it out");
  const bool number =
      memory.size() <= 9 && std::ranges::all_of(memory, [](char c) { return c >= '0' && c <= '9'; });
  if (number && std::stoull(memory) >= 8 && std::stoull(memory) <= most) return std::stoull(memory);
  return fail(
      ErrorKind::usage,
      "backend.nettl.memory is '" + memory + "', not a number of KiB from 8 to " + std::to_string(most),
      "more of it would make the files larger than max_size");
}

Result<void> check_spec(const SessionSpec& spec, const HostFacts& facts) {
  if (facts.tool.empty()) {
    return fail(ErrorKind::unavailable, "nettl is not there: it comes with HP-UX",
                "plan for it from here with --backend nettl, or capture with another backend");
  }
  if (!facts.elevated)
    return fail(ErrorKind::unavailable, "tracing is not allowed there; " + facts.rights,
                "be root there: --on root@HOST, or --become sudo");
  if (spec.promiscuous) {
    return fail(ErrorKind::usage, "nettl has no option for promiscuous mode", "leave 'promiscuous' out");
  }
  const Limits& limits = spec.limits;
  if (limits.duration.count() == 0) {
    return fail(ErrorKind::refused,
                "nettl: a trace without a duration would never end, because its files are a ring",
                "give a duration");
  }
  if (limits.max_size == 0)
    return fail(ErrorKind::refused, "nettl: a trace without a size limit is not planned", "give a max_size");
  if (facts.spool_free != 0 && facts.spool_free < limits.files * limits.max_size + limits.min_free) {
    return fail(ErrorKind::refused,
                "nettl: " + human_size(facts.spool_free) + " are free in " + facts.spool +
                    ", less than files × max_size and min_free together",
                "lower max_size or files, or free space");
  }
  return {};
}

// Files of a ring that together are no larger than what was asked for.
struct Ring {
  std::uint64_t kb_of_two;
  std::uint64_t files;
};
Result<Ring> ring_of(const Limits& limits, const HostFacts& facts) {
  constexpr std::uint64_t kib = 1024;
  // 11i v1 of 2005 rounds up to its user buffer, of 128 KB.
  const std::uint64_t unit = is_old_release(facts.os_release) ? 128 : 1;
  const std::uint64_t all = limits.files * limits.max_size / kib;
  if (all < least_kb_of_two)
    return fail(ErrorKind::usage, "nettl: its files have at least 64 KiB, and two of them exist",
                "raise max_size");
  const std::uint64_t files = std::max<std::uint64_t>(2, (all * 2 + most_kb_of_two - 1) / most_kb_of_two);
  const std::uint64_t kb_of_two = all * 2 / files;
  return Ring{kb_of_two - kb_of_two % unit, files};
}

std::vector<LimitPlan> limit_plans(const SessionSpec& spec, const Ring& ring, unsigned flush) {
  const Limits& limits = spec.limits;
  const std::string files = std::to_string(ring.files);
  std::vector<LimitPlan> result;
  result.push_back({"duration", human_duration(limits.duration), LimitKeeping::kept,
                    "by the keeper on the target, whether anchoko lives or not; a second watches over it. "
                    "The trace ends " +
                        std::to_string(flush) + " seconds later, when nettl has written what it held"});
  result.push_back({"max_size", human_size(limits.files * limits.max_size), LimitKeeping::bounded,
                    "by nettl: a ring of " + files + " files of about " + human_size(ring.kb_of_two * 512) +
                        "; when all are full, the oldest packets are lost"});
  result.push_back({"files", files, LimitKeeping::bounded, "nettl writes a ring of at least two files"});
  if (limits.packets != 0) {
    result.push_back(
        {"packets", std::to_string(limits.packets), LimitKeeping::kept,
         "by conversion, which keeps the first of those in the files; a full ring has lost its oldest "
         "packets by then"});
  }
  if (limits.min_free != 0)
    result.push_back(
        {"min_free", human_size(limits.min_free), LimitKeeping::kept, "by the keeper, once a second"});
  return result;
}

PlanStep start_step(const SessionSpec& spec, const CapturePlan& plan, const std::vector<std::string>& entity,
                    const Ring& ring, std::uint64_t memory, const std::string& trace) {
  PlanStep step;
  step.kind = StepKind::start;
  step.purpose = "Trace packets of the link";
  step.command.push_back({{"nettl", "-traceon"}, "begin to trace"});
  if (spec.direction != CaptureDirection::out)
    step.command.push_back({{"pduin"}, "whole packets that arrive"});
  if (spec.direction != CaptureDirection::in)
    step.command.push_back({{"pduout"}, "whole packets that leave"});
  ExplainedWords of{{"-entity"},
                    "of these subsystems; those of IP and above it would repeat each packet at their layer"};
  of.words.insert(of.words.end(), entity.begin(), entity.end());
  step.command.push_back(std::move(of));
  step.command.push_back(
      {{"-file", trace}, "the files get .TRC and a number behind this name; 0 is the newest"});
  step.command.push_back({{"-tracemax", std::to_string(ring.kb_of_two)}, "KB of any two files"});
  step.command.push_back({{"-n", std::to_string(ring.files)}, "so many files, then the oldest goes"});
  if (plan.native_snaplen != 0)
    step.command.push_back(
        {{"-m", std::to_string(plan.native_snaplen)}, "keep so many bytes of each packet"});
  if (memory != 0) {
    step.command.push_back(
        {{"-mem", std::to_string(memory)},
         "KB of memory for what is not written yet; a file holds at least a quarter of it"});
  }
  step.note =
      "The facility must have been started, as it usually is from boot; if `nettl -status` says that it is "
      "not, that is told and nothing is changed.";
  return step;
}

std::vector<PlanStep> steps(const CapturePlan& plan, PlanStep start, const std::vector<std::string>& entity,
                            const std::string& trace) {
  const ExplainedWords status{{"nettl", "-status", "trace"},
                              "tell of the trace: its file, its entities, what was dropped"};
  PlanStep collect{
      StepKind::collect,
      "Convert to pcapng and verify",
      {{{"anchoko", "convert", trace + ".TRC000", trace + ".TRC001"}, "read the ring as one, brought home"}},
      "Behind the flush of 5 seconds, with all files of the ring that are there: releases number them "
      "differently (TRC0, TRC00, TRC000). anchoko does this itself, and adds where the packets come from."};
  if (!plan.filter.exact() && plan.filter.residual->kind != filter::NodeKind::none) {
    collect.command.push_back(
        {{"-f", filter::print(plan.filter.residual)}, "keep only packets that match what was asked for"});
    if (plan.filter.reading == filter::Reading::capture)
      collect.command.push_back({{"--reading", "capture"}, "judge a tagged frame without its outermost tag"});
  }
  collect.command.push_back({{"-o", "OUT.pcapng"}, "the result"});
  ExplainedWords off{{"nettl", "-traceoff", "-entity"},
                     "end tracing of the entities that this session began, and of no others"};
  off.words.insert(off.words.end(), entity.begin(), entity.end());
  return {
      {StepKind::prepare,
       "Make a private folder for this session",
       {{{"mkdir", plan.folder}, "fails if there is one already, so nobody can have prepared it"}},
       {}},
      {StepKind::prepare,
       "Look whether someone traces: a machine has one trace",
       {status},
       "A trace of someone else is left alone and nothing is started. What was dropped so far is noted."},
      {StepKind::prepare,
       "Look which subsystems this machine has",
       {{{"nettlconf", "-status"}, "their names, from which the entity is chosen"}},
       {}},
      std::move(start),
      {StepKind::status, "See whether it still captures", {status}, "It is ours when it names our file."},
      {StepKind::stop,
       "End the capture",
       {std::move(off)},
       "Only when it is ours. The facility itself is never stopped."},
      std::move(collect),
      {StepKind::clean,
       "Delete the session's folder with its files",
       {{{"rm", "-r", plan.folder}, "the folder that this session made, and nothing else is in it"}},
       "Only after the pcapng has been verified."},
  };
}

KeeperSettings keeper_of(const HostFacts& facts, const std::vector<std::string>& entities,
                         const std::string& trace) {
  // nettl(1M): the timer's usual 5 seconds, and a moment. Releases without it write full buffers only.
  constexpr unsigned timer = 6;
  constexpr unsigned still = 15;  // the longest timer is 10 seconds
  KeeperSettings keeper;
  keeper.shell = facts.shell;
  keeper.fractional_sleep = facts.fractional_sleep;
  keeper.stop_signal = "TERM";
  // Drops are told only while nettl traces: what came until the request is written by then, or dropped.
  keeper.settle_seconds = is_old_release(facts.os_release) ? 1 : timer;
  keeper.ready_text = started_words;
  keeper.native_functions = native_text();
  std::string names;
  for (const auto& one : entities) names += (names.empty() ? "" : " ") + one;
  keeper.native_values = {
      {"nettl_trace", trace}, {"nettl_entities", names}, {"nettl_still", std::to_string(still)}};
  return keeper;
}

}  // namespace

Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                         const std::string& session_id) {
  if (!plan::is_session_id(session_id))
    return fail(ErrorKind::failed, "`" + session_id + "` is not a session id");
  if (auto checked = check_spec(spec, facts); !checked) return fail(checked.error());
  const auto entities = choose_entities(spec, facts);
  if (!entities) return fail(entities.error());
  const auto ring = ring_of(spec.limits, facts);
  if (!ring) return fail(ring.error());
  const auto memory = memory_kb(spec, facts, ring->kb_of_two);
  if (!memory) return fail(memory.error());

  CapturePlan result;
  result.backend = "nettl";
  result.os = "hpux";
  result.session_id = session_id;
  result.folder = facts.spool + "/anchoko." + session_id;
  const std::string trace = result.folder + "/capture";
  result.interface = entities->interface;
  // The keeper lists what there is by this beginning.
  result.native_file = trace + ".TRC";
  result.messages_file = result.folder + "/messages.cap";
  result.filter = filter;
  const bool filtered = !filter::is_match_all(filter.wanted);
  const bool native_snaplen = !filtered && spec.snaplen != 0 && spec.snaplen <= most_bytes_of_record;
  (native_snaplen ? result.native_snaplen : result.convert_snaplen) = spec.snaplen;
  result.convert_packets = spec.limits.packets;
  result.asked = spec.limits;
  result.keeper = keeper_of(facts, entities->names, trace);
  result.limits = limit_plans(spec, *ring, result.keeper.settle_seconds);
  result.steps =
      steps(result, start_step(spec, result, entities->names, *ring, *memory, trace), entities->names, trace);
  result.hazards = all_hazards();
  result.warnings = entities->warnings;
  if (entities->names == std::vector<std::string>{"LINKALL"} && option(spec, "entity").empty()) {
    result.warnings.emplace_back(
        "LINKALL, all link drivers at once, came late to 11i v3 (in its manual since 2010): elsewhere name "
        "the driver, with [backend.nettl] entity = \"IGELAN\" or the like");
  }
  if (filtered)
    result.warnings.emplace_back("everything is captured, and filtered at conversion: size the ring for it");
  return result;
}

}  // namespace anchoko::nettl
