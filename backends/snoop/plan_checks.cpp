#include "backends/snoop/plan_checks.h"

#include <algorithm>

#include "backends/snoop/snoop.h"
#include "core/base/clock.h"
#include "core/base/diagnostic.h"
#include "core/filter/evaluate.h"
#include "core/packet/link_type.h"

namespace anchoko::snoop {
namespace {

std::string names_of(const HostFacts& facts) {
  std::string names;
  for (const auto& one : facts.interfaces) names += (names.empty() ? "" : ", ") + one.name;
  return names.empty() ? "none is known" : names;
}

Result<void> check_name(const std::string& name, const HostFacts& facts) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '-';
  };
  if (name.empty() || name.front() == '-' || !std::ranges::all_of(name, fits))
    return fail(ErrorKind::usage, "snoop: '" + name + "' cannot be a link's name",
                "`dladm show-link` lists them");
  if (facts.hostname.empty()) return {};
  std::vector<std::string> known;
  for (const auto& interface : facts.interfaces) known.push_back(interface.name);
  if (std::ranges::find(known, name) != known.end()) return {};
  const std::string near = did_you_mean(name, known);
  return fail(ErrorKind::usage, "snoop: there is no link '" + name + "'",
              near.empty() ? "`dladm show-link` lists them" : "did you mean '" + near + "'?");
}

Result<void> check_space(const Limits& limits, const HostFacts& facts) {
  if (facts.spool_free == 0) return {};
  constexpr std::uint64_t most = UINT64_MAX;
  const std::uint64_t need =
      limits.max_size > most - limits.min_free ? most : limits.max_size + limits.min_free;
  if (need <= facts.spool_free) return {};
  return fail(ErrorKind::refused,
              facts.spool + " has " + human_size(facts.spool_free) + " free; the capture may need " +
                  human_size(limits.max_size) + " and " + human_size(limits.min_free) + " must stay free",
              "lower max_size or min_free in [limits], or make room");
}

Result<void> check_options(const SessionSpec& spec) {
  const auto one_of = [&](const char* key, const std::vector<std::string>& values,
                          const char* hint) -> Result<void> {
    const auto chosen = spec.backend_options.find(key);
    if (chosen == spec.backend_options.end() || std::ranges::find(values, chosen->second) != values.end())
      return {};
    return fail(ErrorKind::usage, std::string("backend.snoop.") + key + " is '" + chosen->second + "'", hint);
  };
  if (auto release = one_of("release", {"10", "11", "illumos"}, "it is \"10\", \"11\" or \"illumos\"");
      !release)
    return release;
  return one_of("layer", {"link", "ip"}, "it is \"link\" or \"ip\"");
}

Result<void> check_rights(const SessionSpec& spec, const HostFacts& facts) {
  if (!facts.elevated)
    return fail(ErrorKind::unavailable, "capturing is not allowed here; " + facts.rights,
                "log in as root, or try --become pfexec or sudo");
  if (facts.rights == ip_interfaces_only && link_of(spec, facts) != "IPNET")
    return fail(ErrorKind::unavailable,
                std::string("capturing on a link is not allowed here; there is ") + facts.rights,
                "set [backend.snoop] layer = \"ip\" in a profile, or log in as root");
  return {};
}

}  // namespace

Result<std::string> choose_interface(const SessionSpec& spec, const HostFacts& facts) {
  switch (spec.interface_choice) {
    case InterfaceChoice::any:
      return fail(ErrorKind::usage, "snoop listens on one link, and on none that stands for all of them",
                  "name one with --interface: `dladm show-link` lists them");
    case InterfaceChoice::default_route:
      for (const auto& interface : facts.interfaces) {
        if (interface.is_default) return interface.name;
      }
      if (facts.hostname.empty()) return std::string();
      return fail(ErrorKind::unavailable, "no link carries a default route, so `default` names none",
                  "name one with -i: " + names_of(facts));
    case InterfaceChoice::named:
      break;
  }
  if (spec.interfaces.size() != 1) {
    return fail(ErrorKind::usage,
                "snoop listens on one link, not on a list of " + std::to_string(spec.interfaces.size()),
                "start one capture for each");
  }
  const std::string& name = spec.interfaces.front();
  if (auto checked = check_name(name, facts); !checked) return fail(checked.error());
  if (name == "lo0" && release_of(spec, facts) == Release::solaris10) {
    return fail(ErrorKind::usage, "snoop of Solaris 10 cannot see loopback traffic",
                "capture on the link of another host that takes part");
  }
  return name;
}

Result<void> check_spec(const SessionSpec& spec, const HostFacts& facts) {
  if (facts.tool.empty()) {
    return fail(ErrorKind::unavailable, "snoop is not there: it comes with Solaris and illumos",
                "plan for it from here with --backend snoop, or capture with another backend");
  }
  if (auto options = check_options(spec); !options) return options;
  if (watches_ip(spec) && release_of(spec, facts) == Release::solaris10)
    return fail(ErrorKind::usage, "snoop of Solaris 10 watches links, and no IP interfaces",
                "leave layer = \"ip\" out of [backend.snoop]");
  if (spec.direction != CaptureDirection::both) {
    return fail(ErrorKind::usage, "snoop cannot be told to capture one direction only",
                "use 'src host' or 'dst host' with the host's own address in the filter");
  }
  const Limits& limits = spec.limits;
  if (limits.files > 1) {
    return fail(ErrorKind::refused,
                "snoop writes one file: a ring of " + std::to_string(limits.files) +
                    " would have to stop it and start it again, and lose what comes meanwhile",
                "use files = 1, with a larger max_size");
  }
  if (limits.duration.count() == 0 && limits.max_size == 0) {
    return fail(ErrorKind::refused, "snoop: a capture with neither duration nor size would never end",
                "give a duration, or a max_size");
  }
  if (auto space = check_space(limits, facts); !space) return space;
  return check_rights(spec, facts);
}

Result<void> check_filter(const LoweredFilter& filter, const std::string& link_type) {
  const bool says_direction = filter::any_primitive(filter.wanted, [](const filter::Primitive& one) {
    return one.kind == filter::PrimitiveKind::inbound || one.kind == filter::PrimitiveKind::outbound;
  });
  if (says_direction && link_type != "IPNET")
    return fail(
        ErrorKind::usage,
        "`inbound` and `outbound` cannot be judged here: snoop's file of a link does not tell the direction",
        "use 'src host' or 'dst host' with the host's own address, or [backend.snoop] layer = \"ip\"");
  for (const auto type : {LinkType::ethernet, LinkType::ipnet}) {
    if (link_type_name(type) != link_type) continue;
    const auto program = filter::Program::compile(filter.wanted, type);
    if (program || program.error().kind != ErrorKind::usage) return {};
    Error error = program.error();
    if (error.hint.empty())
      error.hint = "the records there are of link type " + link_type + "; leave that part of the filter out";
    return fail(std::move(error));
  }
  return {};
}

bool packets_are_native(const SessionSpec& spec, const LoweredFilter& filter) {
  constexpr std::uint64_t most_counted = 0x7fffffff;  // -c is an int
  return spec.limits.packets != 0 && spec.limits.packets <= most_counted && filter.exact() &&
         !spec.control_left_out;
}

std::uint64_t hard_size(const Limits& limits) {
  return limits.max_size == 0 ? 0 : limits.max_size + limits.max_size / 4 + (1 << 20);
}

std::vector<LimitPlan> limit_plans(const SessionSpec& spec, bool packets_native) {
  const Limits& limits = spec.limits;
  std::vector<LimitPlan> result;
  if (limits.duration.count() != 0) {
    result.push_back({"duration", human_duration(limits.duration), LimitKeeping::kept,
                      "by the keeper on the target, whether anchoko lives or not; a second watches over it. "
                      "snoop is ended two seconds later, when the kernel has handed over what it holds"});
  }
  if (limits.max_size != 0) {
    result.push_back(
        {"max_size", human_size(limits.max_size), LimitKeeping::kept,
         "by the keeper, which looks at the file once a second; it may grow a little beyond. At a "
         "quarter more the system ends snoop, should nobody be left to mind it"});
  }
  result.push_back(
      {"files", "1", LimitKeeping::native, "snoop writes one file; a ring (files > 1) is refused"});
  if (limits.packets != 0) {
    result.push_back({"packets", std::to_string(limits.packets),
                      packets_native ? LimitKeeping::native : LimitKeeping::kept,
                      packets_native
                          ? "by snoop (-c)"
                          : "by conversion, which keeps the first that match: snoop would count packets that "
                            "the conversion takes out. The capture itself ends by duration or max_size"});
  }
  if (limits.min_free != 0)
    result.push_back(
        {"min_free", human_size(limits.min_free), LimitKeeping::kept,
         "checked before the start, then by the keeper once a second; a disk that is full all the "
         "same ends snoop with a message"});
  return result;
}

}  // namespace anchoko::snoop
