#include "config/located.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <tuple>

#include "config/string_scan.h"
#include "core/base/file.h"

namespace anchoko::config {
namespace {

std::uint32_t written_length(const Place& place) {
  const ScannedString scanned = scan_string({place.excerpt}, place.line, place.column);
  if (scanned.complete) return scanned.end_column - place.column;
  if (place.column == 0 || place.column > place.excerpt.size()) return 1;
  // A bare key, a number or a word.
  constexpr std::string_view bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-";
  const std::size_t begin = place.column - 1;
  const std::size_t end = std::min(place.excerpt.find_first_not_of(bare, begin), place.excerpt.size());
  return static_cast<std::uint32_t>(std::max<std::size_t>(end - begin, 1));
}

// Run in which this byte of the value stands.
const TextRun& run_at(const WrittenText& written, std::size_t offset) {
  const auto next = std::ranges::upper_bound(written.runs, offset, {}, &TextRun::offset);
  return next == written.runs.begin() ? written.runs.front() : *(next - 1);
}

}  // namespace

Diagnostic at_stretch(const Stretch& stretch, std::string message, std::string hint) {
  Diagnostic d;
  d.source = stretch.place.source;
  d.line = stretch.place.line;
  d.column = stretch.place.column;
  d.length = stretch.length;
  d.excerpt = stretch.place.excerpt;
  d.message = std::move(message);
  d.hint = std::move(hint);
  return d;
}

Diagnostic at_place(const Place& place, std::string message, std::string hint) {
  return at_stretch({place, written_length(place)}, std::move(message), std::move(hint));
}

Stretch stretch_of(const Located<std::string>& text, const WrittenText& written, std::size_t offset,
                   std::size_t length) {
  if (written.runs.empty()) return {text.place, written_length(text.place)};
  const TextRun& run = run_at(written, offset);
  Stretch stretch;
  stretch.place.source = text.place.source;
  stretch.place.line = run.line;
  stretch.place.column = run.column + static_cast<std::uint32_t>(offset - run.offset);
  stretch.place.excerpt = written.lines.at(run.line - written.first_line);
  if (length > 1) {
    const std::size_t last = offset + length - 1;
    const TextRun& last_run = run_at(written, last);
    const std::uint64_t last_column = last_run.column + (last - last_run.offset);
    const std::uint64_t line_end =
        std::max<std::uint64_t>(stretch.place.excerpt.size(), stretch.place.column);
    const std::uint64_t end = last_run.line == run.line ? last_column : line_end;
    stretch.length = static_cast<std::uint32_t>(end - stretch.place.column + 1);
  }
  return stretch;
}

std::string origin_text(const Place& place, const Profile& profile) {
  std::string name = "profile " + profile.name;
  if (place.source.starts_with("profile ")) {
    name = place.source;
  } else if (!place.source.empty() && place.source != profile.source) {
    name = "profile " + utf8(path_of(place.source).stem());
  }
  return place.line == 0 ? name : name + " line " + std::to_string(place.line);
}

void sort_by_place(std::vector<Diagnostic>& diagnostics) {
  std::ranges::stable_sort(diagnostics, {}, [](const Diagnostic& d) {
    return std::tuple(d.line == 0 ? UINT32_MAX : d.line, d.column, std::string_view(d.message));
  });
}

}  // namespace anchoko::config
