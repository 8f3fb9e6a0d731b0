#include "backends/snoop/command.h"

#include <algorithm>

#include "backends/snoop/command_filter.h"
#include "core/backend/operand_text.h"
#include "core/backend/option_uses.h"

namespace anchoko::snoop {
namespace {

bool given(const std::vector<ScannedOption>& options, std::string_view id) {
  return std::ranges::any_of(options, [&](const auto& o) { return o.spec->id == id; });
}

bool is_error(const CommandProblem& problem) {
  const CribProblem* entry = crib_table().problem(problem.id);
  return entry == nullptr || entry->severity == Severity::error;
}

// Where the kernel's own parser looks at the filter first.
bool is_live(const CommandModel& model, const std::vector<ScannedOption>& options) {
  return model.read_file.empty() && !given(options, "-U");
}

void read_filter(NativeCommand& command, const ScannedWords& scanned) {
  if (scanned.operands.empty()) return;
  // getopt(3C) stops at the first word that is no option.
  for (const std::size_t index : scanned.operands) {
    const CommandWord& word = command.text.words[index];
    const bool option =
        word.text.size() > 1 && word.text[0] == '-' && !scanned.end_of_options &&
        std::ranges::find(command_options(), word.text[1], &OptionSpec::letter) != command_options().end();
    if (!option) continue;
    command.problems.push_back({"option-behind-filter", word.range(), {word.text}, {}});
    return;
  }
  const OperandText words = operand_text(command.text, scanned.operands);
  command.tokens.push_back({TokenRole::filter, words.where, words.text, {}, {}});
  command.model.filter_text = words.text;
  NativeFilter read = read_native_filter(words.text, is_live(command.model, scanned.options));
  command.filter = std::move(read.expr);
  for (auto& finding : read.findings)
    command.problems.push_back({std::move(finding.id), words.range(finding.begin, finding.end),
                                std::move(finding.values), std::move(finding.hint)});
}

class SnoopGrammar final : public CommandGrammar {
 public:
  const std::vector<OptionSpec>& options() const override { return command_options(); }
  const Crib& crib() const override { return crib_table(); }
  bool speaks_pcap_filter() const override { return false; }

  void parse(NativeCommand& command, std::size_t program, const std::string& version) const override {
    const CommandWord& word = command.text.words[program];
    command.model.program = word.text;
    command.tokens.push_back({TokenRole::program, word.range(), word.text, {}, {}});
    const ScannedWords scanned = scan_options(command.text, program + 1, command_options(), {}, crib_table(),
                                              command.problems, ScanStyle::ends_with_operands);
    apply_options(command, scanned.options, version);
    for (const auto& option : scanned.options)
      command.tokens.push_back({TokenRole::option, option.where, option.text, option.spec->id, option.value});
    if (scanned.end_of_options)
      command.tokens.push_back(
          {TokenRole::end_of_options, command.text.words[*scanned.end_of_options].range(), "--", {}, {}});
    // A word behind an option that there is not may be its value: what would be said of the filter is a
    // guess.
    if (std::ranges::none_of(command.problems, is_error)) read_filter(command, scanned);
    check_command(command, scanned.options);
    std::ranges::stable_sort(command.tokens, {}, [](const auto& t) { return t.where.begin; });
  }

  std::vector<std::string> print(const CommandModel& m) const override {
    std::vector<std::string> words = m.prefix;
    words.push_back(m.program);
    const auto option = [&](const char* id, const std::string& value) {
      if (!value.empty()) words.insert(words.end(), {id, value});
    };
    option(m.link_type == "IPNET" ? "-I" : "-d", m.interface);
    option("-i", m.read_file);
    const bool ring = std::ranges::find(m.other, "-O", &OptionUse::id) != m.other.end();
    if (!ring) option("-o", m.write_file == "-" ? "/dev/stdout" : m.write_file);
    if (m.snaplen) option("-s", std::to_string(*m.snaplen));
    if (!m.promiscuous) words.emplace_back("-P");
    if (m.packets > 0) option("-c", std::to_string(m.packets));
    if (m.activity == CommandActivity::show_filter_code) words.emplace_back("-C");
    for (const auto& use : m.other) {
      words.push_back(use.id);
      if (!use.value.empty()) words.push_back(use.value);
    }
    if (!m.filter_text.empty()) {
      if (m.filter_text[0] == '-') words.emplace_back("--");
      words.push_back(m.filter_text);
    }
    return words;
  }

  std::vector<std::string> notable_absences(const NativeCommand& command) const override {
    const CommandModel& model = command.model;
    if (model.activity != CommandActivity::capture) return {};
    std::vector<std::string> ids{"-d", "-P", "-s", "-o"};
    if (model.ends_after.count() == 0) ids.emplace_back("-c");
    ids.emplace_back(model.write_file.empty() ? "-r" : "-q");
    std::erase_if(ids, [&](const std::string& id) {
      const bool other_link = id == "-d" && model.link_type == "IPNET";
      const bool ring = id == "-o" && model.rotation.rotates();
      return other_link || ring;
    });
    return absent_options(command, std::move(ids));
  }
};

}  // namespace

const CommandGrammar& command_grammar() {
  static const SnoopGrammar grammar;
  return grammar;
}

}  // namespace anchoko::snoop
