#include "cli/complete.h"

#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/parse.h"

namespace anchoko::cli {
namespace {

using Words = std::vector<std::string>;

class Completer {
 public:
  Completer(const std::vector<std::unique_ptr<Command>>& commands, const ValueSource& values)
      : commands_(commands), values_(values) {}

  Completion run(Words words) {
    if (words.empty()) words.emplace_back();
    current_ = words.back();
    words.pop_back();
    const std::size_t verb = first_plain(words, 0);
    if (verb == words.size()) {
      verbs({}, true);
    } else if (words[verb] == "help") {
      const Words topic(words.begin() + static_cast<std::ptrdiff_t>(verb) + 1, words.end());
      if (topic.size() < 2) verbs(topic.empty() ? std::string() : topic[0], false);
    } else {
      behind_verb(words, verb);
    }
    return std::move(result_);
  }

 private:
  void offer(const std::string& word, const std::string& description) {
    const auto same = [&word](const Candidate& candidate) { return candidate.word == word; };
    if (!word.starts_with(current_)) return;
    if (std::none_of(result_.candidates.begin(), result_.candidates.end(), same))
      result_.candidates.push_back({word, description});
  }

  const Command* find(const std::string& name) const {
    for (const auto& command : commands_) {
      if (command->help().name == name) return command.get();
    }
    return nullptr;
  }

  // The first words of all commands, or the second words of a group's.
  void verbs(const std::string& group, bool options) {
    if (options && current_.starts_with("-")) {
      offer("--help", "all commands");
      offer("--version", "the version");
      return;
    }
    for (const auto& command : commands_) {
      const CommandHelp& help = command->help();
      if (help.hidden) continue;
      const std::size_t blank = help.name.find(' ');
      if (!group.empty()) {
        if (blank != std::string::npos && help.name.substr(0, blank) == group)
          offer(help.name.substr(blank + 1), help.summary);
      } else {
        offer(help.name.substr(0, blank), blank == std::string::npos ? help.summary : "");
      }
    }
    if (group.empty() && options) offer("help", "what a command does");
  }

  void behind_verb(Words words, std::size_t verb) {
    std::string name = words[verb];
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(verb));
    if (find(name) == nullptr) {
      const std::size_t member = first_plain(words, verb);
      if (member == words.size()) return verbs(name, false);
      name += " " + words[member];
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(member));
    }
    for (const auto& command : commands_) {
      if (command->help().name == name) return inside(*command, words);
    }
  }

  void inside(Command& command, const Words& before) {
    CLI::App app;
    CommonOptions common;
    add_all_options(app, command, common);
    std::size_t positionals = 0;
    bool only_positionals = false;
    std::vector<const CLI::Option*> given;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const std::string& word = before[i];
      if (only_positionals || !is_option(word)) {
        ++positionals;
      } else if (word == "--") {
        only_positionals = true;
      } else if (CLI::Option* option = option_of(app, word); option != nullptr) {
        given.push_back(option);
        if (!takes_next(*option, word)) continue;
        if (++i == before.size()) return value_of(*option, "");
      }
    }
    if (!only_positionals && is_option(current_)) {
      const std::size_t equals = current_.find('=');
      if (equals == std::string::npos) return options(app, given);
      if (CLI::Option* option = option_of(app, current_); option != nullptr)
        value_of(*option, current_.substr(0, equals + 1));
      return;
    }
    if (CLI::Option* positional = positional_at(app, positionals); positional != nullptr)
      value_of(*positional, "");
    // A lone dash is also the beginning of an option.
    if (current_ == "-") options(app, given);
  }

  static CLI::Option* option_of(CLI::App& app, const std::string& word) {
    const bool is_long = word.starts_with("--");
    return app.get_option_no_throw(is_long ? word.substr(0, word.find('=')) : word.substr(0, 2));
  }

  static bool takes_next(const CLI::Option& option, const std::string& word) {
    const bool has_its_own = word.starts_with("--") ? word.find('=') != std::string::npos : word.size() > 2;
    return option.get_items_expected_max() > 0 && !has_its_own;
  }

  static bool is_list(const CLI::Option& option) { return option.get_items_expected_max() > 1; }

  static CLI::Option* positional_at(CLI::App& app, std::size_t index) {
    for (CLI::Option* option : app.get_options()) {
      if (!option->get_positional()) continue;
      if (index == 0 || is_list(*option)) return option;
      --index;
    }
    return nullptr;
  }

  void options(CLI::App& app, const std::vector<const CLI::Option*>& given) {
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional() || option->get_description().empty()) continue;
      const bool again = is_list(*option) || std::find(given.begin(), given.end(), option) == given.end();
      if (!again) continue;
      for (const auto& name : option->get_lnames()) offer("--" + name, option->get_description());
      const bool short_only = option->get_lnames().empty();
      for (const auto& name : option->get_snames()) {
        if (short_only || current_ == "-" + name) offer("-" + name, option->get_description());
      }
    }
  }

  // `lead`: "--lang=", where the value stands in the same word.
  void value_of(CLI::Option& option, const std::string& lead) {
    for (const auto& choice : choices_of(option)) offer(lead + choice, "");
    const ValueKind kind = value_kind(option);
    if (kind == ValueKind::text) return;
    if (kind != ValueKind::file) {
      for (const auto& value : values_(kind)) offer(lead + value.word, value.description);
    }
    // A profile is a name or a file; files are many, so only when it looks like one.
    const std::string typed = current_.substr(std::min(lead.size(), current_.size()));
    result_.files = kind == ValueKind::file ||
                    (kind == ValueKind::profile && typed.find_first_of("/.") != std::string::npos);
  }

  const std::vector<std::unique_ptr<Command>>& commands_;
  const ValueSource& values_;
  std::string current_;
  Completion result_;
};

}  // namespace

Completion complete(const std::vector<std::unique_ptr<Command>>& commands,
                    const std::vector<std::string>& words, const ValueSource& values) {
  return Completer(commands, values).run(words);
}

}  // namespace anchoko::cli
