#include "backends/snoop/command.h"
#include "backends/snoop/messages.h"
#include "backends/snoop/snoop.h"

namespace anchoko {
namespace snoop {

std::vector<Hazard> all_hazards() {
  return crib_table().hazards;
}

namespace {

class SnoopBackend final : public Backend {
 public:
  BackendInfo info() const override {
    return {"snoop", "snoop (Solaris, illumos)", {"solaris", "illumos"}, "snoop"};
  }

  Capabilities capabilities() const override {
    Capabilities result;
    result.runs_here = true;
    result.snaplen = true;
    result.keeps_original_length = true;
    result.promiscuous = true;
    result.packet_limit = true;
    result.drop_counters = true;
    result.filter_shape = "boolean";
    result.native_format = "snoop";
    return result;
  }

  std::vector<Hazard> hazards() const override { return snoop::all_hazards(); }

  const CommandGrammar* command_grammar() const override { return &snoop::command_grammar(); }

  std::vector<BackendOption> options() const override {
    return {{"release", "string", "plan for \"10\", \"11\" or \"illumos\", where no host can be asked"},
            {"layer", "string", "\"link\" (-d), or \"ip\": the IP interface (-I), not on Solaris 10"},
            {"interface", "string", "link name (net0, bge0), or \"default\""}};
  }

  Result<HostFacts> probe(CommandRunner& runner) const override { return snoop::probe(runner); }
  HostFacts assumed_facts() const override { return snoop::assumed_facts(); }
  const Dialect& dialect() const override { return snoop::dialect(); }

  Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                           const std::string& session_id) const override {
    return snoop::plan(spec, facts, filter, session_id);
  }

  ToolMessages read_messages(const std::string& text) const override { return snoop::read_messages(text); }
};

}  // namespace
}  // namespace snoop

std::unique_ptr<Backend> make_snoop_backend();
std::unique_ptr<Backend> make_snoop_backend() {
  return std::make_unique<snoop::SnoopBackend>();
}

}  // namespace anchoko
