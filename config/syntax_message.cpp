#include "config/syntax_message.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace anchoko::config {
namespace {

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

}  // namespace

Problem at_bytes(std::uint32_t line_number, const std::string& line, std::size_t begin, std::size_t size,
                 std::string message, std::string hint) {
  const Span span{{line_number, character_column(line, begin)},
                  {line_number, character_column(line, begin + size)}};
  return {span, std::move(message), std::move(hint)};
}

Problem syntax_problem(std::string description, Span span, const std::vector<std::string>& lines) {
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
  const std::string bare_key = "expected bare key starting character or string delimiter";
  if (const auto at = description.find(bare_key); at != std::string::npos) {
    description.replace(at, bare_key.size(), "expected a name");
  }
  if (description.find("maximum nested value depth") != std::string::npos) {
    description = "nested more than " + std::to_string(max_nested_values) + " deep";
  }
  const std::string line_end = ", saw '\\n'";
  if (description.ends_with(line_end)) {
    description.replace(description.size() - line_end.size(), line_end.size(), " before the end of the line");
  }
  const bool open_array = description.find("closing ']'") != std::string::npos;
  return {span, "not valid TOML: " + harmless(description),
          open_array ? "is the array further up closed with \"]\"?" : ""};
}

}  // namespace anchoko::config
