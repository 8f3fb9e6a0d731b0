#include "core/backend/option_scanner.h"

#include <algorithm>

namespace anchoko {
namespace {

class Scanner {
 public:
  Scanner(const CommandText& text, const std::vector<OptionSpec>& specs,
          const std::vector<std::string>& stops, const Crib& crib, std::vector<CommandProblem>& problems,
          ScanStyle style)
      : words_(text.words), specs_(specs), stops_(stops), crib_(crib), problems_(problems), style_(style) {}

  ScannedWords scan(std::size_t first) {
    result_.first_unread = words_.size();
    for (at_ = first; at_ < words_.size() && !stopped_; ++at_) {
      const std::string& word = words_[at_].text;
      if (word == "--") {
        result_.end_of_options = at_;
        while (++at_ < words_.size()) result_.operands.push_back(at_);
        break;
      }
      if (word.size() < 2 || word[0] != '-') {
        result_.operands.push_back(at_);
        if (style_ == ScanStyle::permuting) continue;
        while (++at_ < words_.size()) result_.operands.push_back(at_);
        break;
      }
      if (!result_.operands.empty() && !result_.option_behind_operand)
        result_.option_behind_operand = words_[at_].range();
      if (word[1] == '-' && style_ == ScanStyle::ends_with_operands) {
        problem("unknown-option", words_[at_].range(), {word});
      } else if (word[1] == '-') {
        long_option();
      } else {
        letters();
      }
    }
    if (stopped_) result_.first_unread = at_;
    return std::move(result_);
  }

 private:
  void problem(const char* id, TextRange where, std::vector<std::string> values, std::string hint = {}) {
    problems_.push_back({id, where, std::move(values), std::move(hint)});
  }

  void add(ScannedOption option) {
    stopped_ = std::ranges::find(stops_, option.spec->id) != stops_.end();
    result_.options.push_back(std::move(option));
  }

  // The next word is the value, whatever it looks like.
  void take_next(ScannedOption option) {
    if (at_ + 1 >= words_.size()) {
      problem("missing-value", option.where, {option.text, option.spec->argument});
      return;
    }
    const CommandWord& next = words_[++at_];
    option.value = next.text;
    option.value_where = next.range();
    option.where.end = next.range().end;
    option.text += " " + next.text;
    add(std::move(option));
  }

  void letters() {
    const CommandWord& word = words_[at_];
    const std::string& text = word.text;
    const bool bundled = text.size() > 2;
    for (std::size_t i = 1; i < text.size() && !stopped_; ++i) {
      const auto spec = std::ranges::find(specs_, text[i], &OptionSpec::letter);
      const bool whole = !bundled || i == 1;  // the dash belongs to the first letter
      const std::size_t begin = whole ? 0 : i;
      if (spec == specs_.end()) {
        unknown_letter(text[i], word.part(begin, i + 1));
        continue;
      }
      const TextRange own = word.part(begin, i + 1);
      if (spec->argument.empty()) {
        add({&*spec, own, {}, text.substr(begin, i + 1 - begin), {}});
        continue;
      }
      if (i + 1 == text.size()) {
        take_next({&*spec, own, {}, text.substr(begin), {}});
      } else {
        add({&*spec, word.part(begin, text.size()), word.part(i + 1, text.size()), text.substr(begin),
             text.substr(i + 1)});
      }
      return;
    }
  }

  void unknown_letter(char letter, TextRange where) {
    const std::string id = std::string("-") + letter;
    const CribOption* foreign = crib_.foreign_option(id);
    if (foreign != nullptr) {
      problem("foreign-option", where, {id});
      return;
    }
    const bool upper = letter >= 'A' && letter <= 'Z';
    const bool lower = letter >= 'a' && letter <= 'z';
    const char other = static_cast<char>(upper ? letter - 'A' + 'a' : lower ? letter - 'a' + 'A' : 0);
    const auto other_case = std::ranges::find(specs_, other, &OptionSpec::letter);
    const bool meant = other != 0 && other_case != specs_.end() && style_ != ScanStyle::permuting;
    problem("unknown-option", where, {id}, meant ? other_case->id : std::string());
  }

  void long_option() {
    const CommandWord& word = words_[at_];
    const std::size_t equals = word.text.find('=');
    const bool attached = equals != std::string::npos;
    const std::size_t name_end = attached ? equals : word.text.size();
    const std::string name = word.text.substr(2, name_end - 2);
    const OptionSpec* spec = find_long(name, word.part(0, name_end));
    if (spec == nullptr) return;
    ScannedOption option{spec, word.range(), {}, word.text, {}};
    if (attached && spec->argument.empty()) {
      problem("unwanted-value", word.part(equals, word.text.size()), {"--" + spec->long_name});
    } else if (attached) {
      option.value = word.text.substr(equals + 1);
      option.value_where = word.part(equals + 1, word.text.size());
      add(std::move(option));
    } else if (spec->argument.empty()) {
      add(std::move(option));
    } else {
      take_next(std::move(option));
    }
  }

  const OptionSpec* find_long(const std::string& name, TextRange where) {
    std::vector<const OptionSpec*> candidates;
    std::vector<std::string> names;
    for (const auto& spec : specs_) {
      if (spec.long_name.empty()) continue;
      if (spec.long_name == name) return &spec;
      names.push_back("--" + spec.long_name);
      if (spec.long_name.starts_with(name)) candidates.push_back(&spec);
    }
    if (candidates.size() == 1) return candidates.front();
    if (candidates.empty()) {
      const bool foreign = crib_.foreign_option("--" + name) != nullptr;
      problem(foreign ? "foreign-option" : "unknown-option", where, {"--" + name},
              did_you_mean("--" + name, names));
    } else {
      std::string list;
      for (const auto* one : candidates) list += (list.empty() ? "--" : ", --") + one->long_name;
      problem("ambiguous-option", where, {"--" + name, list});
    }
    return nullptr;
  }

  const std::vector<CommandWord>& words_;
  const std::vector<OptionSpec>& specs_;
  const std::vector<std::string>& stops_;
  const Crib& crib_;
  std::vector<CommandProblem>& problems_;
  ScanStyle style_;
  ScannedWords result_;
  std::size_t at_ = 0;
  bool stopped_ = false;
};

}  // namespace

ScannedWords scan_options(const CommandText& text, std::size_t first, const std::vector<OptionSpec>& specs,
                          const std::vector<std::string>& stops, const Crib& crib,
                          std::vector<CommandProblem>& problems, ScanStyle style) {
  return Scanner(text, specs, stops, crib, problems, style).scan(first);
}

}  // namespace anchoko
