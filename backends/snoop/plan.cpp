#include <utility>

#include "backends/snoop/plan_checks.h"
#include "backends/snoop/snoop.h"
#include "core/filter/printer.h"
#include "core/plan/planner.h"

namespace anchoko::snoop {
namespace {

PlanStep start_step(const SessionSpec& spec, const HostFacts& facts, const CapturePlan& plan) {
  PlanStep step;
  step.kind = StepKind::start;
  step.purpose = "Capture";
  step.command.push_back({{facts.tool}, "the capture tool that this system has"});
  step.command.push_back({{"-o", plan.native_file}, "write packets to this file instead of showing them"});
  step.command.push_back({{"-q"}, "no running count of packets"});
  if (!plan.interface.empty() && watches_ip(spec)) {
    step.command.push_back(
        {{"-I", plan.interface},
         "watch this IP interface: IP packets only, both ways, those of the host to itself too"});
  } else if (!plan.interface.empty()) {
    step.command.push_back({{"-d", plan.interface}, "listen on this link"});
  }
  if (!spec.promiscuous) step.command.push_back({{"-P"}, "not promiscuous, but for multicast frames"});
  if (plan.native_snaplen != 0) {
    step.command.push_back(
        {{"-s", std::to_string(plan.native_snaplen)},
         "keep the first " + std::to_string(plan.native_snaplen) + " bytes of each packet"});
  }
  if (spec.limits.packets != 0 && plan.convert_packets == 0)
    step.command.push_back({{"-c", std::to_string(spec.limits.packets)}, "end after this many packets"});
  if (!plan.filter.native_words.empty()) {
    step.command.push_back(
        {plan.filter.native_words,
         std::string(plan.filter.exact() ? "the filter: exactly what was asked for"
                                         : "the filter, wider than asked for: conversion applies the rest") +
             "; 'greater 0' keeps it out of the kernel's own parser, which reads some words differently"});
  }
  step.note =
      "Its messages go to " + plan.messages_file + "; the line `Using device` there says that it captures.";
  return step;
}

std::vector<PlanStep> steps(const CapturePlan& plan, PlanStep start) {
  const auto keeper = [&](const char* word) {
    return std::vector<std::string>{plan.keeper.shell, plan.folder + "/keeper", word};
  };
  PlanStep collect{StepKind::collect,
                   "Convert to pcapng and verify",
                   {{{"anchoko", "convert", plan.native_file}, "read the native file, brought home"}},
                   "anchoko does this itself, and adds where the packets come from."};
  const auto& residual = plan.filter.residual;
  if (!plan.filter.exact() && residual->kind != filter::NodeKind::none) {
    collect.command.push_back(
        {{"-f", filter::print(residual)}, "keep only packets that match what was asked for"});
    if (plan.filter.reading == filter::Reading::capture)
      collect.command.push_back({{"--reading", "capture"}, "judge a tagged frame without its outermost tag"});
  }
  collect.command.push_back({{"-o", "OUT.pcapng"}, "the result"});
  return {
      {StepKind::prepare,
       "Make a private folder for this session, and start the keeper in it",
       {{{"mkdir", plan.folder}, "fails if there is one already, so nobody can have prepared it"}},
       "The keeper is a shell program in that folder which starts snoop and ends it in time."},
      std::move(start),
      {StepKind::status,
       "See whether it still captures",
       {{keeper("status"), "asks the keeper's files and processes"}},
       {}},
      {StepKind::stop,
       "End it early",
       {{keeper("stop"),
         "snoop gets SIGTERM two seconds later: by then the kernel has handed over what it holds"}},
       "Only processes are signalled whose command line names the session's folder."},
      std::move(collect),
      {StepKind::clean,
       "Delete the session's files and its folder",
       {{keeper("clean"), "deletes the files that this session made, by name, and the empty folder"}},
       "Only after the pcapng has been verified."},
  };
}

}  // namespace

Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                         const std::string& session_id) {
  if (!plan::is_session_id(session_id))
    return fail(ErrorKind::failed, "`" + session_id + "` is not a session id");
  if (auto checked = check_spec(spec, facts); !checked) return fail(checked.error());
  auto interface = choose_interface(spec, facts);
  if (!interface) return fail(interface.error());
  const std::string link_type = link_of(spec, facts);
  if (auto good = check_filter(filter, link_type); !good) return fail(good.error());

  CapturePlan result;
  result.backend = "snoop";
  result.os = facts.os;
  result.session_id = session_id;
  result.interface = *interface;
  result.link_type = link_type;
  result.folder = facts.spool + "/anchoko." + session_id;
  result.native_file = result.folder + "/capture.snoop";
  result.messages_file = result.folder + "/messages";
  result.filter = filter;
  // It cuts packets before its own filter looks at them (bufmod), so only where there is none. The ports, by
  // which packets of the capture's own connection are known, must be in every record.
  constexpr std::uint32_t enough_for_ports = 128;
  const bool judged = !filter.native_words.empty() || !filter.exact() ||
                      (spec.control_left_out && spec.snaplen < enough_for_ports);
  (judged ? result.convert_snaplen : result.native_snaplen) = spec.snaplen;
  const bool packets_native = packets_are_native(spec, filter);
  if (!packets_native) result.convert_packets = spec.limits.packets;
  result.limits = limit_plans(spec, packets_native);
  result.asked = spec.limits;
  result.keeper.shell = facts.shell;
  result.keeper.fractional_sleep = facts.fractional_sleep;
  result.keeper.stop_signal = "TERM";
  result.keeper.settle_seconds = 2;  // bufmod hands packets over once a second, at the latest
  result.keeper.ready_text = "Using device ";
  result.keeper.hard_file_bytes = hard_size(spec.limits);
  result.steps = steps(result, start_step(spec, facts, result));
  for (auto& hazard : all_hazards()) {
    if (hazard.id != "snoop-promiscuous" || spec.promiscuous) result.hazards.push_back(std::move(hazard));
  }
  if (result.interface.empty()) {
    result.warnings.emplace_back(
        "which link carries the default route is not known here, so snoop takes the first one that is in "
        "use, and "
        "nothing of the filter is pushed; name a link with --interface");
  } else if (facts.hostname.empty() && result.link_type == "EN10MB") {
    result.warnings.push_back(result.interface + " is taken to be Ethernet");
  }
  for (const auto& one : facts.interfaces) {
    if (one.name == result.interface && !one.up)
      result.warnings.push_back("the link " + one.name + " is down: nothing will arrive on it");
  }
  return result;
}

}  // namespace anchoko::snoop
