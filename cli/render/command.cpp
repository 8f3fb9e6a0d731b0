#include "cli/render/command.h"

#include <algorithm>

#include "cli/render/text.h"

namespace anchoko::cli {
namespace {

constexpr std::size_t widest_name = 26;

class Page {
 public:
  Page(bool japanese, unsigned width, bool color)
      : japanese_(japanese), width_(width == 0 ? 0 : std::max(width, 40U)), color_(color) {}

  void heading(const char* en, const char* ja) {
    const std::string text = japanese_ ? ja : en;
    out_ += (out_.empty() ? "" : "\n") + (color_ ? "\033[1m" + text + "\033[0m" : text) + "\n";
  }

  void paragraph(const std::string& first, const std::string& rest, const std::string& text) {
    const std::size_t indent = display_width(first);
    std::string lead = first;
    for (const auto& line : wrap(printable(text), width_ == 0 ? 0 : width_ - indent)) {
      out_ += lead + line + "\n";
      lead = rest;
    }
  }

  // Names that are too wide stand on a line of their own.
  void row(const std::string& name, std::size_t name_width, const std::string& text) {
    const std::string shown = "  " + printable(name);
    const std::string indent(name_width + 4, ' ');
    if (display_width(shown) > name_width + 2) {
      out_ += shown + "\n";
      paragraph(indent, indent, text);
    } else {
      paragraph(pad_right(shown, name_width + 4), indent, text);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  bool japanese_;
  unsigned width_;
  bool color_;
  std::string out_;
};

std::size_t column(const std::vector<crib::ExplainedPiece>& pieces) {
  std::size_t width = 0;
  for (const auto& piece : pieces) {
    const std::size_t own = display_width(printable(piece.text));
    if (own <= widest_name) width = std::max(width, own);
  }
  return width;
}

std::string meaning(const crib::ExplainedPiece& piece, bool japanese) {
  std::string text = piece.meaning.in(japanese);
  if (!piece.since.empty())
    text += japanese ? "（" + piece.since + " 以降）" : " (since " + piece.since + ")";
  return text;
}

void add_problems(Page& page, const crib::CommandExplanation& explanation, bool japanese) {
  if (explanation.problems.empty()) return;
  page.heading("Problems", "問題点");
  for (const auto& problem : explanation.problems) {
    const auto begin = problem.where.begin;
    const std::string what = explanation.line.substr(begin, problem.where.end - begin);
    std::string text = (what.empty() ? "" : what + ": ") + problem.text.in(japanese);
    if (!problem.hint.empty()) text += (japanese ? " → " : "; ") + problem.hint.in(japanese);
    page.paragraph("  - ", "    ", text);
  }
}

void add_filter(Page& page, const crib::FilterExplanation& filter, bool japanese) {
  page.heading("Filter", "フィルター");
  page.paragraph("  ", "    ", filter.canonical);
  for (const auto& line : filter.meaning) {
    const std::string indent(4 + 2 * line.depth, ' ');
    page.paragraph(indent, indent + "  ", line.text.in(japanese));
  }
  for (const auto& note : filter.notes) {
    // What anchoko makes of it is beside the point here.
    if (note.id != "tagged-frames") page.paragraph("  - ", "    ", note.text.in(japanese));
  }
}

}  // namespace

std::string render(const crib::CommandExplanation& explanation, bool japanese, unsigned width, bool color) {
  Page page(japanese, width, color);
  page.heading("Word by word", "一語ずつ");
  const std::size_t names = column(explanation.pieces);
  for (const auto& piece : explanation.pieces) {
    page.row(piece.text, names, meaning(piece, japanese));
    for (const auto& other : piece.elsewhere) {
      const std::string label = (japanese ? "（" : "[") + other.system + (japanese ? " では: " : ": ");
      page.row("", names, label + other.text.in(japanese) + (japanese ? "）" : "]"));
    }
  }
  if (explanation.filter) add_filter(page, *explanation.filter, japanese);
  page.heading("Together", "まとめ");
  page.paragraph("  ", "  ", explanation.summary.in(japanese));
  add_problems(page, explanation, japanese);
  if (!explanation.hazards.empty()) {
    page.heading("Risks", "危険");
    for (const auto& hazard : explanation.hazards)
      page.paragraph(hazard.severity == HazardSeverity::high ? "  ! " : "  - ", "    ",
                     japanese ? hazard.text_ja : hazard.text_en);
  }
  if (!explanation.absent.empty()) {
    page.heading("Not given", "指定されていないもの");
    for (const auto& piece : explanation.absent)
      page.row(piece.text, column(explanation.absent), meaning(piece, japanese));
  }
  return page.take();
}

}  // namespace anchoko::cli
