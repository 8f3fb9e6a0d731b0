#include "backends/iptrace/command.h"

#include <algorithm>

#include "core/backend/command_prefix.h"
#include "core/backend/operand_text.h"
#include "core/backend/option_uses.h"

namespace anchoko::iptrace {
namespace {

constexpr const char* subsystem = "iptrace";

const ScannedOption* find(const std::vector<ScannedOption>& options, std::string_view id) {
  const auto found = std::ranges::find_if(options, [&](const auto& o) { return o.spec->id == id; });
  return found == options.end() ? nullptr : &*found;
}

bool uses(const CommandModel& model, std::string_view id) {
  return std::ranges::find(model.other, id, &OptionUse::id) != model.other.end();
}

// One command, of iptrace itself or of the System Resource Controller.
class Reader {
 public:
  explicit Reader(NativeCommand& command) : command_(command), model_(command.model) {}

  void read(std::size_t program) {
    const CommandWord& word = command_.text.words[program];
    program_ = word.range();
    model_.program = word.text;
    command_.tokens.push_back({TokenRole::program, program_, word.text, {}, {}});
    const std::string name = program_name(word.text);
    if (name == "iptrace") {
      model_.ended_by = "kill -15 PID";
      tool(command_.text, program + 1);
    } else {
      controller(name, program + 1);
    }
    std::ranges::stable_sort(command_.tokens, {}, [](const auto& t) { return t.where.begin; });
  }

 private:
  void problem(const char* id, TextRange where, std::vector<std::string> values = {}) {
    command_.problems.push_back({id, where, std::move(values), {}});
  }

  ScannedWords scan(const CommandText& text, std::size_t first, const std::vector<OptionSpec>& specs) {
    return scan_options(text, first, specs, {}, crib_table(), command_.problems,
                        ScanStyle::ends_with_operands);
  }

  // ---- startsrc, stopsrc, lssrc -----------------------------------------------------------------------

  void controller(const std::string& name, std::size_t first) {
    const auto& specs = controller_options(name);
    const ScannedWords scanned = scan(command_.text, first, specs);
    const ScannedOption* of = find(scanned.options, name + " -s");
    const ScannedOption* arguments = find(scanned.options, "startsrc -a");
    for (const auto& option : scanned.options) {
      if (&option == arguments) continue;
      command_.tokens.push_back(
          {TokenRole::option, option.where, option.text, option.spec->id, option.value});
      model_.other.push_back({option.spec->id, option.value});
    }
    for (const std::size_t index : scanned.operands)
      problem("extra-word", command_.text.words[index].range(), {command_.text.words[index].text});
    if (of != nullptr && of->value != subsystem) problem("other-subsystem", of->value_where, {of->value});
    if (of == nullptr && name != "lssrc") problem("no-subsystem", program_, {name});
    if (name == "lssrc") {
      model_.activity = CommandActivity::show_status;
    } else if (name == "stopsrc") {
      model_.activity = CommandActivity::stop_capture;
      if (const auto* cancel = find(scanned.options, "stopsrc -c")) problem("forced-stop", cancel->where);
    } else {
      model_.ended_by = std::string("stopsrc -s ") + subsystem;
      started_by_controller_ = true;
      string_of_arguments(arguments);
    }
  }

  // Split at blanks, without quotes.
  void string_of_arguments(const ScannedOption* arguments) {
    if (arguments == nullptr) {
      problem("no-arguments", program_);
      return;
    }
    const TextRange own{arguments->where.begin, arguments->value_where.begin};
    command_.tokens.push_back({TokenRole::option, own, "-a", "startsrc -a", arguments->value});
    const auto& words = command_.text.words;
    const auto word = std::ranges::find_if(words, [&](const CommandWord& w) {
      return w.range().begin <= arguments->value_where.begin && w.range().end == arguments->value_where.end;
    });
    CommandText inner;
    inner.line = command_.text.line;
    if (word->text == arguments->value) inner.words = split_at_blanks(*word);
    if (arguments->value.find_first_of("'\"\\$`") != std::string::npos)
      problem("quotes-in-string", arguments->value_where);
    tool(inner, 0);
  }

  // ---- iptrace ----------------------------------------------------------------------------------------

  void tool(const CommandText& text, std::size_t first) {
    const ScannedWords scanned = scan(text, first, tool_options());
    for (const auto& option : scanned.options)
      command_.tokens.push_back(
          {TokenRole::option, option.where, option.text, option.spec->id, option.value});
    if (scanned.end_of_options)
      command_.tokens.push_back(
          {TokenRole::end_of_options, text.words[*scanned.end_of_options].range(), "--", {}, {}});
    std::vector<OptionUse> outer = std::move(model_.other);
    model_.other.clear();
    apply_options(command_, scanned.options);
    model_.other.insert(model_.other.begin(), outer.begin(), outer.end());
    for (const std::size_t index : scanned.operands) {
      const CommandWord& word = text.words[index];
      if (index != scanned.operands.front()) {
        problem("extra-word", word.range(), {word.text});
        continue;
      }
      model_.write_file = word.text;
      command_.tokens.push_back({TokenRole::option, word.range(), word.text, "FILE", word.text});
      file(word);
    }
    const bool unloads = model_.activity == CommandActivity::set_up;
    if (unloads) {
      model_.ended_by.clear();
      model_.interface.clear();
    } else if (scanned.operands.empty()) {
      problem("no-file", program_);
    } else {
      capture(scanned.options);
    }
  }

  void file(const CommandWord& word) {
    if (started_by_controller_ && word.text[0] != '/') problem("relative-file", word.range(), {word.text});
    if (word.text.ends_with(".pcap") && !uses(model_, "-T")) problem("not-pcap", word.range(), {word.text});
  }

  void capture(const std::vector<ScannedOption>& options) {
    if (model_.rotation.bytes == 0) problem("no-limit", program_);
    const bool all = uses(model_, "-B") && uses(model_, "-T") && model_.snaplen.has_value();
    for (const char* id : {"-S", "-T"}) {
      const ScannedOption* one = find(options, id);
      if (one != nullptr && !all) problem("half-bundle", one->where, {id});
    }
    if (const auto* arp = find(options, "-a"); arp != nullptr) problem("arp-hidden", arp->where);
    if (model_.ends_after.count() > 0) {
      const auto prefix = std::ranges::find(command_.tokens, TokenRole::prefix, &CommandToken::role);
      problem("timeout-ends-nothing", prefix->where, {model_.ended_by});
      model_.ends_after = {};
    }
    auto& hazards = command_.hazards;
    if (!started_by_controller_) hazards.emplace_back("iptrace-kernel-extension");
    hazards.emplace_back("iptrace-one-per-machine");
    hazards.emplace_back("iptrace-nfs");
    if (!uses(model_, "-T")) hazards.emplace_back("iptrace-no-original-length");
    if (model_.interface != "any") hazards.emplace_back("iptrace-received-only");
    if (model_.rotation.bytes > 0) hazards.emplace_back("iptrace-overwrites-old");
  }

  NativeCommand& command_;
  CommandModel& model_;
  TextRange program_;
  bool started_by_controller_ = false;
};

std::vector<std::string> tool_words(const CommandModel& m) {
  std::vector<std::string> words;
  const auto option = [&](const std::string& id, const std::string& value) {
    words.push_back(id);
    if (!value.empty()) words.push_back(value);
  };
  if (!m.interface.empty() && m.interface != "any") option("-i", m.interface);
  if (m.promiscuous) option("-e", {});
  if (m.rotation.bytes > 0) option("-L", std::to_string(m.rotation.bytes));
  if (m.snaplen) option("-S", std::to_string(*m.snaplen));
  for (const auto& use : m.other) {
    if (use.id[0] == '-') option(use.id, use.value);
  }
  if (m.write_file.starts_with('-')) words.emplace_back("--");
  if (!m.write_file.empty()) words.push_back(m.write_file);
  return words;
}

class IptraceGrammar final : public CommandGrammar {
 public:
  IptraceGrammar() : options_(tool_options()) {
    for (const auto& program : other_programs()) {
      const auto& more = controller_options(program);
      options_.insert(options_.end(), more.begin(), more.end());
    }
  }

  const std::vector<OptionSpec>& options() const override { return options_; }
  const Crib& crib() const override { return crib_table(); }
  std::vector<std::string> other_programs() const override { return {"startsrc", "stopsrc", "lssrc"}; }
  bool speaks_pcap_filter() const override { return false; }

  void parse(NativeCommand& command, std::size_t program, const std::string& version) const override {
    (void)version;  // each release only added options
    Reader(command).read(program);
  }

  std::vector<std::string> print(const CommandModel& m) const override {
    std::vector<std::string> words = m.prefix;
    words.push_back(m.program);
    const std::string name = program_name(m.program);
    std::vector<std::string> own = tool_words(m);
    if (name == "iptrace") {
      words.insert(words.end(), own.begin(), own.end());
      return words;
    }
    for (const auto& use : m.other) {
      if (!use.id.starts_with(name + " ")) continue;
      words.push_back(use.id.substr(name.size() + 1));
      if (!use.value.empty()) words.push_back(use.value);
    }
    if (own.empty() || name != "startsrc") return words;
    std::string all;
    for (const auto& word : own) all += (all.empty() ? "" : " ") + word;
    words.insert(words.end(), {"-a", all});
    return words;
  }

  std::vector<std::string> notable_absences(const NativeCommand& command) const override {
    if (command.model.activity != CommandActivity::capture) return {};
    return absent_options(command, {"-i", "-e", "-L", "-S"});
  }

 private:
  std::vector<OptionSpec> options_;
};

}  // namespace

const CommandGrammar& command_grammar() {
  static const IptraceGrammar grammar;
  return grammar;
}

}  // namespace anchoko::iptrace
