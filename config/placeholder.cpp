#include "config/placeholder.h"

#include <string_view>

#include "config/parameter_value.h"
#include "config/words.h"

namespace anchoko::config {
namespace {

bool separates(char c) {
  return std::string_view(" \t\n\r()[]&|!=<>+*%^").find(c) != std::string_view::npos;
}

// The one that begins at that brace.
Placeholder read_at(const std::string& text, std::size_t open) {
  Placeholder found;
  found.offset = open;
  found.length = 1;
  if (text[open] == '}') {
    found.problem = "there is no \"{\" to this \"}\"";
    return found;
  }
  const std::size_t close = text.find_first_of("{}", open + 1);
  if (close == std::string::npos || text[close] == '{') {
    found.problem = "there is no \"}\" to this \"{\"";
    found.hint = "a parameter is written {NAME}";
    return found;
  }
  found.length = close + 1 - open;
  found.name = text.substr(open + 1, close - open - 1);
  const bool alone =
      (open == 0 || separates(text[open - 1])) && (close + 1 == text.size() || separates(text[close + 1]));
  if (!is_parameter_name(found.name)) {
    found.problem = in_quotes(found.name) + " is not the name of a parameter";
    found.hint = "a letter, then letters, digits and _, at most 32";
  } else if (!alone) {
    found.problem = "{" + found.name + "} must stand alone, as a word of its own";
    found.hint = "put a blank between it and its neighbour";
  }
  return found;
}

}  // namespace

std::vector<Placeholder> find_placeholders(const std::string& filter) {
  std::vector<Placeholder> all;
  for (std::size_t at = filter.find_first_of("{}"); at != std::string::npos;) {
    all.push_back(read_at(filter, at));
    at = filter.find_first_of("{}", at + all.back().length);
  }
  return all;
}

std::optional<std::string> interface_placeholder(const std::string& interface) {
  if (interface.size() < 3 || interface.front() != '{' || interface.back() != '}') return std::nullopt;
  std::string name = interface.substr(1, interface.size() - 2);
  if (!is_parameter_name(name)) return std::nullopt;
  return name;
}

}  // namespace anchoko::config
