#include "core/base/diagnostic.h"

#include <algorithm>
#include <numeric>

namespace anchoko {

const char* severity_word(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return "error";
}

namespace {

const char* severity_color(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "\033[1;31m";
    case Severity::warning:
      return "\033[1;33m";
    case Severity::note:
      return "\033[1;36m";
  }
  return "";
}

// Control characters would move the caret, or worse, the terminal.
std::string printable(const std::string& text) {
  std::string result = text;
  for (char& c : result) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = c == '\t' ? ' ' : '?';
  }
  return result;
}

bool continues_utf8(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Columns count bytes; the caret line counts characters, and wide East Asian ones as two.
std::size_t display_width(const std::string& text, std::size_t from, std::size_t to) {
  std::size_t width = 0;
  for (std::size_t i = from; i < to && i < text.size(); ++i) {
    if (continues_utf8(text[i])) continue;
    const auto lead = static_cast<unsigned char>(text[i]);
    width += lead >= 0xe3 && lead <= 0xef ? 2 : 1;
  }
  return width + (to > text.size() ? to - std::max(from, text.size()) : 0);
}

// A window of the line around the column, so that a very long line stays readable.
struct Excerpt {
  std::string text;
  std::size_t column;  // 0-based byte in text
};
Excerpt window(const Diagnostic& d) {
  constexpr std::size_t before = 60;
  constexpr std::size_t after = 60;
  std::string line = printable(d.excerpt);
  std::size_t column = d.column > 0 ? d.column - 1 : 0;
  column = std::min(column, line.size());
  if (line.size() <= before + after) return {line, column};
  std::size_t begin = column > before ? column - before : 0;
  std::size_t end = std::min(line.size(), column + after);
  while (begin > 0 && continues_utf8(line[begin])) --begin;
  while (end < line.size() && continues_utf8(line[end])) ++end;
  std::string cut = line.substr(begin, end - begin);
  std::size_t shift = 0;
  if (begin > 0) {
    cut.insert(0, "...");
    shift = 3;
  }
  if (end < line.size()) cut += "...";
  return {cut, column - begin + shift};
}

}  // namespace

std::string render(const Diagnostic& d, bool color) {
  const char* reset = color ? "\033[0m" : "";
  std::string out;
  if (!d.source.empty()) {
    out += printable(d.source) + ":";
    if (d.line > 0) out += std::to_string(d.line) + ":";
    if (d.line > 0 && d.column > 0) out += std::to_string(d.column) + ":";
    out += " ";
  }
  out += std::string(color ? severity_color(d.severity) : "") + severity_word(d.severity) + ":" + reset +
         " " + d.message + "\n";
  if (!d.excerpt.empty() && d.column > 0) {
    const Excerpt excerpt = window(d);
    const std::size_t end =
        std::min(excerpt.column + std::max<std::size_t>(d.length, 1), excerpt.text.size() + 1);
    const std::size_t carets = std::max<std::size_t>(display_width(excerpt.text, excerpt.column, end), 1);
    out += "  | " + excerpt.text + "\n  | " +
           std::string(display_width(excerpt.text, 0, excerpt.column), ' ') + (color ? "\033[1;32m" : "") +
           "^" + std::string(carets - 1, '~') + reset + "\n";
  }
  if (!d.hint.empty()) out += "  = " + d.hint + "\n";
  return out;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    std::vector<std::size_t> row(candidate.size() + 1);
    std::vector<std::size_t> previous;
    std::vector<std::size_t> before_previous;
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= word.size(); ++i) {
      before_previous = std::move(previous);
      previous = row;
      row[0] = i;
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t change = previous[j - 1] + (word[i - 1] == candidate[j - 1] ? 0 : 1);
        row[j] = std::min({change, previous[j] + 1, row[j - 1] + 1});
        const bool swapped =
            i > 1 && j > 1 && word[i - 1] == candidate[j - 2] && word[i - 2] == candidate[j - 1];
        if (swapped) row[j] = std::min(row[j], before_previous[j - 2] + 1);
      }
    }
    if (row.back() < best_distance && row.back() < word.size()) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace anchoko
