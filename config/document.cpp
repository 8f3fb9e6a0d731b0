#include "config/document.h"

#include <algorithm>
#include <optional>

#include "config/string_scan.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>

namespace anchoko::config {
namespace {

constexpr std::size_t max_text = std::size_t{1} << 20;
constexpr std::size_t max_key_parts = 16;
constexpr std::size_t max_shown = 50;
constexpr std::size_t max_broken_lines = 20;

bool continues_utf8(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// 1-based character to 1-based byte; behind the end: the byte behind the last.
std::uint32_t byte_column(std::string_view line, std::uint32_t character) {
  std::size_t byte = 0;
  for (std::uint32_t seen = 1; seen < character && byte < line.size(); ++seen) {
    ++byte;
    while (byte < line.size() && continues_utf8(line[byte])) ++byte;
  }
  return static_cast<std::uint32_t>(byte + 1);
}

std::uint32_t character_column(std::string_view line, std::size_t byte) {
  std::uint32_t column = 1;
  for (std::size_t i = 0; i < byte && i < line.size(); ++i) {
    if (!continues_utf8(line[i])) ++column;
  }
  return column;
}

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
    std::ranges::stable_sort(value.members, {}, [](const Member& m) {
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
// first key with too many parts, or 0. Text in quotes and comments does not count; a slip here only makes the
// count too high.
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
      if (multi_line) i += 2;
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

Problem at_bytes(std::uint32_t line_number, const std::string& line, std::size_t begin, std::size_t size,
                 std::string message, std::string hint) {
  const Span span{{line_number, character_column(line, begin)},
                  {line_number, character_column(line, begin + size)}};
  return {span, std::move(message), std::move(hint)};
}

// Bytes of the well-formed UTF-8 character at the front; 0: it is not well-formed.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues_utf8(text[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool beyond = (lead == 0xed && second >= 0xa0) || (lead == 0xf4 && second >= 0x90);
  return overlong || beyond ? 0 : length;
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

// "key = value  # comment" taken apart; positions are bytes in the line.
struct Assignment {
  std::string key;
  std::string value;
  std::size_t value_at = 0;
};
std::optional<Assignment> plain_assignment(const std::string& line) {
  constexpr std::string_view key_letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  const std::size_t key_at = line.find_first_not_of(" \t");
  const std::size_t equals = line.find('=');
  if (key_at == std::string::npos || equals == std::string::npos || equals <= key_at) return std::nullopt;
  const std::size_t key_end = line.find_last_not_of(" \t", equals - 1) + 1;
  Assignment result{line.substr(key_at, key_end - key_at), {}, line.find_first_not_of(" \t", equals + 1)};
  if (result.value_at == std::string::npos ||
      result.key.find_first_not_of(key_letters) != std::string::npos) {
    return std::nullopt;
  }
  std::string rest = line.substr(result.value_at, line.find('#', result.value_at) - result.value_at);
  rest.erase(rest.find_last_not_of(" \t") + 1);
  if (rest.empty() || rest.find_first_of("\"'[]{}") != std::string::npos) return std::nullopt;
  if (has_control_character(rest)) return std::nullopt;
  result.value = rest;
  return result;
}

// Values that are nearly always a slip with quotes or with the spelling of true and false.
std::optional<Problem> unquoted_value(std::uint32_t line_number, const std::string& line) {
  const auto assignment = plain_assignment(line);
  if (!assignment) return std::nullopt;
  std::string small = assignment->value;
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto problem = [&](std::string message, std::string hint) {
    return at_bytes(line_number, line, assignment->value_at, assignment->value.size(), std::move(message),
                    std::move(hint));
  };
  for (const char* word : {"true", "false", "yes", "no", "on", "off"}) {
    if (small == word)
      return problem(in_quotes(assignment->value) + " is not a TOML value",
                     "write true or false for a switch, and text in quotes");
  }
  if (assignment->value.find_first_not_of("0123456789+-_.") == std::string::npos) return std::nullopt;
  const std::string shown = assignment->value.size() <= 60 ? harmless(assignment->value) : "…";
  return problem("text must stand in quotes", "write " + assignment->key + " = \"" + shown + "\"");
}

// A string over several lines that never ends began at the last three quotes.
std::optional<Problem> open_string(const std::vector<std::string>& lines) {
  for (std::size_t i = lines.size(); i > 0; --i) {
    const std::string& line = lines[i - 1];
    const std::size_t double_quotes = line.rfind("\"\"\"");
    const std::size_t single_quotes = line.rfind("'''");
    const bool both = double_quotes != std::string::npos && single_quotes != std::string::npos;
    const std::size_t at =
        both ? std::max(double_quotes, single_quotes) : std::min(double_quotes, single_quotes);
    if (at == std::string::npos) continue;
    return at_bytes(static_cast<std::uint32_t>(i), line, at, 3, "this string is never closed",
                    "end it with the same three quotes");
  }
  return std::nullopt;
}

// The parser's message in our words where ours are plainer, at the place where the slip is.
Problem syntax_problem(const toml::parse_error& error, const std::vector<std::string>& lines) {
  std::string description(error.description());
  Span span = to_span(error.source());
  const std::string empty;
  const bool known_line = span.begin.line >= 1 && span.begin.line <= lines.size();
  const std::string& line = known_line ? lines[span.begin.line - 1] : empty;

  const std::string redefine = "cannot redefine existing ";
  if (const auto at = description.find(redefine); at != std::string::npos) {
    const auto name_at = std::min(description.find('\'', at), description.size() - 1) + 1;
    const auto name_end = std::max(description.rfind('\''), name_at);
    const std::string name = description.substr(name_at, name_end - name_at);
    const std::size_t start = std::min(line.find_first_not_of(" \t["), line.size());
    const bool here = !name.empty() && std::string_view(line).substr(start).starts_with(name);
    const std::string message = in_quotes(name) + " is already set further up";
    if (here) return at_bytes(span.begin.line, line, start, name.size(), message, "");
    return {span, message, ""};
  }
  const bool in_value = description.starts_with("Error while parsing") &&
                        !description.starts_with("Error while parsing string") &&
                        !description.starts_with("Error while parsing table header");
  if (in_value) {
    if (auto problem = unquoted_value(span.begin.line, line)) return *problem;
  }
  if (description.find("encountered end-of-file") != std::string::npos &&
      description.find("string") != std::string::npos) {
    if (auto problem = open_string(lines)) return *problem;
  }
  if (const auto assignment = plain_assignment(line);
      assignment && description.ends_with("not representable in 64 bits")) {
    return at_bytes(span.begin.line, line, assignment->value_at, assignment->value.size(),
                    "this number is too large", "");
  }
  const bool at_end = span.begin.column > character_column(line, line.size()) - 1;
  if (description.starts_with("Error while parsing string") && at_end) {
    return {span, "the closing quote is missing", ""};
  }
  if (description.find("unknown escape sequence") != std::string::npos) {
    return {span, "a backslash in double quotes starts an escape, and this is none",
            "write '…' in single quotes, where a backslash stands for itself"};
  }
  if (const auto colon = description.find(": ");
      description.starts_with("Error while") && colon != std::string::npos) {
    description.erase(0, colon + 2);
  }
  if (description.find("could not determine value type") != std::string::npos)
    description = "this is not a value";
  if (description.find("maximum nested value depth") != std::string::npos) {
    description = "nested more than " + std::to_string(TOML_MAX_NESTED_VALUES) + " deep";
  }
  const std::string line_end = ", saw '\\n'";
  if (description.ends_with(line_end)) {
    description.replace(description.size() - line_end.size(), line_end.size(), " before the end of the line");
  }
  const bool open_array = description.find("closing ']'") != std::string::npos;
  return {span, "not valid TOML: " + harmless(description),
          open_array ? "is the array further up closed with \"]\"?" : ""};
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

std::size_t control_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x20 || first == 0x7f) return 1;
  const bool c1 = first == 0xc2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xa0;
  return c1 ? 2 : 0;
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

bool has_control_character(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(1)) {
    if (control_length(text) > 0) return true;
  }
  return false;
}

std::string harmless(std::string_view word) {
  constexpr std::size_t longest = 80;
  const bool cut = word.size() > longest;
  if (cut) {
    std::size_t end = longest;
    while (end > 0 && continues_utf8(word[end])) --end;
    word = word.substr(0, end);
  }
  std::string result;
  while (!word.empty()) {
    const std::size_t control = control_length(word);
    result += control > 0 ? '?' : word[0];
    word.remove_prefix(std::max<std::size_t>(control, 1));
  }
  return cut ? result + "…" : result;
}

std::string in_quotes(std::string_view word) {
  return "\"" + harmless(word) + "\"";
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
    broken.push_back(syntax_problem(result.error(), document.lines));
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
  std::ranges::stable_sort(
      problems, {}, [](const Problem& p) { return std::pair(p.span.begin.line, p.span.begin.column); });
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
