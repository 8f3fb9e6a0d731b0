#include "backends/nettl/command.h"
#include "backends/nettl/messages.h"
#include "backends/nettl/nettl.h"
#include "backends/nettl/probe.h"

namespace anchoko {
namespace nettl {

std::vector<Hazard> all_hazards() {
  return crib_table().hazards;
}

namespace {

class NettlBackend final : public Backend {
 public:
  BackendInfo info() const override { return {"nettl", "nettl (HP-UX)", {"hpux"}, "nettl"}; }

  Capabilities capabilities() const override {
    Capabilities result;
    result.runs_here = true;
    result.any_interface = true;
    result.snaplen = true;
    result.keeps_original_length = true;
    result.direction = true;
    result.size_limit = true;
    result.ring = true;
    result.drop_counters = true;
    result.one_per_machine = true;
    result.filter_shape = "none";
    result.native_format = "nettl";
    return result;
  }

  std::vector<Hazard> hazards() const override { return nettl::all_hazards(); }

  const CommandGrammar* command_grammar() const override { return &nettl::command_grammar(); }

  std::vector<BackendOption> options() const override {
    return {{"entity", "string",
             "the subsystems to trace, apart by blanks, as `nettlconf -status` names them (default: the "
             "drivers of "
             "the interfaces)"},
            {"memory", "string", "KiB of trace memory (-mem), from 8; more of it drops less"}};
  }

  Result<HostFacts> probe(CommandRunner& runner) const override { return nettl::probe(runner); }
  HostFacts assumed_facts() const override { return nettl::assumed_facts(); }
  const Dialect& dialect() const override { return nettl::dialect(); }

  Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                           const std::string& session_id) const override {
    return nettl::plan(spec, facts, filter, session_id);
  }

  ToolMessages read_messages(const std::string& text) const override { return nettl::read_messages(text); }
};

}  // namespace
}  // namespace nettl

std::unique_ptr<Backend> make_nettl_backend();
std::unique_ptr<Backend> make_nettl_backend() {
  return std::make_unique<nettl::NettlBackend>();
}

}  // namespace anchoko
