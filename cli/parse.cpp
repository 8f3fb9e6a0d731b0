#include "cli/parse.h"

#include <algorithm>
#include <charconv>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/option_values.h"

namespace anchoko::cli {
namespace {

// The common options with a value, which must not be taken for a command.
bool takes_value(const std::string& word) {
  return word == "--color" || word == "--lang";
}

std::vector<std::string> without(std::vector<std::string> words, std::size_t index) {
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(index));
  return words;
}

std::vector<std::string> first_words(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  for (const auto& name : names) {
    const std::string word = name.substr(0, name.find(' '));
    if (std::find(result.begin(), result.end(), word) == result.end()) result.push_back(word);
  }
  return result;
}

Error unknown(const std::string& what, const std::string& word, const std::vector<std::string>& candidates,
              const std::string& otherwise) {
  const std::string near = did_you_mean(word, candidates);
  return make_error(ErrorKind::usage, "unknown " + what + " '" + word + "'",
                    near.empty() ? otherwise : "did you mean '" + near + "'?");
}

void add_common_options(CLI::App& app, CommonOptions& common) {
  app.add_flag("--json", common.json, "one JSON document on stdout instead of text")->group(common_group);
  app.add_flag("-q,--quiet", common.quiet, "no progress and no messages except warnings and errors")
      ->group(common_group);
  app.add_flag("-v,--verbose", common.verbose, "tell more of what happens")->group(common_group);
  one_of(app.add_option("--color", common.color, "auto, always or never; NO_COLOR is honoured"),
         {"auto", "always", "never"})
      ->type_name("WHEN")
      ->group(common_group);
  one_of(app.add_option("--lang", common.language,
                        "en or ja, where there is Japanese text (default: the locale's)"),
         {"en", "ja"})
      ->type_name("LANG")
      ->group(common_group);
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

Error unexpected_word(const CLI::App& app, const Command& command, const std::vector<std::string>& extras) {
  const std::string& first = extras.front();
  const std::string otherwise = "'anchoko " + command.help().name + " --help' lists the options";
  if (is_option(first))
    return unknown("option", first.substr(0, first.find('=')), option_names(app), otherwise);
  const bool has_filter = app.get_option_no_throw("-f") != nullptr;
  return make_error(ErrorKind::usage, "unexpected word '" + first + "'",
                    has_filter ? "a filter goes behind -f, in quotes: -f 'udp port 53'" : otherwise);
}

// The library's text begins with the option's name.
Error wrong_number_of_values(const CLI::App& app, const std::string& text) {
  const std::string name = text.substr(0, text.find_first_of(": "));
  const CLI::Option* option = app.get_option_no_throw(name);
  if (option == nullptr) return make_error(ErrorKind::usage, text);
  const bool repeated = option->get_items_expected_max() == 1 && option->count() > 1;
  if (repeated) return make_error(ErrorKind::usage, name + " is given more than once");
  return make_error(ErrorKind::usage, name + " needs a value", option->get_description());
}

// The library puts the option's name before what one_of() answered: message and hint, a line each.
Error wrong_value(const std::string& text) {
  const std::size_t begin = std::min(text.find(": "), text.size());
  const std::size_t end = std::min(text.find('\n'), text.size());
  if (begin > end || end == text.size()) return make_error(ErrorKind::usage, text);
  return make_error(ErrorKind::usage, text.substr(begin + 2, end - begin - 2), text.substr(end + 1));
}

}  // namespace

std::string group_of(const std::string& name) {
  const std::size_t blank = name.find(' ');
  return blank == std::string::npos ? std::string() : name.substr(0, blank);
}

bool is_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-';
}

std::size_t first_plain(const std::vector<std::string>& words, std::size_t from) {
  for (std::size_t i = from; i < words.size(); ++i) {
    if (!is_option(words[i])) return i;
    if (takes_value(words[i])) ++i;
  }
  return words.size();
}

void add_all_options(CLI::App& app, Command& command, CommonOptions& common) {
  app.set_help_flag("-h,--help", "this text");
  app.get_help_ptr()->group(common_group);
  command.add_options(app);
  add_common_options(app, common);
}

Result<Chosen> choose_command(const std::vector<std::string>& words, const std::vector<std::string>& names,
                              const std::vector<std::string>& hidden) {
  const std::vector<std::string> tops = first_words(names);
  const std::size_t at = first_plain(words, 0);
  for (std::size_t i = 0; i < at; ++i) {
    if (words[i] == "--version" || words[i] == "-V") return Chosen{Chosen::What::version, {}, {}};
    if (words[i] == "--help" || words[i] == "-h") return Chosen{Chosen::What::help, {}, {}};
  }
  const std::string list = "commands: " + enumerate(tops);
  if (at == words.size()) {
    if (!words.empty() && !takes_value(words[0]) && words[0] != "--json" && words[0] != "-q" &&
        words[0] != "-v") {
      return fail(unknown("option", words[0],
                          {"--help", "--version", "--json", "--quiet", "--verbose", "--color", "--lang"},
                          list));
    }
    return fail(ErrorKind::usage, "a command is missing", list + "; 'anchoko --help' tells more");
  }
  std::string name = words[at];
  std::vector<std::string> rest = without(words, at);
  if (name == "help") {
    const std::size_t topic = first_plain(rest, at);
    if (topic == rest.size()) return Chosen{Chosen::What::help, {}, {}};
    std::vector<std::string> asked(rest.begin() + static_cast<std::ptrdiff_t>(topic), rest.end());
    asked.emplace_back("--help");
    return choose_command(asked, names, hidden);
  }
  const auto is_in = [&name](const std::vector<std::string>& all) {
    return std::find(all.begin(), all.end(), name) != all.end();
  };
  if (is_in(names) || is_in(hidden)) return Chosen{Chosen::What::command, name, rest};
  if (std::find(tops.begin(), tops.end(), name) == tops.end())
    return fail(unknown("command", name, tops, list));

  // A group: its second word chooses.
  std::vector<std::string> members;
  for (const auto& candidate : names) {
    if (group_of(candidate) == name) members.push_back(candidate.substr(name.size() + 1));
  }
  const std::size_t second = first_plain(rest, at);
  const std::string one_of = name + " commands: " + enumerate(members);
  if (second == rest.size()) {
    const bool help = std::any_of(rest.begin(), rest.end(),
                                  [](const auto& word) { return word == "--help" || word == "-h"; });
    if (help) return Chosen{Chosen::What::help_group, name, {}};
    return fail(ErrorKind::usage, "'" + name + "' needs a command behind it", one_of);
  }
  if (std::find(members.begin(), members.end(), rest[second]) == members.end()) {
    return fail(unknown(name + " command", rest[second], members, one_of));
  }
  return Chosen{Chosen::What::command, name + " " + rest[second], without(rest, second)};
}

Result<bool> parse_options(Command& command, const std::vector<std::string>& words, CommonOptions& common) {
  CLI::App app;
  add_all_options(app, command, common);
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return true;
  } catch (const CLI::ExtrasError&) {
    return fail(unexpected_word(app, command, app.remaining()));
  } catch (const CLI::ArgumentMismatch& error) {
    return fail(wrong_number_of_values(app, error.what()));
  } catch (const CLI::ValidationError& error) {
    return fail(wrong_value(error.what()));
  } catch (const CLI::Error& error) {
    return fail(ErrorKind::usage, error.what(),
                "'anchoko " + command.help().name + " --help' lists the options");
  }
  return false;
}

Result<void> check_choice(const std::string& option, const std::string& value,
                          const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return {};
  const std::string near = did_you_mean(value, choices);
  return fail(ErrorKind::usage, option + " cannot be '" + value + "'",
              near.empty() ? "choose one of " + enumerate(choices) : "did you mean '" + near + "'?");
}

Result<std::uint64_t> parse_count(const std::string& option, const std::string& value, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (value.empty() || end != value.data() + value.size() || error == std::errc::invalid_argument) {
    return fail(ErrorKind::usage, option + " must be a whole number, not '" + value + "'");
  }
  if (error != std::errc{} || number > most) {
    return fail(ErrorKind::usage,
                option + " must be at most " + std::to_string(most) + ", not '" + value + "'");
  }
  return number;
}

}  // namespace anchoko::cli
