// From the words of `capture` and `start` to a session that can begin.
#pragma once

#include <optional>
#include <string>

#include "cli/context.h"
#include "cli/selection.h"
#include "cli/target_option.h"
#include "core/backend/backend_choice.h"
#include "core/session/session_record.h"

namespace CLI {
class App;
}

namespace anchoko::cli {

struct PreparedSession {
  BackendChoice choice;
  session::SessionRecord record;
  std::unique_ptr<CommandRunner> runner;  // of the machine that captures
};

class CaptureSetup {
 public:
  void add_options(CLI::App& app);

  // Everything that can be found wrong before anything is started. `make_folder`: the output's folder, too.
  Result<PreparedSession> prepare(const Context& context, const BackendRegistry& registry, bool make_folder);

  bool to_stdout() const { return output_ == "-"; }

 private:
  Result<std::string> output_for(const SessionSpec& spec, const HostFacts& facts, bool make_folder) const;

  Selection selection_;
  TargetOption target_;
  std::optional<std::string> output_;
  std::string backend_;
  bool force_ = false;
  bool keep_native_ = false;
  bool include_control_ = false;
};

}  // namespace anchoko::cli
