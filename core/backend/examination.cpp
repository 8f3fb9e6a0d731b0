#include "core/backend/examination.h"

#include <algorithm>

#include "core/backend/backend_choice.h"

namespace anchoko {
namespace {

Finding unlooked(const Error& error) {
  return {"probe", FindingLevel::missing, "this machine could not be looked at: " + error.message,
          "このマシンを調べられません: " + error.message, error.hint};
}

Finding state_folder_finding(const Surroundings& surroundings) {
  const std::string& folder = surroundings.state_folder;
  if (folder.empty()) {
    return {"state-folder", FindingLevel::missing,
            "neither XDG_STATE_HOME nor HOME names a folder for the journal",
            "XDG_STATE_HOME も HOME もジャーナルの置き場所を示していません", "export HOME=\"$(pwd)\""};
  }
  if (!surroundings.state_folder_writable) {
    return {
        "state-folder", FindingLevel::missing, "the journal's folder " + folder + " cannot be written by you",
        "ジャーナルのフォルダー " + folder + " に書き込めません", "export XDG_STATE_HOME=\"$(mktemp -d)\""};
  }
  return {"state-folder", FindingLevel::good, "the journal of sessions: " + folder,
          "セッションのジャーナル: " + folder, ""};
}

Finding locale_finding(const Surroundings& surroundings) {
  if (!surroundings.locale_has_utf8) {
    const std::string name = surroundings.locale.empty() ? "C" : surroundings.locale;
    return {
        "locale", FindingLevel::warning,
        "the locale " + name + " is not UTF-8, in which everything is written: other letters may look wrong",
        "ロケール " + name + " は UTF-8 ではありません。出力は UTF-8 なので文字化けすることがあります",
        "export LC_ALL=C.UTF-8"};
  }
  return {"locale", FindingLevel::good, "locale: " + surroundings.locale, "ロケール: " + surroundings.locale,
          ""};
}

Finding terminal_finding(const Surroundings& surroundings) {
  if (surroundings.on_terminal && !surroundings.terminal_takes_escapes) {
    return {
        "terminal", FindingLevel::warning,
        "TERM says that this terminal takes no escape sequences: no colours, and no line that shows progress",
        "TERM によるとこの端末はエスケープシーケンスを扱えません。色と進行状況の行は出ません",
        "export TERM=xterm"};
  }
  return {"terminal", FindingLevel::good,
          surroundings.on_terminal ? "the terminal takes colours"
                                   : "no terminal: no colours, and no line that shows progress",
          surroundings.on_terminal ? "端末は色を扱えます" : "端末ではないので、色と進行状況の行は出ません",
          ""};
}

}  // namespace

std::vector<Finding> plain_findings(const Backend& backend, const HostFacts& facts) {
  const std::string name = backend.info().name;
  const std::string why = obstacle(backend, facts);
  if (why.empty())
    return {
        {"backend", FindingLevel::good, name + " can capture here", name + " でキャプチャーできます", ""}};
  return {{"backend", FindingLevel::missing, name + " cannot capture here: " + why,
           name + " ではキャプチャーできません: " + why, ""}};
}

std::vector<Finding> Backend::examine(const HostFacts& facts) const {
  return plain_findings(*this, facts);
}

std::vector<BackendExamination> examine_backends(const BackendRegistry& registry, const std::string& os,
                                                 CommandRunner& runner) {
  std::vector<BackendExamination> all;
  for (const Backend* backend : backends_for(registry, os)) {
    const auto facts = backend->probe(runner);
    auto findings =
        facts ? backend->examine_on(runner, *facts) : Result<std::vector<Finding>>(fail(facts.error()));
    all.push_back({backend->info().name,
                   findings ? std::move(*findings) : std::vector<Finding>{unlooked(findings.error())}});
  }
  const bool one_is_well = std::any_of(
      all.begin(), all.end(), [](const BackendExamination& one) { return !any_missing(one.findings); });
  for (auto& one : all) {
    for (auto& finding : one.findings) {
      if (one_is_well && finding.level == FindingLevel::missing) finding.level = FindingLevel::warning;
    }
  }
  return all;
}

std::vector<Finding> examine_surroundings(const Surroundings& surroundings) {
  return {state_folder_finding(surroundings), locale_finding(surroundings), terminal_finding(surroundings)};
}

Finding no_backend(const std::string& os) {
  return {"backend", FindingLevel::missing, "no backend captures on " + os + "; planning and converting work",
          os + " でキャプチャーできるバックエンドはありません。計画と変換は使えます", ""};
}

bool any_missing(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.level == FindingLevel::missing; });
}

}  // namespace anchoko
