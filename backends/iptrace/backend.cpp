#include "backends/iptrace/command.h"
#include "backends/iptrace/iptrace.h"
#include "backends/iptrace/messages.h"

namespace anchoko {
namespace iptrace {

std::vector<Hazard> all_hazards() {
  return crib_table().hazards;
}

namespace {

class IptraceBackend final : public Backend {
 public:
  BackendInfo info() const override { return {"iptrace", "iptrace (AIX)", {"aix"}, "iptrace"}; }

  Capabilities capabilities() const override {
    Capabilities result;
    result.runs_here = true;
    result.any_interface = true;
    result.promiscuous = true;
    result.ring = true;
    result.one_per_machine = true;
    result.filter_shape = "keyed";
    result.native_format = "iptrace";
    return result;
  }

  std::vector<Hazard> hazards() const override { return iptrace::all_hazards(); }

  const CommandGrammar* command_grammar() const override { return &iptrace::command_grammar(); }

  std::vector<BackendOption> options() const override {
    return {{"interface", "string", "en0 and the like, \"any\" or \"default\""},
            {"start", "string",
             "\"src\": by the System Resource Controller, or \"direct\"; as the host has it when not given"}};
  }

  Result<HostFacts> probe(CommandRunner& runner) const override { return iptrace::probe(runner); }
  HostFacts assumed_facts() const override { return iptrace::assumed_facts(); }
  const Dialect& dialect() const override { return iptrace::dialect(); }

  Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                           const std::string& session_id) const override {
    return iptrace::plan(spec, facts, filter, session_id);
  }

  ToolMessages read_messages(const std::string& text) const override { return iptrace::read_messages(text); }
};

}  // namespace
}  // namespace iptrace

std::unique_ptr<Backend> make_iptrace_backend();
std::unique_ptr<Backend> make_iptrace_backend() {
  return std::make_unique<iptrace::IptraceBackend>();
}

}  // namespace anchoko
