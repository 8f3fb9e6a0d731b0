// The options that say what to capture: the same for every command that takes a profile.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/resolve.h"
#include "core/backend/backend.h"
#include "core/base/result.h"
#include "core/model/session_spec.h"

namespace CLI {
class App;
}

namespace anchoko::cli {

// What only backends know. Of any backend, for a profile may serve several.
class BackendNames {
 public:
  BackendNames() = default;
  explicit BackendNames(const BackendRegistry& registry);
  // Errors: usage, a hazard or an open fact that no backend knows, and which key or flag names it.
  Result<void> check(const SessionSpec& spec) const;

 private:
  std::vector<std::string> hazards_;
  std::vector<std::string> facts_;
};

class Selection {
 public:
  void add_options(CLI::App& app);

  // Reads the profile, when one is named, and learns what the backends know. Once, before resolve().
  Result<void> load(const BackendRegistry& registry);
  // Profile, flags and defaults put together for that backend.
  Result<SessionSpec> resolve(const std::string& backend) const;

  // For a look at the profile: values of parameters may be missing.
  Result<config::ProfileView> view(const std::string& backend) const;
  // Null before load(), and when no profile is named.
  const config::Profile* profile() const { return profile_ ? &*profile_ : nullptr; }

 private:
  config::Flags flags() const;

  std::optional<std::string> profile_name_;
  std::optional<std::string> filter_;
  std::vector<std::string> interfaces_;
  std::vector<std::string> accept_;
  std::vector<std::string> assume_;
  std::vector<std::string> set_;
  std::optional<std::string> duration_;
  std::optional<std::string> snaplen_;
  std::optional<std::string> max_size_;
  std::optional<std::string> packets_;
  std::optional<std::string> direction_;
  bool promiscuous_ = false;
  bool no_pushdown_ = false;
  std::optional<config::Profile> profile_;
  BackendNames names_;
};

}  // namespace anchoko::cli
