#include <algorithm>
#include <utility>

#include "backends/netsh/netsh.h"
#include "core/base/diagnostic.h"
#include "core/exec/shell_quote.h"

namespace anchoko::netsh {
namespace {

constexpr std::uint64_t decimal_megabyte = 1'000'000;
constexpr std::uint64_t binary_megabyte = std::uint64_t{1} << 20;

// For a word of a person that becomes a value of netsh: cmd.exe and PowerShell must read it alike.
Result<void> check_value(const std::string& what, const std::string& value) {
  if (value.empty()) return fail(ErrorKind::usage, "netsh: the " + what + " is empty");
  // PowerShell takes typographic double quotes (U+201C to U+201E) for plain ones.
  for (const char* quote : {"\u201c", "\u201d", "\u201e"}) {
    if (value.find(quote) != std::string::npos) {
      return fail(ErrorKind::usage, "netsh: the " + what + " '" + value + "' holds a double quote");
    }
  }
  if (auto quoted = quote_windows({"netsh", value}); !quoted) {
    return fail(ErrorKind::usage,
                "netsh: the " + what + " '" + value + "' cannot be used: " + quoted.error().message,
                "cmd.exe and PowerShell do not read it alike; use another name");
  }
  return {};
}

// An absolute path on a drive: a kernel session writes it, so no current folder and no network counts.
Result<void> check_native_file(const std::string& path) {
  if (auto checked = check_value("native file", path); !checked) return checked;
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  const bool on_drive = path.size() > 3 && is_letter(path[0]) && path[1] == ':' && path[2] == '\\';
  if (!on_drive || path.find_first_of("<>|?*/:", 2) != std::string::npos) {
    return fail(ErrorKind::usage, "netsh: the native file '" + path + "' is no absolute path on a drive",
                "write it like C:\\Tmp\\NetTrace.etl, into a folder that exists");
  }
  return {};
}

struct ChosenInterface {
  std::string value;  // of CaptureInterface; empty: every adapter
  std::vector<std::string> warnings;
};

Result<void> check_name(const std::string& name, const HostFacts& facts) {
  if (auto checked = check_value("interface", name); !checked) return checked;
  if (name.front() == '(' || name.front() == '!') {
    return fail(ErrorKind::usage,
                "netsh: it would take the interface '" + name + "' for a list or a negation",
                "name it by its {GUID}, as `netsh trace show interfaces` prints it");
  }
  if (facts.interfaces.empty() || name.front() == '{') return {};
  std::vector<std::string> known;
  for (const auto& interface : facts.interfaces) known.push_back(interface.name);
  if (std::ranges::find(known, name) != known.end()) return {};
  const std::string near = did_you_mean(name, known);
  return fail(ErrorKind::usage, "netsh: there is no interface '" + name + "'",
              near.empty() ? "`netsh trace show interfaces` lists them" : "did you mean '" + near + "'?");
}

Result<std::string> list_of_interfaces(const SessionSpec& spec) {
  if (std::ranges::find(spec.assume, fact::interface_lists) == spec.assume.end()) {
    return fail(ErrorKind::usage, "netsh: whether one session takes several interfaces is not certain",
                std::string("name one, use 'any', or vouch for it with --assume ") + fact::interface_lists);
  }
  std::string list;
  for (const auto& name : spec.interfaces) {
    if (name.find_first_of("(),!") != std::string::npos) {
      return fail(ErrorKind::usage, "netsh: the interface '" + name + "' cannot stand in a list",
                  "name it by its {GUID}, as `netsh trace show interfaces` prints it");
    }
    list += (list.empty() ? "" : ",") + name;
  }
  return "(" + list + ")";
}

Result<ChosenInterface> choose_interface(const SessionSpec& spec, const HostFacts& facts) {
  ChosenInterface result;
  switch (spec.interface_choice) {
    case InterfaceChoice::any:
      result.warnings.push_back("netsh does not see loopback traffic (127.0.0.1, ::1)");
      return result;
    case InterfaceChoice::default_route:
      for (const auto& interface : facts.interfaces) {
        if (!interface.is_default) continue;
        if (auto checked = check_name(interface.name, facts); !checked) return fail(checked.error());
        result.value = interface.name;
        return result;
      }
      result.warnings.push_back(
          "which adapter has the default route is not known here, so all adapters are captured: wider than "
          "asked; name "
          "one with --interface");
      return result;
    case InterfaceChoice::named:
      break;
  }
  if (spec.interfaces.empty()) return fail(ErrorKind::usage, "netsh: no interface is named");
  for (const auto& name : spec.interfaces) {
    if (auto checked = check_name(name, facts); !checked) return fail(checked.error());
  }
  if (spec.interfaces.size() == 1) {
    result.value = spec.interfaces.front();
    return result;
  }
  auto list = list_of_interfaces(spec);
  if (!list) return fail(list.error());
  result.value = *list;
  return result;
}

// netsh counts megabytes, of 1048576 bytes as far as is known. Whole decimal megabytes keep their number, so
// that "500MB" and "500MiB" both say 500; anything else is rounded down.
std::uint64_t max_size_words(std::uint64_t bytes) {
  const std::uint64_t count =
      bytes % decimal_megabyte == 0 ? bytes / decimal_megabyte : bytes / binary_megabyte;
  return std::max<std::uint64_t>(count, 1);
}

Result<void> check_spec(const SessionSpec& spec, const HostFacts& facts) {
  if (facts.tool.empty()) {
    return fail(ErrorKind::unavailable,
                "netsh is not there: it comes with Windows 7 / Server 2008 R2 and later",
                "plan for it from here with --backend netsh, or capture with another backend");
  }
  if (filter::any_primitive(
          spec.filter, [](const filter::Primitive& p) { return p.kind == filter::PrimitiveKind::vlan; })) {
    return fail(ErrorKind::usage,
                "netsh: a filter with 'vlan' cannot be met, because tags are removed below its "
                "capture point",
                "leave 'vlan' out, or capture where the tags are seen: on a mirror port or another host");
  }
  if (spec.direction != CaptureDirection::both) {
    return fail(ErrorKind::usage, "netsh cannot be told to capture one direction only",
                "use 'src host' or 'dst host' with the host's own address in the filter");
  }
  if (spec.promiscuous) {
    return fail(ErrorKind::usage, "netsh has no switch for promiscuous mode", "leave 'promiscuous' out");
  }
  const Limits& limits = spec.limits;
  if (limits.duration.count() == 0) {
    return fail(ErrorKind::refused,
                "netsh: a capture without a duration would never end, because its file is a ring",
                "give a duration");
  }
  if (limits.max_size == 0) {
    return fail(ErrorKind::refused, "netsh: a capture without a size limit is not planned",
                "give a max_size");
  }
  if (limits.files > 1) {
    return fail(ErrorKind::refused,
                "netsh writes one file and cannot keep a ring of " + std::to_string(limits.files),
                "use files = 1: its one file is a ring in itself, of max_size");
  }
  if (facts.spool_free != 0 && facts.spool_free < limits.max_size + limits.min_free) {
    return fail(ErrorKind::refused,
                "netsh: " + std::to_string(facts.spool_free) + " bytes are free in " + facts.spool +
                    ", less than max_size and min_free together",
                "lower max_size, or free space");
  }
  return {};
}

std::string seconds(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

std::vector<LimitPlan> limit_plans(const SessionSpec& spec, std::uint64_t megabytes) {
  const Limits& limits = spec.limits;
  std::vector<LimitPlan> result;
  result.push_back(
      {"duration", seconds(limits.duration), LimitKeeping::kept,
       "by the controller, to about a second, which then runs the stop command. Nothing on the target ends "
       "the capture yet, which is why this version only plans it"});
  result.push_back(
      {"max_size", std::to_string(megabytes) + " MB", LimitKeeping::native,
       "the file is a ring (fileMode=circular): when it is full, the newest packets overwrite the oldest. "
       "netsh counts 1 MB as 1048576 bytes"});
  result.push_back({"files", "1", LimitKeeping::native, "netsh writes one file"});
  if (limits.packets != 0) {
    result.push_back(
        {"packets", std::to_string(limits.packets), LimitKeeping::kept,
         "by conversion, which keeps the first of those in the file; the capture itself ends by its "
         "duration, and a full ring has lost its oldest packets by then"});
  }
  if (limits.min_free != 0) {
    result.push_back({"min_free", std::to_string(limits.min_free) + " bytes", LimitKeeping::bounded,
                      "looked at before the start; the file cannot outgrow its max_size"});
  }
  return result;
}

std::string filter_meaning(const std::string& word) {
  const std::string key = word.substr(0, word.find('='));
  const bool except = word.find("=!") != std::string::npos;
  const std::string only = except ? "all but " : "only ";
  if (key == "Ethernet.Type") return only + "frames of these ethertypes";
  if (key == "Protocol") return only + "packets of these IP protocols";
  const std::string family = key.substr(0, key.find('.'));
  const std::string what = family + " packets " + (except ? "but those " : "");
  const std::string others = "; frames without an " + family + " header pass";
  if (key.ends_with(".SourceAddress")) return what + "from these addresses" + others;
  if (key.ends_with(".DestinationAddress")) return what + "to these addresses" + others;
  return what + "from or to these addresses" + others;
}

PlanStep start_step(const LoweredFilter& filter, const std::string& interface, bool persistent,
                    std::uint64_t megabytes, const std::string& file) {
  PlanStep step;
  step.kind = StepKind::start;
  step.purpose = "start a capture session in the kernel; the command returns at once";
  step.command = {{{"netsh", "trace", "start"}, "start a trace session"},
                  {{"capture=yes"}, "capture packets (default: no)"}};
  if (!interface.empty()) {
    step.command.push_back(
        {{"CaptureInterface=" + interface}, "only on this adapter (default: all adapters)"});
  }
  for (const auto& word : filter.native_words) step.command.push_back({{word}, filter_meaning(word)});
  if (persistent)
    step.command.push_back({{"persistent=yes"}, "go on after a reboot, until stopped (default: no)"});
  step.command.push_back(
      {{"maxSize=" + std::to_string(megabytes)},
       "size of the file in MB; when full, the oldest packets are overwritten (default: 250)"});
  step.command.push_back(
      {{"traceFile=" + file}, "the file to write (default: in the caller's own temporary folder)"});
  step.command.push_back(
      {{"report=disabled"},
       "no report: with one, stopping takes minutes and leaves a .cab that holds private data of the "
       "machine (default: no, which still builds the .cab)"});
  step.command.push_back(
      {{"correlation=disabled"}, "no correlation of events: stopping is quicker (default: yes)"});
  step.note = std::string("Left at their defaults: capturetype=physical") +
              (persistent ? "" : " persistent=no") +
              " fileMode=circular overwrite=yes perfMerge=yes providerFilter=no.";
  return step;
}

std::vector<PlanStep> steps(PlanStep start) {
  const ExplainedWords status{{"netsh", "trace", "show", "status"},
                              "tell of the trace session, and of its file"};
  const ExplainedWords stop{{"netsh", "trace", "stop"}, "stop the session and finish its file"};
  return {
      {StepKind::prepare,
       "look whether someone's session runs: a machine has one",
       {status},
       "Exit status 1: none runs. Exit status 0: one does; it is left alone and nothing is started."},
      std::move(start),
      {StepKind::status,
       "see whether the session runs",
       {status},
       "Exit status 0 while a session runs; it is ours when it names our trace file."},
      {StepKind::stop,
       "end the capture",
       {stop},
       "Only when the status names our trace file. It may take minutes and is never interrupted."},
  };
}

bool is_on(const SessionSpec& spec, const std::string& option) {
  const auto found = spec.backend_options.find(option);
  return found != spec.backend_options.end() && found->second == "true";
}

}  // namespace

std::vector<HostInterface> covered_interfaces(const SessionSpec& spec, const HostFacts& facts) {
  std::vector<HostInterface> result;
  for (const auto& interface : facts.interfaces) {
    const bool named = std::ranges::find(spec.interfaces, interface.name) != spec.interfaces.end();
    // A {GUID} cannot be matched with the facts: it may be any of them.
    const bool by_guid =
        std::ranges::any_of(spec.interfaces, [](const auto& name) { return name.starts_with('{'); });
    const bool covered = spec.interface_choice == InterfaceChoice::any ||
                         (spec.interface_choice == InterfaceChoice::default_route && interface.is_default) ||
                         (spec.interface_choice == InterfaceChoice::named && (named || by_guid));
    if (covered && !interface.loopback) result.push_back(interface);
  }
  return result;
}

Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                         const std::string& session_id) {
  if (auto checked = check_spec(spec, facts); !checked) return fail(checked.error());
  auto interface = choose_interface(spec, facts);
  if (!interface) return fail(interface.error());

  CapturePlan result;
  result.backend = "netsh";
  result.os = "windows";
  result.session_id = session_id;
  result.interface = interface->value;
  result.filter = filter;
  result.native_file =
      spec.native_file.empty() ? facts.spool + "\\anchoko-" + session_id + ".etl" : spec.native_file;
  if (auto checked = check_native_file(result.native_file); !checked) return fail(checked.error());

  const std::uint64_t megabytes = max_size_words(spec.limits.max_size);
  const bool persistent = is_on(spec, "persistent");
  result.convert_snaplen = spec.snaplen;
  result.convert_packets = spec.limits.packets;
  result.limits = limit_plans(spec, megabytes);
  result.steps = steps(start_step(filter, interface->value, persistent, megabytes, result.native_file));
  for (auto& hazard : all_hazards()) {
    if (hazard.id != "netsh-private-report")
      result.hazards.push_back(std::move(hazard));  // report=disabled avoids it
  }
  result.can_run = false;
  result.cannot_run = cannot_run_yet;

  result.warnings = std::move(interface->warnings);
  const auto covered = covered_interfaces(spec, facts);
  if (covered.empty() && !filter.native_words.empty()) {
    result.warnings.push_back(
        "the adapter is taken to be Ethernet: on Wi-Fi netsh's filters lose packets, use --no-pushdown "
        "there");
  }
  for (const auto& one : covered) {
    if (!one.has_vlans) continue;
    result.warnings.push_back(one.name +
                              " has VLANs: the plan takes it as given that netsh sees frames without tags");
  }
  if (!spec.native_file.empty()) {
    result.warnings.push_back("a file " + spec.native_file + " that is there already is overwritten");
  }
  if (spec.snaplen != 0) {
    result.warnings.push_back(
        "packets are captured whole and cut at conversion: netsh's own PacketTruncateBytes would "
        "lose their length");
  }
  if (persistent)
    result.warnings.push_back("persistent=yes: the session goes on after a reboot until it is stopped");
  return result;
}

}  // namespace anchoko::netsh
