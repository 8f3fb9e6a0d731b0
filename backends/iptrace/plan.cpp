#include <utility>

#include "backends/iptrace/iptrace.h"
#include "backends/iptrace/messages.h"
#include "backends/iptrace/native_text.h"
#include "backends/iptrace/plan_checks.h"
#include "core/filter/printer.h"
#include "core/plan/planner.h"

namespace anchoko::iptrace {
namespace {

std::string meaning_of(const std::string& option) {
  if (option == "-a") return "leave out ARP";
  if (option == "-P") return "only these IP protocols";
  if (option == "-s") return "only packets from this host";
  if (option == "-d") return "only packets to this host";
  if (option == "-b") return "and in the other direction too";
  return "only packets with one of these ports, at either end";
}

// The words of iptrace but its name.
std::vector<ExplainedWords> tool_words(const SessionSpec& spec, const CapturePlan& plan) {
  std::vector<ExplainedWords> words;
  if (!plan.interface.empty()) words.push_back({{"-i", plan.interface}, "only this interface"});
  if (spec.promiscuous) words.push_back({{"-e"}, "promiscuous, where the adapter can"});
  if (spec.limits.files == 2)
    words.push_back({{"-L", std::to_string(spec.limits.max_size)},
                     "at so many bytes the file becomes FILE.old, and a new one begins"});
  const auto& native = plan.filter.native_words;
  for (std::size_t i = 0; i < native.size(); ++i) {
    const bool alone = native[i] == "-a" || native[i] == "-b";
    ExplainedWords one{{native[i]}, meaning_of(native[i])};
    if (!alone) one.words.push_back(native[++i]);
    words.push_back(std::move(one));
  }
  words.push_back({{plan.native_file},
                   "the file to write; an absolute path, because the daemon has a folder of its own"});
  return words;
}

// Blanks part them; the words that a plan makes hold none.
std::string joined(const std::vector<ExplainedWords>& all) {
  std::string text;
  for (const auto& one : all) {
    for (const auto& word : one.words) text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

PlanStep start_step(const std::vector<ExplainedWords>& words, Start start, const HostFacts& facts) {
  PlanStep step;
  step.kind = StepKind::start;
  if (start == Start::direct) {
    step.purpose = "Capture, without the System Resource Controller";
    step.command = {{{facts.tool}, "the capture tool that AIX has; it goes on in the background"}};
    step.command.insert(step.command.end(), words.begin(), words.end());
  } else {
    step.purpose = "Capture, as a subsystem of the System Resource Controller";
    std::string told = "with these words for it";
    for (const auto& one : words) told += "; " + joined({one}) + ": " + one.meaning;
    step.command = {{{"startsrc", "-s", "iptrace"}, "start the subsystem iptrace"},
                    {{"-a", joined(words)}, told}};
  }
  step.note =
      "Success means only that it was started: whether it lives, and has opened its file, is looked at for "
      "seconds more.";
  return step;
}

std::vector<PlanStep> prepare_steps(const CapturePlan& plan) {
  return {
      {StepKind::prepare,
       "Make a private folder for this session, and start the keeper in it",
       {{{"mkdir", plan.folder}, "fails if there is one already, so nobody can have prepared it"}},
       "The keeper is a shell program in that folder which looks, starts iptrace, ends it in time and looks "
       "again; 'anchoko plan --script' prints it. The next three are its first looks."},
      {StepKind::prepare,
       "Look at its file system, which must not be NFS",
       {{{"df", "-P", "-k", plan.folder}, "names a server, as in `host:/path`, where it is NFS"}},
       "On NFS nothing is started: the daemon might hang."},
      {StepKind::prepare,
       "Look whether someone's trace runs: a machine has one",
       {{{"lssrc", "-s", "iptrace"}, "ask whether the subsystem has a process"}},
       "If it has, that trace is left alone and nothing is started."},
      {StepKind::prepare,
       "Look whether an iptrace that SRC does not know, or a tcpdump, runs",
       {{{"ps", "-e", "-o", "pid=", "-o", "args="}, "all processes"}},
       "If one does, it is left alone and nothing is started."}};
}

PlanStep stop_step(const CapturePlan& plan, Start start) {
  const std::string again = " It ends a moment later, and is asked again if not; it is never killed.";
  PlanStep step{StepKind::stop, "End the capture", {}, {}};
  if (start == Start::direct) {
    step.command = {{{plan.keeper.shell, plan.folder + "/keeper", "stop"},
                     "signal 15 to its process, which alone lets it unload its kernel extension"}};
    step.note = "Only to the process whose command line is ours." + again;
  } else {
    step.command = {{{"stopsrc", "-s", "iptrace"}, "ask the subsystem to stop"}};
    step.note =
        "Only when its process is ours, and by that number (stopsrc -p), so that nobody else's can end "
        "instead." +
        again;
  }
  return step;
}

PlanStep collect_step(const CapturePlan& plan) {
  PlanStep step{StepKind::collect,
                "Convert to pcapng and verify",
                {{{"anchoko", "convert", plan.native_file}, "read the native file, brought home"}},
                "anchoko does this itself, and adds where the packets come from."};
  const auto& residual = plan.filter.residual;
  if (!plan.filter.exact() && residual->kind != filter::NodeKind::none) {
    step.command.push_back(
        {{"-f", filter::print(residual)}, "keep only packets that match what was asked for"});
    if (plan.filter.reading == filter::Reading::capture)
      step.command.push_back({{"--reading", "capture"}, "judge a tagged frame without its outermost tag"});
  }
  step.command.push_back({{"-o", "OUT.pcapng"}, "the result"});
  return step;
}

std::vector<PlanStep> steps(const CapturePlan& plan, const std::vector<ExplainedWords>& words, Start start,
                            const HostFacts& facts) {
  std::vector<PlanStep> all = prepare_steps(plan);
  const std::string keeper = plan.folder + "/keeper";
  all.push_back(start_step(words, start, facts));
  all.push_back({StepKind::status,
                 "See whether it still captures",
                 {{{plan.keeper.shell, keeper, "status"}, "asks the keeper's files and processes"}},
                 "It is ours when its command line names our file."});
  all.push_back(stop_step(plan, start));
  all.push_back(collect_step(plan));
  all.push_back({StepKind::clean,
                 "Delete the session's files and its folder",
                 {{{plan.keeper.shell, keeper, "clean"},
                   "ends what still runs, then deletes the files that this session made, by name, and the "
                   "empty folder"}},
                 "Only after the pcapng has been verified; not with --keep-native."});
  return all;
}

KeeperSettings keeper_settings(const CapturePlan& plan, const std::vector<ExplainedWords>& words, Start start,
                               const HostFacts& facts) {
  KeeperSettings keeper;
  keeper.shell = facts.shell;
  keeper.fractional_sleep = facts.fractional_sleep;
  keeper.stop_signal = "TERM";
  keeper.ready_text = ready_text;
  keeper.native_functions = native_text();
  keeper.native_values = {{"iptrace_file", plan.native_file},
                          {"iptrace_line", facts.tool + " " + joined(words)},
                          {"iptrace_start", start == Start::src ? "src" : "direct"}};
  return keeper;
}

std::vector<std::string> warnings(const SessionSpec& spec, const CapturePlan& plan) {
  std::vector<std::string> result;
  if (spec.interface_choice == InterfaceChoice::default_route && plan.interface.empty()) {
    result.emplace_back(
        "which interface has the default route is not known here, so all of them are captured: wider than "
        "asked; name one with --interface");
  }
  if (!spec.promiscuous)
    result.emplace_back("without promiscuous mode only packets from and to this host are traced");
  if (spec.snaplen != 0) {
    result.emplace_back(
        "packets are captured whole and cut at conversion: a cut packet in an iptrace file would lose its "
        "length");
  }
  return result;
}

}  // namespace

Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                         const std::string& session_id) {
  if (!plan::is_session_id(session_id))
    return fail(ErrorKind::failed, "`" + session_id + "` is not a session id");
  if (auto checked = check_spec(spec, facts); !checked) return fail(checked.error());
  auto interface = choose_interface(spec, facts);
  if (!interface) return fail(interface.error());
  const auto start = choose_start(spec, facts);
  if (!start) return fail(start.error());
  if (auto checked = check_host(facts); !checked) return fail(checked.error());

  CapturePlan result;
  result.backend = "iptrace";
  result.os = "aix";
  result.session_id = session_id;
  result.interface = *interface;
  result.folder = facts.spool + "/anchoko." + session_id;
  result.native_file = result.folder + "/capture.ipt";
  result.messages_file = result.folder + "/messages";
  result.filter = filter;
  result.convert_snaplen = spec.snaplen;
  result.convert_packets = spec.limits.packets;
  result.limits = limit_plans(spec);
  result.asked = spec.limits;
  const auto words = tool_words(spec, result);
  result.keeper = keeper_settings(result, words, *start, facts);
  result.steps = steps(result, words, *start, facts);
  for (auto& hazard : all_hazards()) {
    if (hazard.id == "iptrace-overwrites-old" && spec.limits.files != 2) continue;
    if (hazard.id == "iptrace-received-only" && result.interface.empty()) continue;
    result.hazards.push_back(std::move(hazard));
  }
  result.warnings = warnings(spec, result);
  return result;
}

}  // namespace anchoko::iptrace
