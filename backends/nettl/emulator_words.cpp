#include "backends/nettl/emulator_words.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "backends/nettl/emulator_keywords.h"

namespace anchoko::nettl::emulated {
namespace {

std::unexpected<Error> wrong(const std::string& text) {
  return fail(ErrorKind::usage, text);
}

std::optional<std::uint32_t> decimal(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Parser {
 public:
  Parser(const Machine& machine, const std::vector<std::string>& words) : machine_(machine), words_(words) {}
  Result<Command> parse();

 private:
  using Step = Result<void>;
  bool at_end() const { return at_ == words_.size(); }
  // Up to the next option.
  std::vector<std::string> list();
  Result<std::string> value(const std::string& option);
  Result<std::uint32_t> number(const std::string& option, std::uint32_t least, std::uint32_t most);
  Step masks(std::string_view what);
  Step entities();
  Step traceon();
  Step trace_option(const std::string& option);
  Step size_option(const std::string& option);
  Step memory_option();
  Step old_buffer_option(const std::string& option);
  Step filter_names();
  Step check_cards();
  Step followed_by(const Keyword& keyword);
  Step status();
  Step tune(Verb verb);
  Step firmlog();
  Step take(Verb verb);
  bool knows(Verb verb) const;

  const Machine& machine_;
  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  Command command_;
};

std::vector<std::string> Parser::list() {
  std::vector<std::string> some;
  while (!at_end() && !words_[at_].starts_with('-')) some.push_back(words_[at_++]);
  return some;
}

Result<std::string> Parser::value(const std::string& option) {
  if (at_end() || words_[at_].empty() || words_[at_].starts_with('-'))
    return wrong("Missing argument to option \"" + option + "\".");
  return words_[at_++];
}

Result<std::uint32_t> Parser::number(const std::string& option, std::uint32_t least, std::uint32_t most) {
  auto text = value(option);
  if (!text) return fail(std::move(text.error()));
  const auto parsed = decimal(*text);
  if (!parsed) return wrong("Invalid number \"" + *text + "\" for option \"" + option + "\".");
  if (*parsed < least || *parsed > most)
    return wrong("Value " + *text + " for option \"" + option + "\" is out of range (" +
                 std::to_string(least) + " - " + std::to_string(most) + ").");
  return *parsed;
}

// Kinds and classes: names or masks; their sum counts.
Result<void> Parser::masks(std::string_view what) {
  const auto some = list();
  if (some.empty()) return wrong("Missing " + std::string(what) + ".");
  for (const auto& word : some) {
    const auto mask = what == "trace kind" ? parse_kind(word) : parse_class(word);
    if (!mask) return wrong("Unknown " + std::string(what) + " \"" + word + "\".");
    command_.kinds |= *mask;
  }
  return {};
}

Result<void> Parser::entities() {
  const auto some = list();
  if (some.empty()) return wrong("Missing subsystem name for option \"-entity\".");
  for (const auto& word : some) {
    if (same_word(word, "all")) {
      command_.all_entities = true;
      continue;
    }
    const auto* known = find_subsystem(machine_.subsystems, word);
    if (!known) return wrong("Unknown subsystem name \"" + word + "\".");
    command_.entities.emplace_back(known->name);
  }
  if (!command_.all_entities) return {};
  // All known ones but X.25 (reference section 1). LINKALL is a name for links that are there anyway.
  for (const auto& one : machine_.subsystems)
    if (one.holds != Holds::x25 && one.name != linkall) command_.entities.emplace_back(one.name);
  return {};
}

Result<void> Parser::traceon() {
  auto kinds_read = masks("trace kind");
  if (!kinds_read) return kinds_read;
  bool first = true;
  bool entity = false;
  std::set<std::string> seen;
  for (; !at_end(); first = false) {
    const std::string option = words_[at_++];
    if (!option.starts_with('-')) return wrong("Unexpected argument \"" + option + "\".");
    if (is_keyword(option, {"-entity", "-e"})) {
      if (entity) return wrong("Option \"" + option + "\" was given twice.");
      if (!first && machine_.entity_first) return wrong("Option \"-entity\" must follow the trace kinds.");
      entity = true;
      auto read = entities();
      if (!read) return read;
      continue;
    }
    if (!entity && machine_.entity_first) return wrong("Option \"-entity\" must follow the trace kinds.");
    auto read = trace_option(option);
    if (!read) return read;
    if (!seen.insert(upper_case(option)).second) return wrong("Option \"" + option + "\" was given twice.");
  }
  if (!entity) return wrong("Missing option \"-entity\".");
  return check_cards();
}

Result<void> Parser::check_cards() {
  const bool x25 = std::any_of(command_.entities.begin(), command_.entities.end(), [&](const auto& name) {
    return find_subsystem(machine_.subsystems, name)->holds == Holds::x25;
  });
  if (x25 && command_.cards.empty()) return wrong("Option \"-card\" is required for X.25 subsystems.");
  return {};
}

Result<void> Parser::trace_option(const std::string& option) {
  const auto& edition = machine_.edition;
  if (is_keyword(option, {"-card", "-c"})) {
    command_.cards = list();
    if (command_.cards.empty()) return wrong("Missing argument to option \"" + option + "\".");
    return {};
  }
  if (is_keyword(option, {"-file", "-f"})) {
    auto name = value(option);
    if (!name) return fail(std::move(name.error()));
    command_.file = std::move(*name);
    return {};
  }
  if (same_word(option, "-mem") && edition.has_memory_ring()) return memory_option();
  return size_option(option);
}

Result<void> Parser::size_option(const std::string& option) {
  const auto& edition = machine_.edition;
  const auto keep_in = [](std::optional<std::uint32_t>& field, Result<std::uint32_t> read) -> Result<void> {
    if (!read) return fail(std::move(read.error()));
    field = *read;
    return {};
  };
  if (same_word(option, "-m")) return keep_in(command_.keep, number(option, 0, 2000));
  if (same_word(option, "-n")) return keep_in(command_.files, number(option, machine_.least_files, 999));
  if (is_keyword(option, {"-size", "-s"})) return keep_in(command_.size, number(option, 1, 1048576));
  if (is_keyword(option, {"-tracemax", "-tm"}))
    return keep_in(command_.tracemax, number(option, edition.least_tracemax, edition.most_tracemax));
  if (is_keyword(option, {"-bind", "-b"}) && edition.has_memory_ring())
    return keep_in(command_.bind, number(option, 0, machine_.processors - 1));
  if (is_keyword(option, {"-timer", "-t"}) && edition.has_timer())
    return keep_in(command_.timer, number(option, 1, 10));
  if (edition.has_buffer_options()) return old_buffer_option(option);
  return wrong("Unknown option \"" + option + "\".");
}

// Only the 11i v1 edition of September 2005; of the long names not all are known.
Result<void> Parser::old_buffer_option(const std::string& option) {
  if (is_keyword(option, {"-us", ""})) {
    auto size = number(option, 32, 524288);
    if (!size) return fail(std::move(size.error()));
    command_.size = *size;
    return {};
  }
  if (is_keyword(option, {"-nkbufs", "-nk"}) || is_keyword(option, {"-nubufs", "-nu"})) {
    auto count = number(option, 2, 256);
    if (!count) return fail(std::move(count.error()));
    return {};
  }
  return wrong("Unknown option \"" + option + "\".");
}

Result<void> Parser::memory_option() {
  const auto amount = [&](std::string text) -> Result<std::uint32_t> {
    const bool mega = !text.empty() && (text.back() == 'M' || text.back() == 'm');
    if (mega) text.pop_back();
    const auto parsed = decimal(text);
    if (!parsed || (mega && *parsed > machine_.memory / 1024 + 1))
      return wrong("Invalid number \"" + text + "\" for option \"-mem\".");
    return mega ? *parsed * 1024 : *parsed;
  };
  const auto some = list();
  if (some.empty()) return wrong("Missing argument to option \"-mem\".");
  if (some.size() > 2) return wrong("Unexpected argument \"" + some[2] + "\".");
  auto first = amount(some[0]);
  if (!first) return fail(std::move(first.error()));
  if (*first < 8 || *first > machine_.memory / 2)
    return wrong("Value " + some[0] + " for option \"-mem\" is out of range.");
  command_.memory = *first;
  if (some.size() == 1) return {};
  auto second = amount(some[1]);
  if (!second) return fail(std::move(second.error()));
  if (*second < *first || *second > machine_.memory / 10 * 7)
    return wrong("Value " + some[1] + " for option \"-mem\" is out of range.");
  command_.most_memory = *second;
  return {};
}

Result<void> Parser::filter_names() {
  command_.words = list();
  if (command_.words.empty()) return wrong("Missing subsystem name.");
  for (auto& word : command_.words) {
    if (machine_.filter_all && same_word(word, "all")) continue;
    const auto* known = find_subsystem(machine_.subsystems, word);
    if (!known) return wrong("Unknown subsystem name \"" + word + "\".");
    if (!takes_filters(word, machine_.edition))
      return wrong("Subsystem " + std::string(known->name) + " does not support filters.");
    word = known->name;
  }
  return {};
}

bool Parser::knows(Verb verb) const {
  switch (verb) {
    case Verb::bind:
      return machine_.edition.has_memory_ring();
    case Verb::timer:
      return machine_.edition.has_timer();
    case Verb::setfilter:
    case Verb::filteron:
    case Verb::filteroff:
    case Verb::displayfilter:
    case Verb::removefilter:
      return machine_.edition.has_filters();
    default:
      return true;
  }
}

Result<void> Parser::followed_by(const Keyword& keyword) {
  if (at_end() || !is_keyword(words_[at_], keyword))
    return wrong("Missing option \"" + std::string(keyword.full) + "\".");
  ++at_;
  return {};
}

Result<void> Parser::status() {
  command_.words = list();
  if (command_.words.empty()) command_.words = {"all"};
  const auto& what = command_.words.front();
  const bool known = same_word(what, "log") || same_word(what, "trace") || same_word(what, "all");
  if (command_.words.size() > 1 || !known)
    return wrong("Unexpected argument \"" + command_.words.back() + "\".");
  return {};
}

Result<void> Parser::tune(Verb verb) {
  const std::string& option = words_[at_ - 1];
  const bool bind = verb == Verb::bind;
  auto read = bind ? number(option, 0, machine_.processors - 1) : number(option, 1, 10);
  if (!read) return fail(std::move(read.error()));
  (bind ? command_.bind : command_.timer) = *read;
  return {};
}

Result<void> Parser::firmlog() {
  auto level = number(words_[at_ - 1], 0, 2);
  if (!level) return fail(std::move(level.error()));
  if (auto option = followed_by({"-card", "-c"}); !option) return option;
  command_.words = list();
  if (command_.words.empty()) return wrong("Missing argument to option \"-card\".");
  return {};
}

Result<void> Parser::take(Verb verb) {
  const std::string& verb_word = words_[at_ - 1];
  switch (verb) {
    case Verb::start:
    case Verb::stop:
      return {};
    case Verb::status:
      return status();
    case Verb::traceon:
      return traceon();
    case Verb::log:
      if (auto read = masks("log class"); !read) return read;
      [[fallthrough]];
    case Verb::traceoff: {
      auto option = followed_by({"-entity", "-e"});
      return option ? entities() : option;
    }
    case Verb::bind:
    case Verb::timer:
      return tune(verb);
    case Verb::firmlog:
      return firmlog();
    case Verb::setfilter: {
      auto name = value(verb_word);
      if (!name) return fail(std::move(name.error()));
      command_.words = {std::move(*name)};
      return {};
    }
    case Verb::filteron:
    case Verb::filteroff:
    case Verb::displayfilter:
    case Verb::removefilter:
      return filter_names();
  }
  return {};
}

Result<Command> Parser::parse() {
  if (at_end()) return wrong("Missing option.");
  const std::string word = words_[at_++];
  const auto verb = verb_of(word);
  if (!verb || !knows(*verb)) return wrong("Unknown option \"" + word + "\".");
  command_.verb = *verb;
  auto read = take(*verb);
  if (!read) return fail(std::move(read.error()));
  if (!at_end()) return wrong("Unexpected argument \"" + words_[at_] + "\".");
  return std::move(command_);
}

}  // namespace

Result<Machine> machine_of(const lab::EmulatedHost& host) {
  auto edition = edition_of(host);
  if (!edition) return fail(std::move(edition.error()));
  Machine machine;
  machine.edition = *edition;
  machine.subsystems = subsystems_of(host, *edition);
  machine.memory = decimal(host.setting("memory").value_or("")).value_or(machine.memory);
  machine.processors = std::max(1U, decimal(host.setting("cpus").value_or("")).value_or(machine.processors));
  machine.least_files = number_of(host, "nettl-least-files", 2);
  machine.entity_first = reads(host, "nettl-entity-place", "first");
  machine.filter_all = reads(host, "nettl-filter-all", "yes");
  return machine;
}

Result<Command> parse_nettl(const Machine& machine, const std::vector<std::string>& words) {
  return Parser(machine, words).parse();
}

}  // namespace anchoko::nettl::emulated
