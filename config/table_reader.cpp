#include "config/table_reader.h"

#include <algorithm>

#include "config/words.h"

namespace anchoko::config {
namespace {

// Tables have no place of their own that helps a person; their key has.
const Span& place_of(const Member& member) {
  return member.value.kind == ValueKind::table ? member.key_span : member.value.span;
}

// Line breaks and tabs separate the words of a filter as blanks do.
std::string without_white_space(std::string text) {
  std::erase_if(text, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return text;
}

}  // namespace

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates,
                       const std::string& list_name) {
  const std::string near = word.size() <= longest_mistyped ? did_you_mean(word, candidates) : "";
  if (!near.empty()) return "did you mean \"" + near + "\"?";
  std::string all;
  for (const auto& candidate : candidates) all += (all.empty() ? "" : ", ") + candidate;
  return list_name + ": " + (all.empty() ? "none" : all);
}

void TableReader::report(const Span& span, std::string message, std::string hint) {
  problems_.push_back({span, std::move(message), std::move(hint)});
}

void TableReader::report_type(const Member& member, const std::string& expected, const std::string& example) {
  report(place_of(member),
         harmless(member.key) + " must be " + expected + ", not " + kind_with_article(member.value.kind),
         example.empty() ? "" : "for example: " + harmless(member.key) + " = " + example);
}

void TableReader::report_error(const Member& member, const Error& error) {
  report(member.value.span, error.message, error.hint);
}

bool TableReader::expect_table(const Member& member, const std::string& header) {
  if (member.value.kind == ValueKind::table) return true;
  report(member.key_span,
         harmless(member.key) + " must be a table, not " + kind_with_article(member.value.kind),
         "write " + header + " on a line of its own, its keys below");
  return false;
}

bool TableReader::check_text(const std::string& name, const Value& value) {
  if (value.text.empty()) {
    report(value.span, name + " must not be empty");
  } else if (has_control_character(value.text)) {
    report(value.span, name + " must be one line without control characters");
  } else {
    return true;
  }
  return false;
}

bool TableReader::check_filter(const Member& member, const std::string& example) {
  if (member.value.kind != ValueKind::string) {
    report_type(member, "a string", example);
  } else if (has_control_character(without_white_space(member.value.text))) {
    report(member.value.span, harmless(member.key) + " must not hold control characters");
  } else {
    return true;
  }
  return false;
}

std::optional<std::vector<std::string>> TableReader::texts(const Member& member) {
  std::vector<std::string> result;
  bool sound = true;
  for (const Value& item : member.value.items) {
    if (item.kind != ValueKind::string) {
      report(item.span, member.key + " must hold strings only, not " + kind_with_article(item.kind));
      sound = false;
    } else if (!check_text("a name in " + member.key, item)) {
      sound = false;
    } else {
      result.push_back(item.text);
    }
  }
  if (!sound) return std::nullopt;
  return result;
}

}  // namespace anchoko::config
