// The tables of options (reference: sections 1 and 6), and nettl's words, which no getopt reads: an option is
// a word with a dash, and the words up to the next one are its values.
#include <algorithm>

#include "backends/nettl/command.h"
#include "core/base/diagnostic.h"

namespace anchoko::nettl {
namespace {

constexpr std::size_t any_number = 1000;

std::string lower(std::string word) {
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return word;
}

struct WordRow {
  const char* id;
  const char* abbreviation;
  const char* argument;
  std::size_t least;
  std::size_t most;
  bool is_action;
};

std::string since(const std::string& id) {
  const CribOption* entry = crib_table().option(id);
  return entry == nullptr ? std::string() : entry->since;
}

class WordScanner {
 public:
  WordScanner(NativeCommand& command, std::size_t first) : command_(command), at_(first) {}

  std::vector<WordUse> scan() {
    const auto& words = command_.text.words;
    while (at_ < words.size()) {
      const CommandWord& word = words[at_];
      if (word.text.size() < 2 || word.text[0] != '-') {
        problem("extra-word", word.range(), {word.text});
        ++at_;
        continue;
      }
      const bool foreign = crib_table().foreign_option(word.text) != nullptr;
      const WordOption* option = foreign ? nullptr : find(lower(word.text));
      if (option == nullptr) {
        unknown(word);
        for (++at_; is_value(at_);) ++at_;
        continue;
      }
      take(*option);
    }
    return std::move(uses_);
  }

 private:
  void problem(const char* id, TextRange where, std::vector<std::string> values, std::string hint = {}) {
    command_.problems.push_back({id, where, std::move(values), std::move(hint)});
  }

  bool is_value(std::size_t index) const {
    const auto& words = command_.text.words;
    return index < words.size() && !words[index].text.starts_with('-');
  }

  static const WordOption* find(const std::string& word) {
    const auto found = std::ranges::find_if(
        word_options(), [&](const auto& one) { return one.spec.id == word || one.abbreviation == word; });
    return found == word_options().end() ? nullptr : &*found;
  }

  void unknown(const CommandWord& word) {
    if (crib_table().foreign_option(word.text) != nullptr) {
      problem("foreign-option", word.range(), {word.text});
      return;
    }
    std::vector<std::string> names;
    for (const auto& one : word_options()) names.push_back(one.spec.id);
    problem("unknown-option", word.range(), {word.text}, did_you_mean(lower(word.text), names));
  }

  void take(const WordOption& option) {
    const auto& words = command_.text.words;
    WordUse use{&option, words[at_].range(), {}};
    const std::size_t own = at_;
    for (++at_; is_value(at_) && use.values.size() < option.most; ++at_) {
      if (words[at_].text.empty()) problem("extra-word", words[at_].range(), {words[at_].text});
      use.values.push_back(at_);
      use.where.end = words[at_].range().end;
    }
    if (use.values.size() < option.least) {
      problem("missing-value", words[own].range(), {words[own].text, option.spec.argument});
      return;
    }
    uses_.push_back(std::move(use));
  }

  NativeCommand& command_;
  std::size_t at_;
  std::vector<WordUse> uses_;
};

}  // namespace

const std::vector<WordOption>& word_options() {
  static const std::vector<WordOption> options = [] {
    static constexpr WordRow rows[] = {{"-start", "-st", "", 0, 0, true},
                                       {"-stop", "-sp", "", 0, 0, true},
                                       {"-status", "-ss", "", 0, 1, true},
                                       {"-traceon", "-tn", "KIND…", 1, any_number, true},
                                       {"-traceoff", "-tf", "", 0, 0, true},
                                       {"-entity", "-e", "SUBSYSTEM…", 1, any_number, false},
                                       {"-card", "-c", "DEVICE…", 1, any_number, false},
                                       {"-file", "-f", "FILE", 1, 1, false},
                                       {"-m", "", "BYTES", 1, 1, false},
                                       {"-size", "-s", "KB", 1, 1, false},
                                       {"-tracemax", "-tm", "KB", 1, 1, false},
                                       {"-n", "", "FILES", 1, 1, false},
                                       {"-mem", "", "KB", 1, 2, false},
                                       {"-bind", "-b", "PROCESSOR", 1, 1, false},
                                       {"-timer", "-t", "SECONDS", 1, 1, false},
                                       {"-nkbufs", "-nk", "BUFFERS", 1, 1, false},
                                       {"-nubufs", "", "BUFFERS", 1, 1, false},
                                       {"-us", "", "KB", 1, 1, false},
                                       {"-log", "-l", "CLASS…", 1, any_number, true},
                                       {"-firmlog", "-fm", "LEVEL", 1, 1, true},
                                       {"-setfilter", "-sfl", "FILE", 1, 1, true},
                                       {"-filteron", "-flon", "SUBSYSTEM…", 1, any_number, true},
                                       {"-filteroff", "", "SUBSYSTEM…", 1, any_number, true},
                                       {"-displayfilter", "", "SUBSYSTEM…", 1, any_number, true},
                                       {"-removefilter", "-rfl", "SUBSYSTEM…", 1, any_number, true}};
    std::vector<WordOption> result;
    for (const auto& row : rows) {
      WordOption option;
      option.spec.id = row.id;
      option.spec.argument = row.argument;
      option.spec.since = since(row.id);
      option.abbreviation = row.abbreviation;
      option.least = row.least;
      option.most = row.most;
      option.is_action = row.is_action;
      result.push_back(std::move(option));
    }
    return result;
  }();
  return options;
}

const std::vector<OptionSpec>& netfmt_options() {
  static const std::vector<OptionSpec> options = [] {
    struct Row {
      char letter;
      const char* argument;
    };
    static constexpr Row rows[] = {{'k', ""},      {'s', ""}, {'p', ""}, {'c', "FILE"}, {'F', ""},
                                   {'t', "COUNT"}, {'v', ""}, {'l', ""}, {'n', ""},     {'x', ""},
                                   {'N', ""},      {'1', ""}, {'L', ""}, {'T', ""},     {'f', "FILE"}};
    std::vector<OptionSpec> result;
    for (const auto& row : rows) {
      OptionSpec spec;
      spec.id = std::string("netfmt -") + row.letter;
      spec.letter = row.letter;
      spec.argument = row.argument;
      spec.since = since(spec.id);
      result.push_back(std::move(spec));
    }
    return result;
  }();
  return options;
}

std::vector<WordUse> scan_words(NativeCommand& command, std::size_t first) {
  return WordScanner(command, first).scan();
}

}  // namespace anchoko::nettl
