#include "backends/nettl/command.h"

#include <algorithm>
#include <cstdlib>

#include "core/backend/command_prefix.h"
#include "core/backend/option_scanner.h"
#include "core/backend/option_uses.h"

namespace anchoko::nettl {
namespace {

constexpr const char* formatter = "netfmt";
constexpr unsigned long most_records_at_end = 1000;  // netfmt(1M): -t

// netfmt reads trace files, and shows them.
class FormatterReader {
 public:
  explicit FormatterReader(NativeCommand& command) : command_(command), model_(command.model) {}

  void read(std::size_t first) {
    model_.activity = CommandActivity::read;
    model_.promiscuous = false;
    const ScannedWords scanned = scan_options(command_.text, first, netfmt_options(), {}, crib_table(),
                                              command_.problems, ScanStyle::ends_with_operands);
    for (const auto& option : scanned.options) one(option);
    if (scanned.end_of_options)
      command_.tokens.push_back(
          {TokenRole::end_of_options, command_.text.words[*scanned.end_of_options].range(), "--", {}, {}});
    for (const std::size_t index : scanned.operands) {
      const CommandWord& word = command_.text.words[index];
      if (!model_.read_file.empty()) {
        problem("extra-word", word.range(), {word.text});
        continue;
      }
      command_.tokens.push_back({TokenRole::option, word.range(), word.text, "netfmt -f", word.text});
      file(word.text, word.range());
    }
    sort_by_table(model_.other, netfmt_options());
    if (model_.read_file.empty()) model_.read_file = "-";
    if (uses("netfmt -p")) model_.activity = CommandActivity::show_filter_code;
  }

 private:
  void problem(const char* id, TextRange where, std::vector<std::string> values = {}) {
    command_.problems.push_back({id, where, std::move(values), {}});
  }
  bool uses(std::string_view id) const {
    return std::ranges::find(model_.other, id, &OptionUse::id) != model_.other.end();
  }

  void one(const ScannedOption& option) {
    const std::string& id = option.spec->id;
    command_.tokens.push_back({TokenRole::option, option.where, option.text, id, option.value});
    if (id == "netfmt -f") {
      if (!model_.read_file.empty()) problem("repeated", option.where, {"-f"});
      file(option.value, option.value_where);
      return;
    }
    if (id == "netfmt -c") {
      model_.filter_file = option.value;
      return;
    }
    if (id == "netfmt -t") last_records(option);
    if ((id == "netfmt -1" && uses("netfmt -N")) || (id == "netfmt -N" && uses("netfmt -1")))
      problem("two-forms", option.where);
    std::erase_if(model_.other, [&](const OptionUse& use) { return use.id == id; });
    model_.other.push_back({id, option.value});
  }

  void last_records(const ScannedOption& option) {
    const std::string& text = option.value;
    const bool digits =
        !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == std::string::npos;
    const unsigned long count = digits ? std::strtoul(text.c_str(), nullptr, 10) : 0;
    if (count == 0 || count > most_records_at_end)
      problem("bad-number", option.value_where, {"-t", text, "1", std::to_string(most_records_at_end)});
  }

  // The file numbered 0 is the newest of a ring.
  void file(const std::string& name, TextRange where) {
    model_.read_file = name;
    const auto suffix = name.rfind(".TRC0");
    if (suffix != std::string::npos && name.find_first_not_of('0', suffix + 4) == std::string::npos)
      problem("newest-file", where, {name.substr(0, suffix)});
  }

  NativeCommand& command_;
  CommandModel& model_;
};

class NettlGrammar final : public CommandGrammar {
 public:
  NettlGrammar() : options_(netfmt_options()) {
    for (const auto& one : word_options()) options_.push_back(one.spec);
  }

  const std::vector<OptionSpec>& options() const override { return options_; }
  const Crib& crib() const override { return crib_table(); }
  std::vector<std::string> other_programs() const override { return {formatter}; }
  bool speaks_pcap_filter() const override { return false; }

  void parse(NativeCommand& command, std::size_t program, const std::string& version) const override {
    (void)version;  // each release only added options, but for those of 2005, which are told of
    const CommandWord& word = command.text.words[program];
    command.model.program = word.text;
    command.tokens.push_back({TokenRole::program, word.range(), word.text, {}, {}});
    if (program_name(word.text) == formatter) {
      FormatterReader(command).read(program + 1);
    } else {
      apply_words(command, scan_words(command, program + 1), word.range());
    }
    std::ranges::stable_sort(command.tokens, {}, [](const auto& t) { return t.where.begin; });
  }

  std::vector<std::string> print(const CommandModel& m) const override {
    std::vector<std::string> words = m.prefix;
    words.push_back(m.program);
    const bool reads = program_name(m.program) == formatter;
    for (const auto& use : m.other) {
      words.push_back(reads ? use.id.substr(std::string_view("netfmt ").size()) : use.id);
      if (reads) {
        if (!use.value.empty()) words.push_back(use.value);
        continue;
      }
      const auto option = std::ranges::find(word_options(), use.id, [](const auto& o) { return o.spec.id; });
      const char apart = option->most > 1 ? ' ' : '\0';  // the name of a file may hold blanks
      for (std::size_t begin = 0; begin < use.value.size();) {
        const std::size_t end = std::min(use.value.find(apart, begin), use.value.size());
        words.push_back(use.value.substr(begin, end - begin));
        begin = end + 1;
      }
    }
    if (!reads) return words;
    if (!m.filter_file.empty()) words.insert(words.end(), {"-c", m.filter_file});
    if (m.read_file != "-") words.insert(words.end(), {"-f", m.read_file});
    return words;
  }

  std::vector<std::string> notable_absences(const NativeCommand& command) const override {
    if (command.model.activity != CommandActivity::capture) return {};
    return absent_options(command, {"-m", "-tracemax", "-n", "-mem"});
  }

 private:
  std::vector<OptionSpec> options_;
};

}  // namespace

const CommandGrammar& command_grammar() {
  static const NettlGrammar grammar;
  return grammar;
}

}  // namespace anchoko::nettl
