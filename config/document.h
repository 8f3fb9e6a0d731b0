// A TOML text as a plain tree in which every key and value knows where it was written. The only door to the
// TOML parser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/profile.h"
#include "config/words.h"
#include "core/base/diagnostic.h"

namespace anchoko::config {

// 1-based; the column counts characters, as the parser does. Document turns it into bytes where one is shown.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};
struct Span {
  Position begin;
  Position end;  // behind the last character
};

enum class ValueKind : std::uint8_t { string, integer, real, boolean, date, array, table };

struct Member;
struct Value {
  ValueKind kind = ValueKind::table;
  std::string text;             // string
  std::int64_t integer = 0;     // integer
  bool boolean = false;         // boolean
  std::vector<Value> items;     // array
  std::vector<Member> members;  // table, in the order of the text
  Span span;
};
struct Member {
  std::string key;
  Span key_span;
  Value value;
};

// "a string", "an integer", …
const char* kind_with_article(ValueKind kind);

// A mistake, not yet with its excerpt: a hostile file can hold very many on one very long line.
struct Problem {
  Span span;
  std::string message;
  std::string hint;
};

struct Document {
  std::string source;
  std::vector<std::string> lines;  // without line ends
  Value root;
  std::vector<Problem> problems;  // TOML's own syntax; the tree then lacks what could not be read

  Place place(const Span& span) const;
  Diagnostic diagnostic(const Problem& problem) const;
  // How the string value there is written; no runs when that cannot be told.
  WrittenText written_text(const Value& value) const;
};

constexpr int max_nested_values = 32;

// Reads on behind a broken line where that is safe, so that later mistakes are found too. At most 1 MiB of
// text, 32 nested values, 16 parts in a dotted key.
Document parse_document(std::string_view text, const std::string& source);

// Sorted by place; at most 50 with their excerpts, then one that counts the rest.
std::vector<Diagnostic> to_diagnostics(const Document& document, std::vector<Problem> problems);

}  // namespace anchoko::config
