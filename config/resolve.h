// Profile, its ancestors, flags and defaults to a SessionSpec; every value knows its origin.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/profile.h"
#include "core/base/result.h"
#include "core/model/session_spec.h"

namespace anchoko::config {

// A parameter of a profile with all that it extends.
struct ParameterView {
  std::string name;
  std::string type;  // "address"
  std::string help;
  std::string narrow;
  std::vector<std::string> allowed;
  std::optional<std::string> preset;  // its default, canonical
  std::optional<std::string> value;   // --set, else the default
  bool required = false;              // neither a default nor `narrow`: a value must be given
  std::string example;                // some value
  // of each key above by its name in the profile, and of "value": "profile dns line 7", "flag --set"
  std::map<std::string, std::string> origins;
};

struct ProfileSummary {
  std::string name;
  std::string source;
  std::string description;
  std::string extends;
  std::string problem;  // not empty: it does not load
  std::vector<ParameterView> parameters;
};

// Where profiles come from: folders that are searched first (./profiles, $XDG_CONFIG_HOME/anchoko/profiles),
// then the shipped ones inside the binary.
class ProfileLibrary {
 public:
  ProfileLibrary(std::vector<std::string> folders, std::vector<KnownBackendOption> known);

  // By name, or by path when the word ends in .toml or holds a path separator. Unknown: usage, with
  // did-you-mean.
  Result<Profile> load(const std::string& name_or_path) const;
  // The profile with everything it extends put in; child over parent. Cycles and more than 8 levels are
  // errors.
  Result<Profile> load_complete(const std::string& name_or_path) const;
  std::vector<ProfileSummary> list() const;

 private:
  std::vector<std::string> folders_;
  std::vector<KnownBackendOption> known_;
};

std::vector<std::string> default_profile_folders();

// What was typed; absent: not given.
struct Flags {
  std::optional<std::string> filter;
  std::vector<std::string> interfaces;
  std::optional<std::string> duration;  // --for
  std::optional<std::string> snaplen;
  std::optional<std::string> max_size;
  std::optional<std::string> packets;
  std::optional<std::string> direction;
  bool no_pushdown = false;
  bool promiscuous = false;
  std::vector<std::string> accept;
  std::vector<std::string> assume;
  std::vector<std::string> set;  // NAME=VALUE for parameters of the profile
};

// Parses the filter too, its messages pointing into the profile where it was written. All mistakes at once.
// `backend` chooses which [backend.NAME] table counts.
Result<SessionSpec> resolve(const std::optional<Profile>& profile, const Flags& flags,
                            const std::string& backend);

// A profile to be looked at: its parameters may lack values.
struct ProfileView {
  SessionSpec spec;  // without values for all parameters its filter is not parsed
  bool lacks_values = false;
  std::string filter;  // as written, with {NAME} in it
  std::vector<std::string> interfaces;
  std::vector<ParameterView> parameters;  // those that count with these flags
};
Result<ProfileView> view(const Profile& profile, const Flags& flags, const std::string& backend);

// "60s", "5m", "1h30m", "500ms", "2d"; at most 366d; zero is refused (it would mean no limit).
Result<std::chrono::milliseconds> parse_duration(const std::string& text);
// "100MiB", "500MB", "65535"; KiB/MiB/GiB/TiB are 1024-based, kB/MB/GB/TB 1000-based; 0 is allowed.
Result<std::uint64_t> parse_size(const std::string& text);

}  // namespace anchoko::config
