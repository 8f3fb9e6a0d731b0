#include "cli/selection.h"

#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/context.h"
#include "cli/option_values.h"
#include "core/base/diagnostic.h"

namespace anchoko::cli {
namespace {

constexpr const char* group = "What to capture";

// One value for each time the option is written, so that the word behind it is not swallowed.
void add_list(CLI::App& app, const std::string& names, std::vector<std::string>& values,
              const std::string& type, const std::string& help) {
  app.add_option(names, values, help)->type_name(type)->allow_extra_args(false)->group(group);
}

// Empty text is a value too: an empty filter matches everything, an empty duration is a mistake.
CLI::Option* add_text(CLI::App& app, const std::string& names, std::optional<std::string>& value,
                      const std::string& type, const std::string& help) {
  return app
      .add_option_function<std::string>(
          names, [&value](const std::string& text) { value = text; }, help)
      ->type_name(type)
      ->group(group);
}

// Accepting or assuming what nobody knows would change nothing, and its author would never learn so.
Result<void> check_known(const std::string& what, const std::vector<std::string>& names,
                         const std::vector<std::string>& known, const std::string& origin) {
  for (const auto& name : names) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const std::string near = name.size() <= 64 ? did_you_mean(name, known) : "";
    return fail(ErrorKind::usage,
                "no backend knows a" + std::string(what == "open fact" ? "n " : " ") + what + " '" + name +
                    "'" + (origin.empty() ? "" : ", asked for by " + origin),
                near.empty() ? "'anchoko backends --json' lists them" : "did you mean '" + near + "'?");
  }
  return {};
}

}  // namespace

BackendNames::BackendNames(const BackendRegistry& registry) {
  for (const auto& backend : registry.all()) {
    for (const auto& hazard : backend->hazards()) hazards_.push_back(hazard.id);
    for (const auto& fact : backend->dialect().open_facts()) facts_.push_back(fact.name);
  }
}

Result<void> BackendNames::check(const SessionSpec& spec) const {
  const auto origin = [&](const char* key) {
    const auto found = spec.origins.find(key);
    return found == spec.origins.end() ? std::string() : found->second;
  };
  if (auto known = check_known("hazard", spec.accepted_hazards, hazards_, origin("accept")); !known)
    return known;
  return check_known("open fact", spec.assume, facts_, origin("capture.assume"));
}

void Selection::add_options(CLI::App& app) {
  add_text(app, "PROFILE", profile_name_, "",
           "name or file of a profile; 'anchoko profile list' shows those there are");
  add_list(app, "--set", set_, "NAME=VALUE",
           "value for a parameter of the profile; repeat for more. 'anchoko profile list' names them");
  add_text(app, "-f,--filter", filter_, "FILTER", "pcap-filter text, as for tcpdump; in quotes");
  add_list(app, "-i,--interface", interfaces_, "IFACE",
           "interface name, 'default' (the default route's) or 'any'; repeat for more");
  add_text(app, "--for", duration_, "TIME", "how long, such as 60s, 5m or 1h30m");
  add_text(app, "--snaplen", snaplen_, "N", "keep at most N bytes of each packet; 'full' for all");
  add_text(app, "--max-size", max_size_, "SIZE", "largest native file, such as 500MB or 1GiB");
  add_text(app, "-c,--packets", packets_, "N", "keep the first N packets");
  suggest(add_text(app, "--direction", direction_, "WAY", "in, out or both"), {"in", "out", "both"});
  app.add_flag("--promiscuous", promiscuous_, "see packets for others too")->group(group);
  app.add_flag("--no-pushdown", no_pushdown_, "capture everything, filter only when the file is converted")
      ->group(group);
  add_list(app, "--assume", assume_, "NAME",
           "take an open fact about the native tool as true; repeat for more");
  add_list(app, "--accept", accept_, "HAZARD", "accept a known danger of the native tool; repeat for more");
}

Result<void> Selection::load(const BackendRegistry& registry) {
  names_ = BackendNames(registry);
  if (!profile_name_) return {};
  auto profile = make_profile_library(registry).load_complete(*profile_name_);
  if (!profile) return fail(profile.error());
  profile_ = std::move(*profile);
  return {};
}

config::Flags Selection::flags() const {
  config::Flags flags;
  flags.filter = filter_;
  flags.interfaces = interfaces_;
  flags.duration = duration_;
  flags.snaplen = snaplen_;
  flags.max_size = max_size_;
  flags.packets = packets_;
  flags.direction = direction_;
  flags.no_pushdown = no_pushdown_;
  flags.promiscuous = promiscuous_;
  flags.accept = accept_;
  flags.assume = assume_;
  flags.set = set_;
  return flags;
}

Result<SessionSpec> Selection::resolve(const std::string& backend) const {
  auto spec = config::resolve(profile_, flags(), backend);
  if (!spec) return spec;
  if (auto known = names_.check(*spec); !known) return fail(known.error());
  return spec;
}

Result<config::ProfileView> Selection::view(const std::string& backend) const {
  return config::view(profile_ ? *profile_ : config::Profile(), flags(), backend);
}

}  // namespace anchoko::cli
