#include "backends/iptrace/plan_checks.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/base/clock.h"
#include "core/base/diagnostic.h"

namespace anchoko::iptrace {
namespace {

// It becomes a word of the string behind `startsrc -a`, which is split at blanks and knows no quotes.
Result<void> check_name(const std::string& name, const HostFacts& facts) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (name.empty() || !std::ranges::all_of(name, fits))
    return fail(ErrorKind::usage, "iptrace: '" + name + "' cannot be an interface's name",
                "`lsdev -Cc if` lists them");
  if (facts.hostname.empty()) return {};
  std::vector<std::string> known;
  for (const auto& interface : facts.interfaces) known.push_back(interface.name);
  if (std::ranges::find(known, name) != known.end()) return {};
  const std::string near = did_you_mean(name, known);
  return fail(ErrorKind::usage, "iptrace: there is no interface '" + name + "'",
              near.empty() ? "`lsdev -Cc if` lists them" : "did you mean '" + near + "'?");
}

Result<void> check_space(const Limits& limits, const HostFacts& facts) {
  if (facts.spool_free == 0) return {};
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t files = limits.max_size > most / limits.files ? most : limits.max_size * limits.files;
  const std::uint64_t need = files > most - limits.min_free ? most : files + limits.min_free;
  if (need <= facts.spool_free) return {};
  return fail(ErrorKind::refused,
              "iptrace: " + human_size(facts.spool_free) + " are free in " + facts.spool +
                  ", less than files × max_size and min_free together",
              "lower max_size or files, or free space");
}

// Number in front of a release: 7.2.0.0 is 702, what is not one 0.
unsigned level_of(const std::string& release) {
  unsigned major = 0;
  unsigned minor = 0;
  const char* end = release.data() + release.size();
  const auto first = std::from_chars(release.data(), end, major);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return 0;
  if (std::from_chars(first.ptr + 1, end, minor).ec != std::errc{}) return 0;
  return major * 100 + minor;
}

}  // namespace

Result<void> check_host(const HostFacts& facts) {
  if (facts.os != "aix")
    return fail(ErrorKind::unavailable, "iptrace is planned for AIX, and this target runs " + facts.os);
  if (facts.tool.empty()) {
    return fail(ErrorKind::unavailable,
                "iptrace is not there: it comes with AIX, in bos.net.tcp.server or a later file set",
                "plan for it from here with --backend iptrace, or capture with another backend");
  }
  if (!facts.elevated)
    return fail(ErrorKind::unavailable, "capturing is not allowed there; " + facts.rights,
                "log in as root: --on root@HOST");
  constexpr unsigned first_with_lists = 502;
  if (const unsigned level = level_of(facts.os_release); level != 0 && level < first_with_lists) {
    return fail(ErrorKind::unavailable,
                "iptrace of AIX " + facts.os_release + " takes no lists behind -p and -P, and no -L",
                "AIX 5.2 or later is needed");
  }
  if (facts.spool_on_network) {
    return fail(ErrorKind::refused,
                "iptrace: " + facts.spool + " is on NFS, where iptrace may hang until a reboot",
                "mount a local file system there");
  }
  return {};
}

Result<std::string> choose_interface(const SessionSpec& spec, const HostFacts& facts) {
  switch (spec.interface_choice) {
    case InterfaceChoice::any:
      return std::string();
    case InterfaceChoice::default_route:
      for (const auto& interface : facts.interfaces) {
        if (interface.is_default) return interface.name;
      }
      return std::string();
    case InterfaceChoice::named:
      break;
  }
  if (spec.interfaces.size() != 1) {
    return fail(
        ErrorKind::usage,
        "iptrace takes one interface or all of them, not a list of " + std::to_string(spec.interfaces.size()),
        "name one, or use 'any'");
  }
  if (auto checked = check_name(spec.interfaces.front(), facts); !checked) return fail(checked.error());
  return spec.interfaces.front();
}

Result<Start> choose_start(const SessionSpec& spec, const HostFacts& facts) {
  const auto found = spec.backend_options.find("start");
  if (found == spec.backend_options.end()) return facts.starter == "src" ? Start::src : Start::direct;
  if (found->second == "src") return Start::src;
  if (found->second == "direct") return Start::direct;
  return fail(ErrorKind::usage, "backend.iptrace.start is `" + found->second + "`, neither src nor direct");
}

Result<void> check_spec(const SessionSpec& spec, const HostFacts& facts) {
  if (filter::any_primitive(
          spec.filter, [](const filter::Primitive& p) { return p.kind == filter::PrimitiveKind::vlan; })) {
    return fail(
        ErrorKind::usage,
        "iptrace: a filter with 'vlan' cannot be met, because tags are removed below its capture point",
        "leave 'vlan' out, or capture where the tags are seen: on a mirror port or another host");
  }
  if (spec.direction != CaptureDirection::both) {
    return fail(ErrorKind::usage, "iptrace cannot be told to capture one direction only",
                "capture both: its records tell the direction, and 'inbound' or 'outbound' in a filter of "
                "`anchoko convert` chooses");
  }
  const Limits& limits = spec.limits;
  if (limits.files > 2) {
    return fail(ErrorKind::refused, "iptrace keeps two files, and no ring of " + std::to_string(limits.files),
                "use files = 2, or 1");
  }
  if (limits.files == 2 && limits.max_size == 0)
    return fail(ErrorKind::usage, "iptrace: two files need a max_size", "give a max_size");
  if (limits.duration.count() == 0 && (limits.max_size == 0 || limits.files == 2)) {
    return fail(ErrorKind::refused, "iptrace: this capture would never end", "give a duration");
  }
  return check_space(limits, facts);
}

std::vector<LimitPlan> limit_plans(const SessionSpec& spec) {
  const Limits& limits = spec.limits;
  std::vector<LimitPlan> result;
  if (limits.duration.count() != 0) {
    result.push_back({"duration", human_duration(limits.duration), LimitKeeping::kept,
                      "by the keeper on the target, whether anchoko lives or not; a second watches over it. "
                      "iptrace itself knows no time limit"});
  }
  if (limits.files == 2) {
    result.push_back({"ring", "2 files of " + human_size(limits.max_size), LimitKeeping::bounded,
                      "by iptrace -L: at about that size the file becomes FILE.old, and what was FILE.old "
                      "is gone"});
  } else if (limits.max_size != 0) {
    result.push_back({"max_size", human_size(limits.max_size), LimitKeeping::kept,
                      "by the keeper, which looks at the file once a second; it may grow a little beyond"});
  }
  if (limits.packets != 0) {
    result.push_back(
        {"packets", std::to_string(limits.packets), LimitKeeping::kept,
         "by conversion, which keeps the first of those in the file; the capture itself ends by its "
         "duration or size"});
  }
  if (limits.min_free != 0) {
    result.push_back({"min_free", human_size(limits.min_free), LimitKeeping::kept,
                      "checked before the start, then by the keeper once a second"});
  }
  return result;
}

}  // namespace anchoko::iptrace
