#include "backends/tcpdump/command.h"

#include <algorithm>

#include "core/backend/command_prefix.h"
#include "core/backend/operand_text.h"
#include "core/backend/option_uses.h"
#include "core/filter/printer.h"
#include "core/filter/satisfiable.h"

namespace anchoko::tcpdump {
namespace {

TextRange join(TextRange first, TextRange last) {
  return {std::min(first.begin, last.begin), std::max(first.end, last.end)};
}

// What a filter on `any` may not say (reference: tcpdump, 4).
void check_cooked(NativeCommand& command, const std::vector<std::uint32_t>& at) {
  if (!command.filter) return;
  filter::for_each_primitive(command.filter, [&](const filter::Primitive& p) {
    const bool of_vlan = p.kind == filter::PrimitiveKind::vlan;
    const bool of_ether = p.proto == filter::Proto::ether && (p.kind == filter::PrimitiveKind::host ||
                                                              p.kind == filter::PrimitiveKind::broadcast ||
                                                              p.kind == filter::PrimitiveKind::multicast);
    if ((!of_vlan && !of_ether) || p.text_length == 0) return;
    const TextRange where{at[p.text_offset], at[p.text_offset + p.text_length]};
    command.problems.push_back({of_vlan ? "vlan-on-any" : "ether-on-any", where, {filter::print(p)}, {}});
  });
}

// Words of pcap-filter that are sound and that anchoko does not know: tcpdump will.
bool is_unsupported(const Diagnostic& diagnostic) {
  return diagnostic.message.find("not supported") != std::string::npos;
}

void read_filter(NativeCommand& command, const OperandText& words) {
  command.model.filter_text = words.text;
  const auto expr = filter::parse_satisfiable(words.text);
  if (expr) {
    command.filter = *expr;
    if (command.model.interface == "any" && command.model.activity == CommandActivity::capture)
      check_cooked(command, words.at);
    return;
  }
  command.filter = nullptr;
  for (const auto& diagnostic : expr.error().diagnostics) {
    const std::size_t begin =
        std::min<std::size_t>(diagnostic.column > 0 ? diagnostic.column - 1 : 0, words.text.size());
    const std::size_t end = std::min<std::size_t>(begin + diagnostic.length, words.text.size());
    command.problems.push_back({is_unsupported(diagnostic) ? "filter-not-understood" : "filter-syntax",
                                {words.at[begin], words.at[end]},
                                {diagnostic.message},
                                diagnostic.hint});
  }
}

void add_tokens(NativeCommand& command, const ScannedWords& scanned) {
  auto& tokens = command.tokens;
  for (const auto& option : scanned.options)
    tokens.push_back({TokenRole::option, option.where, option.text, option.spec->id, option.value});
  const auto& words = command.text.words;
  if (scanned.end_of_options)
    tokens.push_back({TokenRole::end_of_options, words[*scanned.end_of_options].range(), "--", {}, {}});
  if (scanned.first_unread < words.size()) {
    std::string text;
    for (std::size_t i = scanned.first_unread; i < words.size(); ++i)
      text += (text.empty() ? "" : " ") + words[i].text;
    tokens.push_back(
        {TokenRole::unread, join(words[scanned.first_unread].range(), words.back().range()), text, {}, {}});
  }
}

void add_filter(NativeCommand& command, const ScannedWords& scanned) {
  if (scanned.operands.empty()) return;
  const OperandText words = operand_text(command.text, scanned.operands);
  if (!command.model.filter_file.empty()) {
    command.problems.push_back({"filter-ignored", words.where, {words.text}, {}});
    command.tokens.push_back({TokenRole::unread, words.where, words.text, {}, {}});
    return;
  }
  command.tokens.push_back({TokenRole::filter, words.where, words.text, {}, {}});
  read_filter(command, words);
}

bool shows_code(const CommandModel& model) {
  return std::ranges::find(model.other, "-d", &OptionUse::id) != model.other.end();
}

// -L and -J ask an interface: they do nothing when packets come from a file, or when -d needs no interface.
void settle_activity(CommandModel& model) {
  const bool reads = !model.read_file.empty() || !model.read_list.empty();
  const bool asks = model.activity == CommandActivity::list_link_types ||
                    model.activity == CommandActivity::list_time_sources;
  if (asks && shows_code(model) && (reads || model.interface.empty())) {
    model.activity = CommandActivity::show_filter_code;
  } else if (reads && (asks || model.activity == CommandActivity::capture)) {
    model.activity = CommandActivity::read;
  }
}

// A word behind an option that there is not may be its value: what would be said of the filter is a guess.
bool misses_options(const NativeCommand& command) {
  return std::ranges::any_of(command.problems, [](const auto& p) {
    return p.id == "unknown-option" || p.id == "foreign-option" || p.id == "ambiguous-option";
  });
}

bool stops_early(CommandActivity activity) {
  return activity == CommandActivity::show_help || activity == CommandActivity::show_version ||
         activity == CommandActivity::list_interfaces;
}

class TcpdumpGrammar final : public CommandGrammar {
 public:
  const std::vector<OptionSpec>& options() const override { return command_options(); }
  const Crib& crib() const override { return crib_table(); }

  void parse(NativeCommand& command, std::size_t program, const std::string& version) const override {
    const CommandWord& word = command.text.words[program];
    command.model.program = word.text;
    command.tokens.push_back({TokenRole::program, word.range(), word.text, {}, {}});
    const ScannedWords scanned =
        scan_options(command.text, program + 1, command_options(), {"-h", "--version", "--fp-type"},
                     crib_table(), command.problems);
    apply_options(command, scanned.options, version);
    CommandModel& model = command.model;
    settle_activity(model);
    add_tokens(command, scanned);
    // A tool that only lists or tells its version never looks at a filter.
    const bool reads_filter = !stops_early(model.activity) && !misses_options(command);
    if (reads_filter) add_filter(command, scanned);
    if (scanned.option_behind_operand && reads_filter)
      command.problems.push_back({"option-behind-filter", *scanned.option_behind_operand, {}, {}});
    check_command(command, scanned.options);
    std::ranges::stable_sort(command.tokens, {}, [](const auto& t) { return t.where.begin; });
  }

  std::vector<std::string> print(const CommandModel& model) const override;

  std::vector<std::string> notable_absences(const NativeCommand& command) const override {
    const CommandModel& model = command.model;
    if (model.activity != CommandActivity::capture) return {};
    std::vector<std::string> ids{"-i", "-s", "-B", "-Q", "-w"};
    if (model.ends_after.count() == 0 && !model.rotation.ends_after_files) ids.emplace_back("-c");
    if (model.interface != "any") ids.emplace_back("-p");
    if (model.write_file.empty()) ids.emplace_back("-n");
    if (!model.write_file.empty()) ids.insert(ids.end(), {"-U", "-Z"});
    return absent_options(command, std::move(ids));
  }
};

class Printer {
 public:
  explicit Printer(const CommandModel& model) : model_(model), words_(model.prefix) {}

  std::vector<std::string> print() {
    words_.push_back(model_.program);
    source();
    handling();
    output();
    const OptionUse* last = nullptr;
    for (const auto& use : model_.other) {
      if (use.id == "--fp-type") {
        last = &use;
      } else {
        option(use.id, use.value);
      }
    }
    // Nothing behind these is read.
    if (model_.activity == CommandActivity::show_help) words_.emplace_back("-h");
    if (model_.activity == CommandActivity::show_version)
      words_.push_back(last != nullptr ? last->id : "--version");
    if (!model_.filter_text.empty()) {
      if (model_.filter_text[0] == '-') words_.emplace_back("--");
      words_.push_back(model_.filter_text);
    }
    return std::move(words_);
  }

 private:
  void option(const std::string& id, const std::string& value) {
    words_.push_back(id);
    if (!value.empty()) words_.push_back(value);
  }
  void when(bool applies, const char* id) {
    if (applies) words_.emplace_back(id);
  }
  void text(const char* id, const std::string& value) {
    if (!value.empty()) option(id, value);
  }
  void number(const char* id, std::uint64_t value) {
    if (value > 0) option(id, std::to_string(value));
  }

  void source() {
    switch (model_.activity) {
      case CommandActivity::list_interfaces:
        words_.emplace_back("-D");
        break;
      case CommandActivity::list_link_types:
        words_.emplace_back("-L");
        break;
      case CommandActivity::list_time_sources:
        words_.emplace_back("-J");
        break;
      default:
        break;
    }
    text("-i", model_.interface);
    text("-r", model_.read_file);
    text("-V", model_.read_list);
  }

  void handling() {
    if (model_.snaplen) option("-s", std::to_string(*model_.snaplen));
    when(!model_.promiscuous, "-p");
    when(model_.monitor_mode, "-I");
    number("-c", model_.packets);
    if (model_.direction != CaptureDirection::both)
      option("-Q", model_.direction == CaptureDirection::in ? "in" : "out");
    number("-B", model_.buffer_kib);
    text("-y", model_.link_type);
    text("-j", model_.time_source);
    when(model_.nanoseconds, "--time-stamp-precision=nano");
    when(model_.immediate, "--immediate-mode");
    when(!model_.optimise, "-O");
    text("-Z", model_.user);
    text("-F", model_.filter_file);
  }

  void output() {
    text("-w", model_.write_file);
    when(model_.flush_each_packet, "-U");
    const Rotation& r = model_.rotation;
    if (r.bytes > 0) option("-C", file_size(r.bytes));
    number("-G", r.seconds);
    number("-W", r.files);
    text("-z", r.command);
  }

  // Units only where millions cannot say it: they came with 4.99.6.
  static std::string file_size(std::uint64_t bytes) {
    constexpr std::uint64_t million = 1000000;
    if (bytes % million == 0) return std::to_string(bytes / million);
    return std::to_string(bytes >> 10U) + "k";
  }

  const CommandModel& model_;
  std::vector<std::string> words_;
};

std::vector<std::string> TcpdumpGrammar::print(const CommandModel& model) const {
  return Printer(model).print();
}

}  // namespace

const CommandGrammar& command_grammar() {
  static const TcpdumpGrammar grammar;
  return grammar;
}

}  // namespace anchoko::tcpdump
