// What the readers of a profile's tables share: one wording for mistakes, each at its place.
#pragma once

#include <string>
#include <vector>

#include "config/document.h"

namespace anchoko::config {

// Nobody mistypes a longer one, and looking for the nearest takes time.
constexpr std::size_t longest_mistyped = 64;

class TableReader {
 protected:
  TableReader(const Document& document, std::vector<Problem>& problems)
      : document_(document), problems_(problems) {}

  void report(const Span& span, std::string message, std::string hint = {});
  void report_type(const Member& member, const std::string& expected, const std::string& example);
  void report_error(const Member& member, const Error& error);  // at the value
  bool expect_table(const Member& member, const std::string& header);
  // One line that is not empty.
  bool check_text(const std::string& name, const Value& value);
  // A string that may span lines. False: a mistake was reported.
  bool check_filter(const Member& member, const std::string& example);

  // Strings only, each sound; nothing when a mistake was reported.
  std::optional<std::vector<std::string>> texts(const Member& member);

  template <typename T>
  Located<T> located(const Member& member, T value) const {
    return {std::move(value), document_.place(member.value.span)};
  }

  const Document& document_;
  std::vector<Problem>& problems_;
};

// "did you mean …?", else all there are.
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates,
                       const std::string& list_name);

}  // namespace anchoko::config
