#include "config/document.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "config/string_scan.h"
#include "config/syntax_message.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
// The parser's own assertions do not hold for every text ("[=" is enough): they would end the program, or
// under NDEBUG be taken for granted by the optimiser. It handles those texts well without them.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

static_assert(TOML_MAX_NESTED_VALUES == anchoko::config::max_nested_values);

namespace anchoko::config {
namespace {

constexpr std::size_t max_text = std::size_t{1} << 20;
constexpr std::size_t max_key_parts = 16;
constexpr std::size_t max_shown = 50;
constexpr std::size_t max_broken_lines = 20;

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

Position to_position(const toml::source_position& p) {
  return {p.line, p.column};
}
Span to_span(const toml::source_region& region) {
  return {to_position(region.begin), to_position(region.end)};
}

Value to_value(const toml::node& node) {
  Value value;
  value.span = to_span(node.source());
  if (const auto* table = node.as_table()) {
    value.kind = ValueKind::table;
    for (const auto& [key, child] : *table) {
      value.members.push_back(Member{std::string(key.str()), to_span(key.source()), to_value(child)});
    }
    std::ranges::sort(value.members, {}, [](const Member& m) {
      return std::pair(m.key_span.begin.line, m.key_span.begin.column);
    });
  } else if (const auto* array = node.as_array()) {
    value.kind = ValueKind::array;
    for (const auto& child : *array) value.items.push_back(to_value(child));
  } else if (const auto* text = node.as_string()) {
    value.kind = ValueKind::string;
    value.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    value.kind = ValueKind::integer;
    value.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.kind = ValueKind::boolean;
    value.boolean = boolean->get();
  } else {
    value.kind = node.is_floating_point() ? ValueKind::real : ValueKind::date;
  }
  return value;
}

// Tables nest with every dot of a key, without a limit in the parser, and are freed by recursion. Line of the
// first key with too many parts, or 0. Text in quotes and comments does not count.
std::uint32_t line_of_deep_key(std::string_view text) {
  std::uint32_t line = 1;
  std::size_t dots = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      const std::string three(3, c);
      const bool multi_line = text.substr(i, 3) == three;
      i += std::size_t{multi_line} * 2 + 1;
      while (i < text.size() && (multi_line ? text.substr(i, 3) != three : text[i] != c && text[i] != '\n')) {
        if (text[i] == '\n') ++line;
        const bool escape = c == '"' && text[i] == '\\' && i + 1 < text.size() && text[i + 1] != '\n';
        i += std::size_t{escape} + 1;
      }
      if (multi_line) {
        i += 2;
        for (int more = 0; more < 2 && i + 1 < text.size() && text[i + 1] == c; ++more) ++i;
      }
      if (i < text.size() && text[i] == '\n') --i;
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (c == '\n') {
      ++line;
      dots = 0;
    } else if (c == '.') {
      if (++dots >= max_key_parts) return line;
    } else if (c == '=' || c == ',' || c == '[' || c == ']' || c == '{' || c == '}') {
      dots = 0;
    }
  }
  return 0;
}

// Replaces what is not UTF-8, so that excerpts can be shown anywhere; the first such byte of a line is a
// mistake.
void mend_utf8(Document& document) {
  for (std::size_t i = 0; i < document.lines.size(); ++i) {
    std::string& line = document.lines[i];
    std::optional<std::size_t> first;
    for (std::size_t byte = 0; byte < line.size();) {
      const std::size_t length = utf8_length(std::string_view(line).substr(byte));
      if (length == 0) {
        line[byte] = '?';
        if (!first) first = byte;
      }
      byte += std::max<std::size_t>(length, 1);
    }
    if (!first) continue;
    document.problems.push_back(at_bytes(static_cast<std::uint32_t>(i + 1), line, *first, 1,
                                         "this byte is not UTF-8 text", "save the file as UTF-8"));
  }
}

// Empties the broken line, or for a broken table header everything up to the next one, whose keys would
// otherwise seem to be in the wrong table. False: there was nothing to empty.
bool drop_broken_line(std::vector<std::string>& lines, std::uint32_t number) {
  if (number == 0 || number > lines.size()) return false;
  std::size_t index = number - 1;
  const auto first_letter = [&](std::size_t i) {
    const std::size_t at = lines[i].find_first_not_of(" \t");
    return at == std::string::npos ? '\0' : lines[i][at];
  };
  const char first = first_letter(index);
  if (first == '\0') return false;
  lines[index].clear();
  if (first != '[') return true;
  for (++index; index < lines.size() && first_letter(index) != '['; ++index) lines[index].clear();
  return true;
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace

const char* kind_with_article(ValueKind kind) {
  switch (kind) {
    case ValueKind::string:
      return "a string";
    case ValueKind::integer:
      return "an integer";
    case ValueKind::real:
      return "a decimal number";
    case ValueKind::boolean:
      return "a boolean";
    case ValueKind::date:
      return "a date or time";
    case ValueKind::array:
      return "an array";
    case ValueKind::table:
      return "a table";
  }
  return "a value";
}

Place Document::place(const Span& span) const {
  Place place{source, span.begin.line, 0, {}};
  if (span.begin.line == 0 || span.begin.line > lines.size()) return place;
  place.excerpt = lines[span.begin.line - 1];
  place.column = byte_column(place.excerpt, span.begin.column);
  return place;
}

Diagnostic Document::diagnostic(const Problem& problem) const {
  Place at = place(problem.span);
  Diagnostic d;
  d.source = source;
  d.line = at.line;
  d.column = at.column;
  d.message = problem.message;
  d.hint = problem.hint;
  const bool one_line = problem.span.end.line == problem.span.begin.line;
  const std::size_t end = one_line ? byte_column(at.excerpt, problem.span.end.column) : at.excerpt.size() + 1;
  d.length = end > d.column ? static_cast<std::uint32_t>(end - d.column) : 1;
  d.excerpt = std::move(at.excerpt);
  return d;
}

WrittenText Document::written_text(const Value& value) const {
  const Span& span = value.span;
  if (span.begin.line == 0 || span.end.line < span.begin.line || span.end.line > lines.size()) return {};
  WrittenText written;
  written.first_line = span.begin.line;
  written.lines.assign(lines.begin() + span.begin.line - 1, lines.begin() + span.end.line);
  ScannedString scanned =
      scan_string(written.lines, span.begin.line, byte_column(written.lines[0], span.begin.column));
  // The parser's value is the one that counts.
  if (!scanned.complete || scanned.text != value.text) return {};
  written.runs = std::move(scanned.runs);
  return written;
}

Document parse_document(std::string_view text, const std::string& source) {
  Document document;
  document.source = source;
  if (text.size() > max_text) {
    document.problems.push_back({{}, "the file is larger than 1 MiB", ""});
    return document;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  document.lines = split_lines(text);
  if (const std::uint32_t deep = line_of_deep_key(text); deep > 0) {
    document.problems.push_back(
        {{{deep, 1}, {deep, 1}}, "a key with more than " + std::to_string(max_key_parts) + " parts", ""});
    return document;
  }

  mend_utf8(document);
  std::vector<std::string> kept = document.lines;
  std::vector<Problem> broken;
  while (true) {
    const toml::parse_result result = toml::parse(join_lines(kept));
    if (result) {
      document.root = to_value(result.table());
      break;
    }
    broken.push_back(syntax_problem(std::string(result.error().description()),
                                    to_span(result.error().source()), document.lines));
    if (broken.size() < max_broken_lines && drop_broken_line(kept, result.error().source().begin.line))
      continue;
    // What follows the first mistake may be nothing but its echo.
    broken.resize(1);
    break;
  }
  document.problems.insert(document.problems.end(), broken.begin(), broken.end());
  return document;
}

std::vector<Diagnostic> to_diagnostics(const Document& document, std::vector<Problem> problems) {
  std::ranges::sort(problems, {}, [](const Problem& p) {
    return std::tuple(p.span.begin.line, p.span.begin.column, std::string_view(p.message));
  });
  std::vector<Diagnostic> diagnostics;
  for (const Problem& problem : problems) {
    if (diagnostics.size() == max_shown && problems.size() > max_shown) {
      const std::string left = std::to_string(problems.size() - max_shown);
      diagnostics.push_back(document.diagnostic({{}, left + " more mistakes are not shown", ""}));
      break;
    }
    diagnostics.push_back(document.diagnostic(problem));
  }
  return diagnostics;
}

}  // namespace anchoko::config
