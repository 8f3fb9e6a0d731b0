#include "backends/tcpdump/plan_checks.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "backends/tcpdump/tool_version.h"
#include "core/base/clock.h"
#include "core/base/diagnostic.h"
#include "core/filter/evaluate.h"
#include "core/packet/link_type.h"

namespace anchoko::tcpdump {
namespace {

std::string install_hint(const HostFacts& facts) {
  if (!facts.install_tool.empty()) return facts.install_tool;
  return "install it: sudo apt-get install tcpdump, or sudo dnf install tcpdump";
}

std::string interface_names(const HostFacts& facts) {
  std::string names;
  for (const auto& one : facts.interfaces) names += (names.empty() ? "" : ", ") + one.name;
  return names.empty() ? "none" : names;
}

std::optional<LinkType> link_type_from(const std::string& name) {
  for (const auto type : {LinkType::ethernet, LinkType::raw, LinkType::linux_sll, LinkType::linux_sll2,
                          LinkType::ieee802_11, LinkType::ieee802_11_radiotap}) {
    if (link_type_name(type) == name) return type;
  }
  return std::nullopt;
}

void describe(const HostInterface& one, const SessionSpec& spec, ChosenInterface& chosen) {
  chosen.name = one.name;
  chosen.link_type = one.link_type;
  if (!one.up)
    chosen.warnings.push_back("the interface " + one.name + " is down: tcpdump will not start on it");
  if (one.loopback && spec.direction != CaptureDirection::both) {
    chosen.warnings.push_back("on the loopback interface every packet counts as inbound");
  }
}

Result<ChosenInterface> choose_any(const SessionSpec& spec, const HostFacts& facts) {
  ChosenInterface chosen;
  chosen.name = "any";
  chosen.any = true;
  const auto options = tool_options(parse_version(facts.tool_version), parse_version(facts.tool_library));
  chosen.link_type = link_type_name(options.any_is_sll2 ? LinkType::linux_sll2 : LinkType::linux_sll);
  chosen.warnings.emplace_back(
      "`any` gives cooked records (" + chosen.link_type +
      "): no destination MAC address, no VLAN tags, and a packet may appear once per interface "
      "that it passes");
  if (spec.promiscuous) chosen.warnings.emplace_back("promiscuous mode has no effect on `any`");
  return chosen;
}

Result<ChosenInterface> choose_default(const SessionSpec& spec, const HostFacts& facts) {
  for (const auto& one : facts.interfaces) {
    if (!one.is_default) continue;
    ChosenInterface chosen;
    describe(one, spec, chosen);
    return chosen;
  }
  return fail(ErrorKind::unavailable, "no interface carries a default route, so `default` names none",
              "name one with -i: " + interface_names(facts) + "; or -i any");
}

Result<ChosenInterface> choose_named(const SessionSpec& spec, const HostFacts& facts) {
  if (spec.interfaces.empty())
    return fail(ErrorKind::usage, "no interface was named", "known: " + interface_names(facts));
  if (spec.interfaces.size() > 1) {
    return fail(ErrorKind::usage,
                "tcpdump listens on one interface or on all of them, not on a list of " +
                    std::to_string(spec.interfaces.size()),
                "start one capture per interface, or use -i any");
  }
  const std::string& name = spec.interfaces.front();
  if (name == "any") return choose_any(spec, facts);
  std::vector<std::string> names;
  for (const auto& one : facts.interfaces) {
    if (one.name == name) {
      ChosenInterface chosen;
      describe(one, spec, chosen);
      return chosen;
    }
    names.push_back(one.name);
  }
  // Facts of an imagined host (no name) do not know its interfaces.
  if (facts.hostname.empty() && !name.empty() && name.front() != '-')
    return ChosenInterface{name, {}, false, {}};
  const std::string meant = did_you_mean(name, names);
  return fail(
      ErrorKind::usage,
      "there is no interface `" + name + "`" + (meant.empty() ? "" : "; did you mean `" + meant + "`?"),
      "known: " + interface_names(facts));
}

// How far into a record a filter may read; nothing when that cannot be told.
std::optional<std::size_t> read_extent(const filter::FilterExpr& expr, LinkType type,
                                       filter::Reading reading) {
  if (filter::is_match_all(expr)) return 0;
  const auto program = filter::Program::compile(expr, type);
  if (!program) return std::nullopt;
  // Behind a tag that is set aside everything stands four bytes further on.
  const std::size_t tag = reading == filter::Reading::capture && type == LinkType::ethernet ? 4 : 0;
  return program->read_extent() + tag;
}

Result<void> check_space(const Limits& limits, const HostFacts& facts) {
  if (facts.spool_free == 0) return {};
  const std::uint64_t free = facts.spool_free;
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t files = limits.max_size > most / limits.files ? most : limits.max_size * limits.files;
  const std::uint64_t need = files > most - limits.min_free ? most : files + limits.min_free;
  if (need <= free) return {};
  return fail(ErrorKind::refused,
              facts.spool + " has " + human_size(free) + " free; the capture may need " + human_size(files) +
                  " and " + human_size(limits.min_free) + " must stay free",
              "lower max_size, files or min_free in [limits], or make room");
}

}  // namespace

Result<void> check_host(const HostFacts& facts) {
  if (facts.os != "linux") {
    return fail(ErrorKind::unavailable,
                "tcpdump is planned for Linux only, and this target runs " + facts.os);
  }
  if (facts.tool.empty())
    return fail(ErrorKind::unavailable, "tcpdump is not installed", install_hint(facts));
  if (!facts.elevated) {
    return fail(ErrorKind::unavailable, "capturing is not allowed here; " + facts.rights,
                facts.root ? "give the container CAP_NET_RAW and CAP_NET_ADMIN (docker run --cap-add NET_RAW "
                             "--cap-add NET_ADMIN)"
                           : "run it as `sudo anchoko ...`");
  }
  return {};
}

Result<ChosenInterface> choose_interface(const SessionSpec& spec, const HostFacts& facts) {
  switch (spec.interface_choice) {
    case InterfaceChoice::any:
      return choose_any(spec, facts);
    case InterfaceChoice::default_route:
      return choose_default(spec, facts);
    case InterfaceChoice::named:
      break;
  }
  return choose_named(spec, facts);
}

Result<void> check_filter(const LoweredFilter& lowered, const ChosenInterface& interface) {
  const bool says_vlan = filter::any_primitive(
      lowered.wanted, [](const filter::Primitive& one) { return one.kind == filter::PrimitiveKind::vlan; });
  if (interface.any && says_vlan) {
    return fail(ErrorKind::usage, "`vlan` has no meaning on `any`: cooked records carry no tags",
                "capture on the interface that carries the tagged frames, one capture per interface");
  }
  const bool says_direction = filter::any_primitive(lowered.wanted, [](const filter::Primitive& one) {
    return one.kind == filter::PrimitiveKind::inbound || one.kind == filter::PrimitiveKind::outbound;
  });
  if (!interface.any && says_direction) {
    return fail(ErrorKind::usage,
                "`inbound` and `outbound` cannot be judged here: tcpdump's file does not tell the direction",
                "use --direction in or --direction out, or -i any");
  }
  const auto type = link_type_from(interface.link_type);
  if (!type || !filter::is_evaluated(*type)) return {};
  if (const auto program = filter::Program::compile(lowered.wanted, *type); !program) {
    if (program.error().kind != ErrorKind::usage) return {};
    Error error = program.error();
    if (error.hint.empty()) {
      error.hint = "the interface " + interface.name + " gives records of link type " + interface.link_type +
                   "; leave that part of the filter out or choose another interface";
    }
    return fail(std::move(error));
  }
  return {};
}

SnapChoice choose_snaplen(std::uint32_t wanted, const LoweredFilter& lowered, const std::string& link_type) {
  if (wanted == 0) return {};
  std::optional<std::size_t> pushed = 0;
  std::optional<std::size_t> residual = 0;
  if (!filter::is_match_all(lowered.pushed) || !filter::is_match_all(lowered.residual)) {
    const auto type = link_type_from(link_type);
    if (!type) return {0, wanted};
    pushed = read_extent(lowered.pushed, *type, filter::Reading::file);
    residual = read_extent(lowered.residual, *type, lowered.reading);
  }
  if (!pushed || !residual || std::max(*pushed, *residual) > wanted) return {0, wanted};
  return {wanted, 0};
}

std::uint64_t ring_megabytes(const Limits& limits) {
  // A file ends at the first packet behind N * 1,000,000 bytes (reference: tcpdump, section 2).
  constexpr std::uint64_t longest_record = 262144 + 16;
  return limits.max_size < longest_record ? 0 : (limits.max_size - longest_record) / 1'000'000;
}

bool packets_are_native(const SessionSpec& spec, const LoweredFilter& lowered) {
  return lowered.exact() && !spec.control_left_out &&
         spec.limits.packets <= std::numeric_limits<std::int32_t>::max();
}

Result<std::vector<LimitPlan>> plan_limits(const SessionSpec& spec, const HostFacts& facts,
                                           const LoweredFilter& lowered) {
  const Limits& limits = spec.limits;
  if (limits.duration.count() <= 0) {
    return fail(ErrorKind::refused, "every capture must end by itself, and this one has no duration",
                "give it one, however long: --for 24h");
  }
  if (limits.files > 1 && ring_megabytes(limits) == 0) {
    return fail(ErrorKind::usage,
                "the files of a ring are at least 1300000 bytes long with tcpdump, and max_size is " +
                    std::to_string(limits.max_size),
                "raise max_size, or use one file");
  }
  if (auto space = check_space(limits, facts); !space) return fail(space.error());

  std::vector<LimitPlan> plans;
  plans.push_back(
      {"duration", human_duration(limits.duration), LimitKeeping::kept,
       "by the keeper on the target, whether anchoko lives or not; a second watches over it. tcpdump is "
       "interrupted two seconds later, when the kernel has handed over what it holds"});
  if (limits.files > 1) {
    plans.push_back({"ring", std::to_string(limits.files) + " files of " + human_size(limits.max_size),
                     LimitKeeping::bounded,
                     "by tcpdump -C " + std::to_string(ring_megabytes(limits)) +
                         ", which goes on to the next file at the first packet behind " +
                         human_size(ring_megabytes(limits) * 1'000'000) +
                         ", so that none is larger, and -W, which overwrites the oldest"});
  } else if (limits.max_size > 0) {
    plans.push_back(
        {"max_size", human_size(limits.max_size), LimitKeeping::kept,
         "by the keeper, which looks at the file once a second; it may grow a little beyond. At a quarter "
         "more the system ends tcpdump, should nobody be left to mind it"});
  }
  if (limits.packets > 0 && packets_are_native(spec, lowered)) {
    plans.push_back({"packets", std::to_string(limits.packets), LimitKeeping::native, "by tcpdump -c"});
  } else if (limits.packets > 0) {
    plans.push_back({"packets", std::to_string(limits.packets), LimitKeeping::kept,
                     "by conversion, which keeps the first that match: tcpdump would count packets that the "
                     "conversion "
                     "takes out. The capture itself ends by duration or max_size"});
  }
  if (limits.min_free > 0) {
    plans.push_back({"min_free", human_size(limits.min_free), LimitKeeping::kept,
                     "checked before the start, then by the keeper once a second"});
  }
  return plans;
}

}  // namespace anchoko::tcpdump
