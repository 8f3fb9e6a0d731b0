#include "core/plan/explain.h"

#include <algorithm>
#include <vector>

#include "core/exec/shell_quote.h"
#include "core/filter/printer.h"

namespace anchoko::plan {
namespace {

class Page {
 public:
  explicit Page(const ExplainStyle& style) : style_(style), width_(std::max(style.width, 60U)) {}

  void heading(const std::string& text) {
    if (!out_.empty()) out_ += "\n";
    out_ += paint("\033[1m", text) + "\n";
  }

  // A label in a column, and text wrapped beside it.
  void entry(const std::string& label, const std::string& text, unsigned indent = 2, unsigned column = 12) {
    std::string line(indent, ' ');
    line += label;
    const std::size_t start = std::max<std::size_t>(indent + column, line.size() + 2);
    line.resize(start, ' ');
    wrapped(line, text, indent + column);
  }

  void paragraph(const std::string& text, unsigned indent) {
    wrapped(std::string(indent, ' '), text, indent);
  }
  // Never wrapped: it is there to be copied.
  void command(const std::string& text) { out_ += "     " + paint("\033[36m", text) + "\n"; }

  std::string take() { return std::move(out_); }

 private:
  std::string paint(const char* code, const std::string& text) const {
    return style_.color ? code + text + "\033[0m" : text;
  }

  void wrapped(std::string line, const std::string& text, unsigned hanging) {
    bool empty = true;
    for (std::size_t at = 0; at <= text.size();) {
      std::size_t end = text.find(' ', at);
      if (end == std::string::npos) end = text.size();
      const std::string word = text.substr(at, end - at);
      if (!empty && line.size() + 1 + word.size() > width_) {
        out_ += line + "\n";
        line = std::string(hanging, ' ');
        empty = true;
      }
      if (!empty) line += ' ';
      line += word;
      empty = false;
      at = end + 1;
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out_ += line + "\n";
  }

  ExplainStyle style_;
  unsigned width_;
  std::string out_;
};

std::string or_everything(const filter::FilterExpr& expr) {
  return filter::is_match_all(expr) ? "(everything)" : filter::print(expr);
}

void filter_part(Page& page, const LoweredFilter& f) {
  page.heading("Filter");
  page.entry("wanted", or_everything(f.wanted));
  page.entry("pushed", or_everything(f.pushed));
  if (f.exact()) {
    page.entry("residual", "none: what the tool captures is exactly what is wanted");
  } else {
    const bool aside = f.reading == filter::Reading::capture;
    page.entry("residual", filter::print(f.residual));
    page.entry("", std::string("judged at conversion") + (aside ? ", an outermost VLAN tag set aside" : ""));
  }
  for (const auto& note : f.notes) {
    page.entry("note", (note.part.empty() ? "" : note.part + ": ") + note.reason +
                           (note.assume.empty() ? "" : " (tighter with --assume " + note.assume + ")"));
  }
}

std::string shown(const std::vector<std::string>& words, bool windows) {
  if (!windows) return quote_posix(words);
  // A word that cannot be quoted for both Windows shells cannot be in a plan: backends refuse it.
  return quote_windows(words).value_or("(words that no Windows shell takes alike)");
}

void steps_part(Page& page, const CapturePlan& plan) {
  page.heading("Commands");
  unsigned number = 0;
  for (const auto& step : plan.steps) {
    page.entry(std::to_string(++number) + ". " + to_string(step.kind), step.purpose);
    page.command(shown(step.argv(), plan.os == "windows"));
    for (const auto& part : step.command) {
      if (part.meaning.empty()) continue;
      std::string words;
      for (const auto& word : part.words) words += (words.empty() ? "" : " ") + word;
      constexpr std::size_t longest_label = 40;
      if (words.size() > longest_label) words = words.substr(0, longest_label - 3) + "...";
      page.entry(words, part.meaning, 7, 28);
    }
    if (!step.note.empty()) page.paragraph(step.note, 5);
  }
  for (const auto& file : plan.files) page.entry("file", file.path + ": " + file.purpose);
}

}  // namespace

std::string explain(const CapturePlan& plan, const ExplainStyle& style) {
  Page page(style);
  page.heading("Plan for " + plan.host + ": " + plan.backend +
               (plan.interface.empty() ? "" : " on " + plan.interface) + " (session " + plan.session_id +
               ")");
  if (!plan.can_run) page.paragraph(plan.cannot_run, 2);
  filter_part(page, plan.filter);
  steps_part(page, plan);
  if (!plan.limits.empty()) page.heading("Limits");
  for (const auto& limit : plan.limits) {
    page.entry(limit.limit, limit.value + ", " + to_string(limit.keeping) + ": " + limit.how);
  }
  if (!plan.hazards.empty()) page.heading("Hazards");
  for (const auto& hazard : plan.hazards) {
    const bool high = hazard.severity == HazardSeverity::high;
    const bool japanese = style.japanese && !hazard.text_ja.empty();
    page.entry(hazard.id, std::string(high ? "HIGH, needs --accept " + hazard.id + ". " : "") +
                              (japanese ? hazard.text_ja : hazard.text_en) +
                              (hazard.when.empty() ? "" : " When: " + hazard.when) +
                              (hazard.source.empty() ? "" : " (" + hazard.source + ")"));
  }
  if (!plan.warnings.empty()) page.heading("Warnings");
  for (const auto& warning : plan.warnings) page.paragraph("- " + warning, 2);
  return page.take();
}

}  // namespace anchoko::plan
