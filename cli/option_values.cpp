#include "cli/option_values.h"

#include <sstream>
#include <string_view>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/parse.h"

namespace anchoko::cli {
namespace {

// The choices travel in the name of a validator, because its description would become a part of the option's
// title.
constexpr std::string_view mark = "one of ";

std::string name_of(const std::vector<std::string>& choices) {
  std::string name(mark);
  for (const auto& choice : choices) name += choice + " ";
  return name;
}

}  // namespace

CLI::Option* one_of(CLI::Option* option, const std::vector<std::string>& choices) {
  const auto check = [option, choices](const std::string& value) -> std::string {
    const auto valid = check_choice(option->get_name(), value, choices);
    return valid ? std::string() : valid.error().message + "\n" + valid.error().hint;
  };
  return option->check(CLI::Validator(check, "", name_of(choices)));
}

CLI::Option* suggest(CLI::Option* option, const std::vector<std::string>& choices) {
  return option->check(
      CLI::Validator([](const std::string&) { return std::string(); }, "", name_of(choices)));
}

std::vector<std::string> choices_of(CLI::Option& option) {
  try {
    const std::string name = option.get_validator("")->get_name();
    if (!name.starts_with(mark)) return {};
    std::istringstream words(name.substr(mark.size()));
    std::vector<std::string> choices;
    for (std::string word; words >> word;) choices.push_back(word);
    return choices;
  } catch (const CLI::OptionNotFound&) {
    return {};  // it has no validator
  }
}

ValueKind value_kind(const CLI::Option& option) {
  static const std::pair<std::string_view, ValueKind> kinds[] = {
      {"PROFILE", ValueKind::profile},    {"NAME", ValueKind::profile},
      {"SESSION", ValueKind::session},    {"IN", ValueKind::file},
      {"--backend", ValueKind::backend},  {"--interface", ValueKind::interface},
      {"--accept", ValueKind::hazard},    {"--output", ValueKind::file},
      {"--assume", ValueKind::open_fact},
  };
  const std::string name = option.get_name();
  for (const auto& [known, kind] : kinds) {
    if (name == known) return kind;
  }
  const std::string type = option.get_type_name();
  return type == "FILE" || type == "OUT" ? ValueKind::file : ValueKind::text;
}

}  // namespace anchoko::cli
