// The options that say what to capture: the same for `capture` and `plan`.
#pragma once

#include <optional>
#include <string>

#include "config/resolve.h"
#include "core/base/result.h"
#include "core/model/session_spec.h"

namespace CLI {
class App;
}

namespace anchoko::cli {

class Selection {
 public:
  void add_options(CLI::App& app);

  // Reads the profile, when one is named. Once, before resolve().
  Result<void> load(const config::ProfileLibrary& library);
  // Profile, flags and defaults put together for that backend.
  Result<SessionSpec> resolve(const std::string& backend) const;

 private:
  config::Flags flags() const;

  std::optional<std::string> profile_name_;
  std::optional<std::string> filter_;
  std::vector<std::string> interfaces_;
  std::vector<std::string> accept_;
  std::vector<std::string> assume_;
  std::optional<std::string> duration_;
  std::optional<std::string> snaplen_;
  std::optional<std::string> max_size_;
  std::optional<std::string> packets_;
  std::optional<std::string> direction_;
  bool promiscuous_ = false;
  bool no_pushdown_ = false;
  std::optional<config::Profile> profile_;
};

}  // namespace anchoko::cli
