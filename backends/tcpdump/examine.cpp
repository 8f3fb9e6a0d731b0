#include "backends/tcpdump/examine.h"

#include <algorithm>

#include "backends/tcpdump/distribution.h"
#include "backends/tcpdump/tool_version.h"
#include "core/base/clock.h"
#include "core/exec/shell_quote.h"
#include "core/model/session_spec.h"

namespace anchoko::tcpdump {
namespace {

std::string first_line(const std::optional<std::string>& text) {
  if (!text) return {};
  return text->substr(0, text->find('\n'));
}

Finding tool_finding(const HostFacts& facts, const SystemFiles& files) {
  if (facts.tool.empty()) {
    return {"tool", FindingLevel::missing, "tcpdump is not installed", "tcpdump がインストールされていません",
            install_command(files.read("/etc/os-release").value_or(""), "tcpdump", facts.root)};
  }
  if (!parse_version(facts.tool_version).known()) {
    return {"tool", FindingLevel::warning,
            facts.tool + " does not tell its version: only options of tcpdump 4.0 are used",
            facts.tool + " はバージョンを答えません。tcpdump 4.0 のオプションだけを使います",
            quote_posix(CommandLine{facts.tool, "--version"})};
  }
  const std::string what = facts.tool + ", version " + facts.tool_version +
                           (facts.tool_library.empty() ? "" : ", " + facts.tool_library);
  return {"tool", FindingLevel::good, what, what, ""};
}

Finding rights_finding(const HostFacts& facts) {
  if (facts.elevated) {
    return {"rights", FindingLevel::good, "you may capture: " + facts.rights,
            "キャプチャーできます: " + facts.rights, ""};
  }
  if (facts.root) {
    return {"rights", FindingLevel::missing, facts.rights,
            "root ですが CAP_NET_RAW がありません（コンテナーなど）",
            // What starts the container must give it; nothing inside can.
            "docker run --cap-add=NET_RAW --cap-add=NET_ADMIN …"};
  }
  return {"rights", FindingLevel::missing,
          "you may not capture: " + facts.rights +
              ". This gives the tool the right, for everyone who may start it",
          "キャプチャーする権限がありません: " + facts.rights +
              "。次のコマンドは、このツールを起動できる全員に権限を与えます",
          facts.tool.empty()
              ? ""
              : quote_posix(CommandLine{"sudo", "setcap", "cap_net_raw,cap_net_admin=eip", facts.tool})};
}

Finding spool_finding(const HostFacts& facts, const SystemFiles& files) {
  const std::string& folder = facts.spool;
  if (!files.writable(folder)) {
    return {"spool", FindingLevel::missing,
            "captures are written below " + folder + ", which you cannot write",
            "キャプチャーは " + folder + " の下に書きますが、書き込めません",
            quote_posix(CommandLine{"sudo", "chmod", "1777", folder})};
  }
  const Limits usual;
  const std::uint64_t need = usual.max_size * std::max<std::uint64_t>(usual.files, 1) + usual.min_free;
  if (facts.spool_free != 0 && facts.spool_free < need) {
    const std::string free = human_size(facts.spool_free > 1 ? facts.spool_free : 0);
    return {"spool", FindingLevel::warning,
            folder + " has " + free + " free; a capture with the usual limits needs " + human_size(need) +
                ", a smaller --max-size less",
            folder + " の空きは " + free + " です。標準の制限では " + human_size(need) +
                " 必要です（--max-size を小さくすれば減ります）",
            quote_posix(CommandLine{"df", "-h", folder})};
  }
  const std::string free = facts.spool_free == 0 ? "" : human_size(facts.spool_free);
  return {"spool", FindingLevel::good,
          "captures are written below " + folder + (free.empty() ? "" : ", " + free + " free"),
          "キャプチャーの置き場所: " + folder + (free.empty() ? "" : "（空き " + free + "）"), ""};
}

Finding interface_finding(const HostFacts& facts) {
  std::string names;
  std::string usual;
  for (const auto& one : facts.interfaces) {
    names += (names.empty() ? "" : ", ") + one.name;
    if (one.is_default) usual = one.name;
  }
  if (facts.interfaces.empty()) {
    return {"interfaces", FindingLevel::warning, "no network interface is seen here",
            "ネットワークインターフェースが見えません", "ip link"};
  }
  if (usual.empty()) {
    return {"interfaces", FindingLevel::warning,
            "no interface carries a default route: name one with -i (" + names + ")",
            "デフォルトルートのインターフェースがありません。-i で指定してください（" + names + "）", ""};
  }
  return {"interfaces", FindingLevel::good, "the default interface is " + usual + " (of " + names + ")",
          "デフォルトのインターフェース: " + usual + "（全体: " + names + "）", ""};
}

// The profile of Debian and Ubuntu lets tcpdump write *.pcap and *.cap only, which is what our files are
// called.
void add_apparmor(const SystemFiles& files, std::vector<Finding>& findings) {
  if (first_line(files.read("/sys/module/apparmor/parameters/enabled")) != "Y") return;
  const auto names = files.list("/etc/apparmor.d");
  const bool has_profile = std::find(names.begin(), names.end(), "usr.bin.tcpdump") != names.end() ||
                           std::find(names.begin(), names.end(), "usr.sbin.tcpdump") != names.end();
  if (!has_profile) return;
  findings.push_back(
      {"apparmor", FindingLevel::good,
       "AppArmor confines tcpdump to files called *.pcap and *.cap; anchoko's are called so",
       "AppArmor により tcpdump は *.pcap と *.cap にしか書けません。anchoko のファイル名はこれに合います",
       ""});
}

// netutils_selinux(8). From a person's shell tcpdump runs unconfined; from a service it does not.
void add_selinux(const SystemFiles& files, std::vector<Finding>& findings) {
  if (first_line(files.read("/sys/fs/selinux/enforce")) != "1") return;
  std::string context = first_line(files.read("/proc/self/attr/current"));
  context = context.substr(0, context.find('\0'));
  if (context.find(":unconfined_t") != std::string::npos) {
    findings.push_back({"selinux", FindingLevel::good,
                        "SELinux enforces, and leaves your commands unconfined",
                        "SELinux は有効ですが、あなたのコマンドは制限されません", ""});
    return;
  }
  findings.push_back(
      {"selinux", FindingLevel::warning,
       "SELinux enforces, and you are " + (context.empty() ? "someone unknown to it" : context) +
           ": tcpdump may be denied its files. This lifts it for the type netutils_t",
       "SELinux が有効で、コンテキストは " + (context.empty() ? "不明" : context) +
           " です。tcpdump がファイルを拒否されることがあります。次のコマンドは netutils_t の制限を外します",
       "sudo semanage permissive -a netutils_t"});
}

}  // namespace

std::vector<Finding> examine(const HostFacts& facts, const SystemFiles& files) {
  std::vector<Finding> findings{tool_finding(facts, files), rights_finding(facts),
                                spool_finding(facts, files), interface_finding(facts)};
  add_apparmor(files, findings);
  add_selinux(files, findings);
  return findings;
}

}  // namespace anchoko::tcpdump
