// What nettl's options ask for, and what is wrong with them (reference: sections 1, 3, 5 and 7).
#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include "backends/nettl/command.h"
#include "core/backend/option_uses.h"
#include "core/base/diagnostic.h"

namespace anchoko::nettl {
namespace {

std::string upper(std::string word) {
  for (char& c : word) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return word;
}

std::optional<std::uint64_t> read_number(const std::string& text, std::uint64_t least, std::uint64_t most) {
  const bool digits = !text.empty() && text.size() <= 12 &&
                      std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return std::nullopt;
  const std::uint64_t value = std::strtoull(text.c_str(), nullptr, 10);
  return value >= least && value <= most ? std::optional(value) : std::nullopt;
}

struct Kind {
  const char* name;
  std::uint32_t mask;
};
constexpr Kind kinds[] = {{"HDRIN", 0x80000000},  {"HDROUT", 0x40000000},  {"PDUIN", 0x20000000},
                          {"PDUOUT", 0x10000000}, {"PROC", 0x08000000},    {"STATE", 0x04000000},
                          {"ERROR", 0x02000000},  {"LOGGING", 0x01000000}, {"LOOPBACK", 0x00800000},
                          {"ALL", 0xffffffff}};
constexpr std::uint32_t headers_in = 0x80000000;
constexpr std::uint32_t headers_out = 0x40000000;
constexpr std::uint32_t packets_in = 0x20000000;
constexpr std::uint32_t packets_out = 0x10000000;

// A keyword, or a mask as 0x….
std::optional<std::uint32_t> read_kind(const std::string& word) {
  const std::string name = upper(word);
  for (const auto& kind : kinds) {
    if (name == kind.name) return kind.mask;
  }
  const std::string digits = name.starts_with("0X") ? name.substr(2) : std::string();
  const bool hex = !digits.empty() && digits.size() <= 8 &&
                   digits.find_first_not_of("0123456789ABCDEF") == std::string::npos;
  if (!hex) return std::nullopt;
  return static_cast<std::uint32_t>(std::strtoul(digits.c_str(), nullptr, 16));
}

// Default and bounds of -tracemax, the KB of any two files: 11i v1 of 2005 goes beyond what all others allow.
constexpr std::uint64_t usual_kb_of_two = 1000;
constexpr std::uint64_t least_kb_of_two = 100;
constexpr std::uint64_t most_kb_of_two = 99999;
constexpr std::uint64_t most_kb_of_two_2005 = 1048576;
constexpr std::uint64_t usual_files = 2;
constexpr std::uint64_t most_bytes_of_record = 2000;

class Values {
 public:
  Values(NativeCommand& command, TextRange program)
      : command_(command), model_(command.model), program_(program) {}

  void apply(const std::vector<WordUse>& uses) {
    model_.promiscuous = false;
    for (const auto& use : uses) one(use);
    sort_by_table(model_.other, command_grammar().options());
    action();
  }

 private:
  struct Given {
    TextRange where;
    std::vector<const CommandWord*> values;
  };

  void problem(const char* id, TextRange where, std::vector<std::string> values = {}, std::string hint = {}) {
    command_.problems.push_back({id, where, std::move(values), std::move(hint)});
  }

  void one(const WordUse& use) {
    const std::string& id = use.option->spec.id;
    Given given{use.where, {}};
    std::string value;
    for (const std::size_t index : use.values) {
      const CommandWord& word = command_.text.words[index];
      given.values.push_back(&word);
      value += (value.empty() ? "" : " ") + word.text;
    }
    if (given_.contains(id)) problem("repeated", use.where, {id});
    given_[id] = std::move(given);
    std::erase_if(model_.other, [&](const OptionUse& other) { return other.id == id; });
    model_.other.push_back({id, value});
    const std::string own = command_.text.line.substr(use.where.begin, use.where.end - use.where.begin);
    command_.tokens.push_back({TokenRole::option, use.where, own, id, value});
    if (!use.option->is_action) return;
    if (!action_.empty() && action_ != id) problem("two-actions", use.where, {action_, id});
    action_ = id;
  }

  const Given* given(const char* id) const {
    const auto found = given_.find(id);
    return found == given_.end() ? nullptr : &found->second;
  }

  // The number behind an option; absent: not given, or not one.
  std::optional<std::uint64_t> number(const char* id, std::uint64_t least, std::uint64_t most) {
    const Given* option = given(id);
    if (option == nullptr) return std::nullopt;
    const CommandWord& word = *option->values.front();
    const auto value = read_number(word.text, least, most);
    if (!value)
      problem("bad-number", word.range(), {id, word.text, std::to_string(least), std::to_string(most)});
    return value;
  }

  // Otherwise the word that was not may be the action.
  bool all_was_understood() const {
    return std::ranges::none_of(command_.problems, [](const auto& one) {
      return one.id == "unknown-option" || one.id == "foreign-option" || one.id == "missing-value" ||
             one.id == "extra-word";
    });
  }

  void check_every_action() {
    number("-timer", 1, 10);
    number("-nkbufs", 2, 256);
    number("-us", 32, 524288);
    number("-bind", 0, 9999);
    if (const Given* level = given("-firmlog")) {
      number("-firmlog", 0, 2);
      if (given("-card") == nullptr) problem("no-card", level->where, {"-firmlog"});
    }
  }

  void action() {
    if (action_.empty() && (given("-bind") != nullptr || given("-timer") != nullptr)) action_ = "-bind";
    if (action_.empty() && all_was_understood()) problem("no-action", program_);
    check_every_action();
    if (action_ == "-traceon") {
      capture();
      return;
    }
    model_.activity = action_ == "-traceoff"                                ? CommandActivity::stop_capture
                      : action_ == "-status" || action_ == "-displayfilter" ? CommandActivity::show_status
                                                                            : CommandActivity::set_up;
    if (action_ == "-status") status();
    if (action_ == "-stop") problem("stop-ends-logging", given("-stop")->where);
    if (action_ == "-traceoff") traceoff();
    if (action_ == "-log") (void)entity();
    if (action_ == "-setfilter" || action_ == "-filteron" || action_ == "-filteroff" ||
        action_ == "-removefilter")
      problem("filters-are-everybodys", given(action_.c_str())->where);
    if (action_ == "-stop") command_.hazards.emplace_back("nettl-stop-ends-logging");
  }

  void status() {
    const Given& option = given_.at("-status");
    if (option.values.empty()) return;
    const CommandWord& word = *option.values.front();
    const std::string name = upper(word.text);
    if (name != "LOG" && name != "TRACE" && name != "ALL") problem("bad-status", word.range(), {word.text});
  }

  // The subsystems; null: not given.
  const Given* entity() {
    const Given* option = given("-entity");
    if (option == nullptr) problem("no-entity", program_, {action_});
    return option;
  }

  static bool names_all(const Given& option) {
    return std::ranges::any_of(option.values, [](const auto* word) { return upper(word->text) == "ALL"; });
  }

  void traceoff() {
    const Given* option = entity();
    if (option == nullptr) return;
    if (names_all(*option)) problem("ends-others", option->where);
    model_.interface = joined(*option);
  }

  static std::string joined(const Given& option) {
    std::string text;
    for (const auto* word : option.values) text += (text.empty() ? "" : " ") + upper(word->text);
    return text;
  }

  void capture() {
    const Given* subsystems = entity();
    if (subsystems != nullptr) {
      model_.interface = joined(*subsystems);
      model_.ended_by = "nettl -traceoff -entity " + model_.interface;
      if (names_all(*subsystems)) {
        problem("copies-of-layers", subsystems->where);
        model_.interface = "any";
      } else if (model_.interface == "LINKALL") {
        model_.interface = "any";
      }
    }
    check_card(subsystems);
    kinds_traced();
    file();
    sizes();
    if (model_.ends_after.count() > 0) {
      const auto prefix = std::ranges::find(command_.tokens, TokenRole::prefix, &CommandToken::role);
      problem("timeout-ends-nothing", prefix->where, {model_.ended_by});
      model_.ends_after = {};
    }
    auto& hazards = command_.hazards;
    hazards.emplace_back("nettl-one-trace");
    if (!model_.write_file.empty() && model_.write_file != "-") {
      hazards.emplace_back("nettl-appends");
      hazards.emplace_back("nettl-ring");
    }
    if (subsystems != nullptr && subsystems->values.size() + (names_all(*subsystems) ? 1 : 0) > 1)
      hazards.emplace_back("nettl-layers");
  }

  void check_card(const Given* subsystems) {
    if (const Given* card = given("-card")) {
      problem("card-is-for-x25", card->where);
      return;
    }
    if (subsystems == nullptr) return;
    for (const auto* word : subsystems->values) {
      if (upper(word->text).starts_with("SX25L")) problem("no-card", word->range(), {word->text});
    }
  }

  void kinds_traced() {
    const Given& option = given_.at("-traceon");
    std::uint32_t all = 0;
    bool sound = true;
    for (const auto* word : option.values) {
      const auto mask = read_kind(word->text);
      if (!mask) {
        std::vector<std::string> names;
        for (const auto& kind : kinds) names.emplace_back(kind.name);
        problem("bad-kind", word->range(), {word->text}, did_you_mean(upper(word->text), names));
        sound = false;
      }
      all |= mask.value_or(0);
    }
    if (!sound) return;
    const bool in = (all & packets_in) != 0;
    const bool out = (all & packets_out) != 0;
    if (!in && !out) {
      const bool headers = (all & (headers_in | headers_out)) != 0;
      problem(headers ? "headers-only" : "no-packets", option.where);
    } else if (in != out) {
      model_.direction = in ? CaptureDirection::in : CaptureDirection::out;
    }
  }

  void file() {
    const Given* option = given("-file");
    if (option == nullptr) {
      model_.write_file = "-";
      problem("to-standard-output", program_);
      return;
    }
    const std::string& name = option->values.front()->text;
    model_.write_file = name;
    const auto suffix = name.rfind(".TRC");
    const bool has_stem = suffix != std::string::npos && suffix > 0 && name[suffix - 1] != '/';
    if (has_stem && name.find_first_not_of("0123456789", suffix + 4) == std::string::npos)
      problem("suffix-is-added", option->values.front()->range(), {name, name.substr(0, suffix)});
  }

  void sizes() {
    if (const auto bytes = number("-m", 0, most_bytes_of_record); bytes && *bytes > 0)
      model_.snaplen = static_cast<std::uint32_t>(*bytes);
    const auto kb = number("-tracemax", least_kb_of_two, most_kb_of_two_2005);
    const auto files = number("-n", 2, 999);
    if (kb && *kb > most_kb_of_two) problem("old-bound", given("-tracemax")->where);
    if (model_.write_file != "-") {
      model_.rotation.bytes = kb.value_or(usual_kb_of_two) * 1024 / 2;
      model_.rotation.files = files.value_or(usual_files);
      if (given("-tracemax") == nullptr) problem("small-ring", program_);
    }
    if (const Given* size = given("-size")) {
      number("-size", 1, 1048576);
      problem("size-is-ignored", size->where);
    }
    if (const Given* memory = given("-mem")) {
      for (const auto* word : memory->values) mem(*word);
    }
  }

  // KB, or with an M behind it megabytes.
  void mem(const CommandWord& word) {
    const bool mega = word.text.ends_with('M') || word.text.ends_with('m');
    const auto value = read_number(mega ? word.text.substr(0, word.text.size() - 1) : word.text, mega ? 1 : 8,
                                   mega ? 4194303 : 0xffffffff);
    if (!value) problem("bad-memory", word.range(), {word.text});
    if (model_.buffer_kib == 0)
      model_.buffer_kib = static_cast<std::uint32_t>(value.value_or(0) * (mega ? 1024 : 1));
  }

  NativeCommand& command_;
  CommandModel& model_;
  TextRange program_;
  std::map<std::string, Given> given_;
  std::string action_;
};

}  // namespace

void apply_words(NativeCommand& command, const std::vector<WordUse>& uses, TextRange program) {
  Values(command, program).apply(uses);
}

}  // namespace anchoko::nettl
