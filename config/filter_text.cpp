#include "config/filter_text.h"

#include <algorithm>

#include "core/filter/parser.h"
#include "core/filter/satisfiable.h"

namespace anchoko::config {
namespace {

// Run in which this byte of the value stands.
const TextRun& run_at(const WrittenText& written, std::size_t offset) {
  const auto next = std::ranges::upper_bound(written.runs, offset, {}, &TextRun::offset);
  return next == written.runs.begin() ? written.runs.front() : *(next - 1);
}

void move_into_profile(Diagnostic& d, const Place& place, const WrittenText& written) {
  const std::size_t offset = d.column > 0 ? d.column - 1 : 0;
  const TextRun& run = run_at(written, offset);
  d.source = place.source;
  d.line = run.line;
  d.column = run.column + static_cast<std::uint32_t>(offset - run.offset);
  d.excerpt = written.lines.at(run.line - written.first_line);
  if (d.length > 1) {
    const std::size_t last = offset + d.length - 1;
    const TextRun& last_run = run_at(written, last);
    const std::uint64_t last_column = last_run.column + (last - last_run.offset);
    const std::uint64_t line_end = d.excerpt.size();
    const std::uint64_t end =
        last_run.line == run.line ? last_column : std::max<std::uint64_t>(line_end, d.column);
    d.length = static_cast<std::uint32_t>(end - d.column + 1);
  }
}

}  // namespace

Result<filter::FilterExpr> parse_filter(const Located<std::string>& filter, const WrittenText& written) {
  if (written.runs.empty()) {
    filter::TextOrigin origin;
    origin.source = filter.place.source;
    origin.line = std::max<std::uint32_t>(filter.place.line, 1);
    return filter::parse_satisfiable(filter.value, origin);
  }
  // On one line, so that the column of a message is the byte of the value.
  std::string text = filter.value;
  std::ranges::replace(text, '\n', ' ');
  std::ranges::replace(text, '\r', ' ');
  auto expr = filter::parse_satisfiable(text);
  if (!expr) {
    for (Diagnostic& d : expr.error().diagnostics) move_into_profile(d, filter.place, written);
  }
  return expr;
}

}  // namespace anchoko::config
