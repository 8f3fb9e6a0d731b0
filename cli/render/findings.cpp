#include "cli/render/findings.h"

#include <algorithm>

#include "cli/render/text.h"

namespace anchoko::cli {
namespace {

const char* level_name(FindingLevel level) {
  switch (level) {
    case FindingLevel::good:
      return "good";
    case FindingLevel::warning:
      return "warning";
    case FindingLevel::missing:
      return "missing";
  }
  return "missing";
}

std::string label(FindingLevel level, const FindingStyle& style) {
  static constexpr std::size_t columns = 9;
  struct Look {
    const char* en;
    const char* ja;
    const char* color;
  };
  const Look look = level == FindingLevel::good      ? Look{"ok", "良好", "\033[32m"}
                    : level == FindingLevel::warning ? Look{"warning", "注意", "\033[1;33m"}
                                                     : Look{"missing", "不足", "\033[1;31m"};
  const std::string text = pad_right(style.japanese ? look.ja : look.en, columns);
  return style.color ? look.color + text + "\033[0m" : text;
}

std::string entry(const Finding& finding, const FindingStyle& style) {
  static const std::string indent(9, ' ');
  const std::size_t width = style.width == 0 ? 100 : std::max(style.width, 40U);
  std::string out;
  std::string lead = label(finding.level, style);
  const std::string text = printable(style.japanese ? finding.text_ja : finding.text_en);
  for (const auto& line : wrap(text, width - indent.size())) {
    out += lead + line + "\n";
    lead = indent;
  }
  // A command is never broken: it is for copying.
  if (!finding.command.empty()) out += indent + "  " + printable(finding.command) + "\n";
  return out;
}

}  // namespace

std::string render_findings(const std::vector<BackendExamination>& examinations, const FindingStyle& style) {
  std::string out;
  for (const auto& one : examinations) {
    for (const auto& finding : one.findings) {
      if (!style.problems_only || finding.level != FindingLevel::good) out += entry(finding, style);
    }
  }
  return out;
}

Json findings_json(const std::vector<BackendExamination>& examinations, bool japanese, int exit_status) {
  Json list = Json::array();
  for (const auto& one : examinations) {
    for (const auto& finding : one.findings) {
      list.add(Json(Json::Object{{"id", finding.id},
                                 {"backend", one.backend},
                                 {"level", level_name(finding.level)},
                                 {"text", japanese ? finding.text_ja : finding.text_en},
                                 {"command", finding.command}}));
    }
  }
  return Json(Json::Object{{"findings", std::move(list)}, {"exit_status", exit_status}});
}

}  // namespace anchoko::cli
