#include "backends/tcpdump/plan.h"

#include <algorithm>
#include <charconv>

#include "backends/tcpdump/command.h"
#include "backends/tcpdump/plan_checks.h"
#include "backends/tcpdump/tool_version.h"
#include "core/base/clock.h"
#include "core/filter/printer.h"
#include "core/plan/planner.h"

namespace anchoko::tcpdump {
namespace {

// The kernel's default of 2 MiB is full after some thousand packets of a burst; this is measured to take
// 20,000 of 1,000 bytes on lo while tcpdump does nothing.
constexpr const char* default_buffer = "32768";  // KiB

Result<std::string> buffer_option(const SessionSpec& spec) {
  const auto found = spec.backend_options.find("buffer");
  if (found == spec.backend_options.end()) return std::string(default_buffer);
  const std::string& text = found->second;
  std::uint32_t kib = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), kib);
  if (problem != std::errc{} || end != text.data() + text.size() || kib == 0 || kib > 1024 * 1024) {
    return fail(ErrorKind::usage,
                "backend.tcpdump.buffer is `" + text + "`, not a number of KiB from 1 to 1048576");
  }
  return std::to_string(kib);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Everything that the start command is made of.
struct StartParts {
  const SessionSpec& spec;
  const HostFacts& facts;
  const LoweredFilter& filter;
  const CapturePlan& plan;
  ToolOptions options;
  std::string buffer;
};

void add_output(std::vector<ExplainedWords>& command, const StartParts& parts) {
  command.push_back({{parts.facts.tool}, "the capture tool that this system has"});
  command.push_back({{"-w", parts.plan.native_file},
                     "write packets to this file instead of showing them; the name carries the session's id, "
                     "and ends in .pcap "
                     "because AppArmor lets tcpdump write no other"});
  command.push_back(
      {{"-i", parts.plan.interface},
       parts.plan.interface == "any" ? "listen on all interfaces at once" : "listen on this interface"});
  command.push_back({{"-n"}, "look up no names: a capture must not cause traffic of its own"});
  const Limits& limits = parts.spec.limits;
  if (limits.files > 1) {
    command.push_back({{"-C", std::to_string(ring_megabytes(limits))},
                       "go on to the next file behind so many million bytes"});
    command.push_back({{"-W", std::to_string(limits.files)}, "after so many files overwrite the oldest"});
  }
}

void add_handling(std::vector<ExplainedWords>& command, const StartParts& parts) {
  if (parts.options.flush_each_packet) command.push_back({{"-U"}, "write each packet to the file at once"});
  // Not otherwise: in immediate mode each packet takes a slot of 64 KiB of the kernel's buffer, and bursts of
  // some hundred packets are lost. Measured on lo: of 6,000 packets of 1,000 bytes more than half, and none
  // without.
  if (parts.options.immediate_mode && parts.spec.live) {
    command.push_back(
        {{"--immediate-mode"}, "take each packet from the kernel at once: someone waits for it"});
  }
  // Only the superuser's tcpdump changes its user; without this, Debian's and Fedora's become `tcpdump`.
  if (parts.options.stay_user && parts.facts.root) {
    command.push_back({{"-Z", "root"}, "stay root: another user could not write into the private folder"});
  }
  if (parts.options.buffer_size) {
    command.push_back({{"-B", parts.buffer}, "kernel buffer in KiB: a larger one loses less in bursts"});
  }
  command.push_back({{"-O"}, "do not optimise the filter: the optimiser changes verdicts on short packets"});
}

void add_selection(std::vector<ExplainedWords>& command, const StartParts& parts) {
  const std::uint32_t snaplen = parts.plan.native_snaplen;
  command.push_back({{"-s", std::to_string(snaplen)},
                     snaplen == 0 ? "keep whole packets"
                                  : "keep the first " + std::to_string(snaplen) + " bytes of each packet"});
  if (!parts.spec.promiscuous)
    command.push_back({{"-p"}, "not promiscuous: leave the network card in its mode"});
  if (parts.spec.limits.packets > 0 && parts.plan.convert_packets == 0) {
    command.push_back({{"-c", std::to_string(parts.spec.limits.packets)}, "end after this many packets"});
  }
  if (parts.spec.direction != CaptureDirection::both) {
    const bool in = parts.spec.direction == CaptureDirection::in;
    command.push_back({{parts.options.direction, in ? "in" : "out"},
                       in ? "only packets that arrive" : "only packets that leave"});
  }
}

void add_filter(std::vector<ExplainedWords>& command, const StartParts& parts) {
  if (parts.filter.native_words.empty()) return;
  const std::string meaning = parts.filter.exact()
                                  ? "the filter: exactly what was asked for"
                                  : "the filter, wider than asked for: conversion applies the rest";
  if (!parts.plan.files.empty()) {
    command.push_back(
        {{"-F", parts.plan.files.front().path}, meaning + "; read from a file because it is long"});
  } else {
    command.push_back({parts.filter.native_words, meaning});
  }
}

PlanStep start_step(const StartParts& parts) {
  PlanStep step;
  step.kind = StepKind::start;
  step.purpose = "Capture";
  add_output(step.command, parts);
  add_handling(step.command, parts);
  add_selection(step.command, parts);
  add_filter(step.command, parts);
  step.note = "Its messages go to " + parts.plan.messages_file +
              "; the line `listening on` there says that it captures.";
  return step;
}

PlanStep prepare_step(const CapturePlan& plan) {
  return {
      StepKind::prepare,
      "Make a private folder for this session, and start the keeper in it",
      {{{"mkdir", plan.folder}, "fails if there is one already, so nobody can have prepared it"}},
      "The keeper is a shell program in that folder which starts tcpdump, ends it in time and keeps its exit "
      "status; 'anchoko plan --script' prints it."};
}

PlanStep status_step(const CapturePlan& plan) {
  return {StepKind::status,
          "See whether it still captures",
          {{{plan.keeper.shell, plan.folder + "/keeper", "status"}, "asks the keeper's files and processes"}},
          "'status live' has tcpdump print its counters first (SIGUSR1)."};
}

PlanStep stop_step(const CapturePlan& plan) {
  return {StepKind::stop,
          "End it early",
          {{{plan.keeper.shell, plan.folder + "/keeper", "stop"},
            "tcpdump is interrupted as by Ctrl-C, two seconds later: by then the kernel has handed over what "
            "it holds"}},
          "Only processes are signalled whose command line names the session's folder."};
}

// SIGUSR1 prints the counters; before tcpdump listens it would end it (reference: tcpdump, section 3).
KeeperSettings keeper_settings(const Limits& limits, const HostFacts& facts) {
  KeeperSettings keeper;
  keeper.shell = facts.shell;
  keeper.fractional_sleep = facts.fractional_sleep;
  keeper.stop_signal = "INT";
  keeper.settle_seconds = 2;  // the kernel hands packets over once a second, at the latest
  keeper.report_signal = "USR1";
  keeper.ready_text = "listening on ";
  if (limits.max_size > 0) keeper.hard_file_bytes = limits.max_size + limits.max_size / 4 + (1 << 20);
  return keeper;
}

PlanStep collect_step(const CapturePlan& plan) {
  PlanStep step;
  step.kind = StepKind::collect;
  step.purpose = "Convert to pcapng and verify";
  step.command = {{{"anchoko", "convert", plan.native_file}, "read the native file where it is"}};
  const auto& residual = plan.filter.residual;
  if (!plan.filter.exact() && residual->kind != filter::NodeKind::none) {
    step.command.push_back(
        {{"-f", filter::print(residual)}, "keep only packets that match what tcpdump could not be told"});
    if (plan.filter.reading == filter::Reading::capture) {
      step.command.push_back({{"--reading", "capture"}, "judge a tagged frame without its outermost tag"});
    }
  }
  step.command.push_back(
      {{"-o", "OUT.pcapng"}, "the result; read back and compared before anything is deleted"});
  step.note = "anchoko does this itself, and adds where the packets come from.";
  return step;
}

PlanStep clean_step(const CapturePlan& plan) {
  return {StepKind::clean,
          "Delete the session's files and its folder",
          {{{plan.keeper.shell, plan.folder + "/keeper", "clean"},
            "ends what still runs, then deletes the files that this session made, by name, and the empty "
            "folder"}},
          "Only after the pcapng has been verified; not with --keep-native."};
}

// Those of the tool's dangers that this plan cannot avoid.
std::vector<Hazard> hazards_of(const SessionSpec& spec, const CapturePlan& plan) {
  std::vector<std::string> ids;
  if (spec.limits.min_free == 0) ids.emplace_back("tcpdump-silent-full-disk");
  if (spec.limits.files > 1) ids.emplace_back("tcpdump-rotates-on-traffic");
  if (plan.interface == "any") ids.emplace_back("tcpdump-any-cooked");
  if (spec.promiscuous && plan.interface != "any") ids.emplace_back("tcpdump-promiscuous");
  std::vector<Hazard> out;
  for (const auto& hazard : crib_table().hazards) {
    if (std::find(ids.begin(), ids.end(), hazard.id) != ids.end()) out.push_back(hazard);
  }
  return out;
}

}  // namespace

Result<CapturePlan> make_plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                              const std::string& session_id) {
  if (!plan::is_session_id(session_id))
    return fail(ErrorKind::failed, "`" + session_id + "` is not a session id");
  auto interface = choose_interface(spec, facts);
  if (!interface) return fail(interface.error());
  if (auto good = check_filter(filter, *interface); !good) return fail(good.error());
  const auto options = tool_options(parse_version(facts.tool_version), parse_version(facts.tool_library));
  if (spec.direction != CaptureDirection::both && options.direction.empty()) {
    return fail(ErrorKind::usage,
                "this tcpdump (" + facts.tool_version + ") cannot choose a direction: -Q came with 4.6",
                "leave the direction at `both`, and filter by address (src host, dst host)");
  }
  auto buffer = buffer_option(spec);
  if (!buffer) return fail(buffer.error());
  auto limits = plan_limits(spec, facts, filter);
  if (!limits) return fail(limits.error());
  if (auto ready = check_host(facts); !ready) return fail(ready.error());

  CapturePlan plan;
  plan.backend = "tcpdump";
  plan.os = facts.os;
  plan.session_id = session_id;
  plan.interface = interface->name;
  plan.link_type = interface->link_type;
  plan.folder = facts.spool + "/anchoko." + session_id;
  plan.native_file = plan.folder + "/capture.pcap";
  // AppArmor checks inherited files as well: with another ending tcpdump's messages would be lost.
  plan.messages_file = plan.folder + "/messages.cap";
  plan.filter = filter;
  // The ports, by which packets of the capture's own connection are known, must be in every record.
  constexpr std::uint32_t enough_for_ports = 128;
  const SnapChoice snap = spec.control_left_out && spec.snaplen < enough_for_ports
                              ? SnapChoice{0, spec.snaplen}
                              : choose_snaplen(spec.snaplen, filter, interface->link_type);
  plan.native_snaplen = snap.native;
  plan.convert_snaplen = snap.at_conversion;
  if (!packets_are_native(spec, filter)) plan.convert_packets = spec.limits.packets;
  plan.limits = std::move(*limits);
  plan.asked = spec.limits;
  plan.keeper = keeper_settings(spec.limits, facts);
  plan.warnings = std::move(interface->warnings);
  if (!parse_version(facts.tool_version).known()) {
    plan.warnings.emplace_back("the version of tcpdump is not known: only options that 4.0 had are used");
  }
  if (joined(filter.native_words).size() > max_filter_words) {
    plan.files.push_back(
        {plan.folder + "/filter.cap", joined(filter.native_words) + "\n", "the filter for tcpdump"});
  }
  plan.steps.push_back(prepare_step(plan));
  plan.steps.push_back(start_step({spec, facts, plan.filter, plan, options, *buffer}));
  plan.steps.push_back(status_step(plan));
  plan.steps.push_back(stop_step(plan));
  plan.steps.push_back(collect_step(plan));
  plan.steps.push_back(clean_step(plan));
  plan.hazards = hazards_of(spec, plan);
  return plan;
}

}  // namespace anchoko::tcpdump
