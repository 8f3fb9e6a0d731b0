#include "backends/nettl/messages.h"
#include "backends/nettl/nettl.h"
#include "backends/nettl/probe.h"

namespace anchoko {
namespace nettl {

std::vector<Hazard> all_hazards() {
  return {
      {"nettl-one-trace",
       HazardSeverity::low,
       "A machine has one trace: its file and sizes are those of whoever began it, and a second -traceon "
       "only changes "
       "what is traced. The plan looks first and starts nothing beside another one.",
       "トレースは 1 台に 1 つだけです。ファイルとサイズは最初の指定で決まり、2 回目の -traceon "
       "は対象を変えるだけです。計画では"
       "先に確認し、他のトレースがあれば開始しません。",
       "HP-UX 11i nettl(1M)",
       {}},
      {"nettl-stop-ends-logging",
       HazardSeverity::low,
       "`nettl -stop` ends all logging of the network subsystems too. The plan ends its own entities with "
       "-traceoff and "
       "never stops the facility.",
       "`nettl -stop` はネットワークサブシステムのログも止めてしまいます。計画では自分のエンティティだけを "
       "-traceoff し、"
       "機能全体は止めません。",
       "HP-UX 11i nettl(1M)",
       {}},
      {"nettl-appends",
       HazardSeverity::low,
       "A trace file that exists already is appended to. The plan's folder is new, so none does.",
       "既存のトレースファイルには追記されます。計画のフォルダーは新規なので該当しません。",
       "HP-UX 11i nettl(1M)",
       {}},
      {"nettl-ring",
       HazardSeverity::low,
       "The files are a ring: when all are full, the oldest packets are lost. Messages that find no free "
       "buffer are dropped and counted.",
       "ファイルはリングです。すべて埋まると最も古いパケットから失われます。空きバッファがないときは破棄され"
       "、数えられます。",
       "HP-UX 11i nettl(1M)",
       {}},
      {"nettl-layers",
       HazardSeverity::low,
       "A packet appears once for every subsystem that is traced: LINKALL beside aggregates, or subsystems "
       "of "
       "IP and above beside drivers, give copies. Where no entity is named, the drivers of cards are traced.",
       "パケットは対象サブシステムごとに記録されます。LINKALL とアグリゲート、または IP "
       "以上の層とドライバーを"
       "併用すると重複します。entity の指定がなければ、カードのドライバーだけを対象にします。",
       "HP-UX 11i nettl(1M)",
       {}},
  };
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
