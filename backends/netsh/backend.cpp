#include "backends/netsh/netsh.h"

namespace anchoko {
namespace netsh {

std::vector<Hazard> all_hazards() {
  return {
      {"nic-link-flap",
       HazardSeverity::high,
       "The link of the captured adapter may drop for a moment when the capture starts and when it stops: "
       "the capture "
       "driver binds to the adapter and unbinds. Microsoft calls this by design.",
       "キャプチャの開始時と停止時に、対象の NIC で一瞬リンクダウンが発生する場合があります。Microsoft "
       "はこれを仕様としています。",
       "Microsoft KB 2914927, https://support.microsoft.com/ja-jp/help/2914927",
       {}},
      {"netsh-slow-stop",
       HazardSeverity::low,
       "Stopping can take minutes and must not be interrupted. report=disabled and correlation=disabled "
       "leave out the "
       "slowest parts.",
       "停止処理に数分かかることがあり、途中で中断してはいけません。report=disabled と correlation=disabled "
       "により、"
       "最も時間のかかる処理を省きます。",
       "seen on real captures; microsoft/retina allows 30 s even without a report",
       {}},
      {"netsh-private-report", HazardSeverity::low,
       "Unless report=disabled is given, netsh packs a .cab beside the trace with process lists, registry "
       "exports, "
       "firewall and Wi-Fi profiles and event logs of the machine.",
       "report=disabled を指定しないと、プロセス一覧、レジストリ、ファイアウォールや Wi-Fi の設定、イベント "
       "ログを含む "
       ".cab ファイルがトレースの隣に作られます。",
       "seen in a real .cab", "avoided: every plan says report=disabled"},
      {"netsh-zero-packets",
       HazardSeverity::low,
       "A capture may stay empty: frames of the last seconds before the stop can be missing, loopback is not "
       "seen, and "
       "Windows 8.1 / Server 2012 R2 and later rarely record nothing at all. Zero packets are suspicious, "
       "not a success.",
       "何も記録されないことがあります。停止直前の数秒のフレームは失われることがあり、ループバックは見えませ"
       "ん。"
       "0 パケットの結果は成功ではなく、要確認です。",
       "James Kehr (Microsoft) on Server 2012 R2; microsoft/etl2pcapng issue 40",
       {}},
  };
}

namespace {

class NetshBackend final : public Backend {
 public:
  BackendInfo info() const override { return {"netsh", "netsh trace (Windows)", {"windows"}, "netsh"}; }

  Capabilities capabilities() const override {
    Capabilities result;
    result.any_interface = true;
    result.size_limit = true;
    result.one_per_machine = true;
    result.survives_reboot = true;
    result.filter_shape = "keyed";
    result.native_format = "etl";
    return result;
  }

  std::vector<Hazard> hazards() const override { return netsh::all_hazards(); }

  std::vector<BackendOption> options() const override {
    return {
        {"interface", "string",
         "adapter name or {GUID} as `netsh trace show interfaces` prints it, \"any\" or \"default\""},
        {"persistent", "boolean", "go on after a reboot, until stopped"},
    };
  }

  Result<HostFacts> probe(CommandRunner& runner) const override { return netsh::probe(runner); }
  HostFacts assumed_facts() const override { return netsh::assumed_facts(); }
  const Dialect& dialect() const override { return netsh::dialect(); }

  Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                           const std::string& session_id) const override {
    return netsh::plan(spec, facts, filter, session_id);
  }
};

}  // namespace
}  // namespace netsh

std::unique_ptr<Backend> make_netsh_backend();
std::unique_ptr<Backend> make_netsh_backend() {
  return std::make_unique<netsh::NetshBackend>();
}

}  // namespace anchoko
