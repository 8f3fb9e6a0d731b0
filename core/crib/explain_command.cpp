#include "core/crib/explain_command.h"

#include <algorithm>

namespace anchoko::crib {
namespace {

std::string replace_all(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

BilingualText fill(const BilingualText& text, const std::string& what, const std::string& with) {
  return {replace_all(text.en, what, with), replace_all(text.ja, what, with)};
}

// The text for this very value, or for so many of the same letter, before the option's own.
const CribOption* entry_of(const Crib& crib, const std::string& id, const std::string& value,
                           std::size_t times) {
  if (!value.empty()) {
    if (const auto* entry = crib.option(id + " " + value)) return entry;
  }
  if (id.size() == 2 && times > 1) {
    for (std::size_t count = times; count > 1; --count) {
      if (const auto* entry = crib.option("-" + std::string(count, id[1]))) return entry;
    }
  }
  return crib.option(id);
}

// A letter out of a bundle gets its dash back.
std::string shown(const CommandToken& token, std::size_t times) {
  if (token.role != TokenRole::option) return token.text;
  if (times > 1 && token.id.size() == 2) return "-" + std::string(times, token.id[1]);
  const bool bundled = token.id.size() == 2 && token.id[1] == token.text[0];
  return bundled ? "-" + token.text : token.text;
}

const BilingualText& fixed_meaning(TokenRole role) {
  static const BilingualText program{"the capture tool", "キャプチャツール"};
  static const BilingualText end{"the options end here; what follows is the filter",
                                 "オプションはここまで。以降はフィルター"};
  static const BilingualText filter{"the filter: only packets that match it are taken",
                                    "フィルター。一致したパケットだけを取る"};
  static const BilingualText unread{"never looked at", "読まれない"};
  switch (role) {
    case TokenRole::program:
      return program;
    case TokenRole::end_of_options:
      return end;
    case TokenRole::filter:
      return filter;
    default:
      return unread;
  }
}

void add_piece(const CommandToken& token, const std::vector<CommandToken>& tokens, const Crib* tool,
               std::vector<ExplainedPiece>& pieces) {
  const bool is_option = token.role == TokenRole::option;
  std::size_t times = 1;
  if (is_option && token.value.empty()) {
    const auto same = [&](const ExplainedPiece& p) { return p.role == token.role && p.id == token.id; };
    if (std::ranges::any_of(pieces, same)) return;
    times = static_cast<std::size_t>(std::ranges::count(tokens, token.id, &CommandToken::id));
  }
  ExplainedPiece piece{token.role, token.where, shown(token, times), token.id, {}, {}, {}};
  const Crib* crib = token.role == TokenRole::prefix ? &crib_table() : tool;
  const bool in_crib = is_option || token.role == TokenRole::prefix;
  const CribOption* entry =
      in_crib && crib != nullptr ? entry_of(*crib, token.id, token.value, times) : nullptr;
  if (entry != nullptr) {
    piece.meaning = fill(entry->text, "{value}", token.value);
    piece.since = entry->since;
    piece.elsewhere = entry->elsewhere;
  } else if (!in_crib) {
    piece.meaning = fixed_meaning(token.role);
  }
  pieces.push_back(std::move(piece));
}

ExplainedProblem explain(const CommandProblem& problem, const Crib* tool) {
  ExplainedProblem result;
  result.id = problem.id;
  result.where = problem.where;
  const CribProblem* entry = tool != nullptr ? tool->problem(problem.id) : nullptr;
  if (entry == nullptr) entry = crib_table().problem(problem.id);
  if (entry == nullptr) {  // a word that no crib has: better its id than nothing
    result.text = {problem.id, problem.id};
    return result;
  }
  result.severity = entry->severity;
  result.text = entry->text;
  result.hint = entry->hint;
  for (std::size_t i = 0; i < problem.values.size(); ++i) {
    const std::string place = "{" + std::to_string(i) + "}";
    result.text = fill(result.text, place, problem.values[i]);
    result.hint = fill(result.hint, place, problem.values[i]);
  }
  if (problem.id == "filter-syntax" || problem.id == "filter-not-understood") {
    result.hint = {problem.hint, problem.hint};
  } else if (!problem.hint.empty()) {
    result.hint = {"did you mean '" + problem.hint + "'?", "'" + problem.hint + "' のことでは?"};
  } else if (problem.id == "foreign-option" && tool != nullptr) {
    if (const auto* foreign = tool->foreign_option(problem.values[0])) result.hint = foreign->text;
  }
  return result;
}

}  // namespace

bool CommandExplanation::sound() const {
  return std::ranges::none_of(problems, [](const auto& p) { return p.severity == Severity::error; });
}

CommandExplanation explain_command(const UnderstoodCommand& understood) {
  const NativeCommand& command = understood.command;
  CommandExplanation result;
  result.line = command.text.line;
  const CommandGrammar* grammar = nullptr;
  const Crib* tool = nullptr;
  if (understood.backend != nullptr) {
    result.tool = understood.backend->info().name;
    grammar = understood.backend->command_grammar();
    tool = &grammar->crib();
  }
  for (const auto& token : command.tokens) add_piece(token, command.tokens, tool, result.pieces);
  for (const auto& problem : command.problems) result.problems.push_back(explain(problem, tool));
  if (grammar == nullptr) return result;
  for (const auto& id : grammar->notable_absences(command)) {
    const CribOption* entry = tool->option(id);
    if (entry != nullptr && !entry->when_absent.empty())
      result.absent.push_back({TokenRole::option, {}, id, id, entry->when_absent, entry->since, {}});
  }
  for (const auto& id : command.hazards) {
    if (const Hazard* hazard = tool->hazard(id)) result.hazards.push_back(*hazard);
  }
  if (!command.model.filter_text.empty() && command.filter)
    result.filter = explain_filter(command.filter,
                                   grammar->speaks_pcap_filter() ? command.model.filter_text : std::string());
  // Surprises of pcap-filter's words surprise nobody who wrote others.
  if (result.filter && !grammar->speaks_pcap_filter()) result.filter->notes.clear();
  result.summary = summarize(command.model, understood.backend->capabilities().native_format);
  if (result.sound()) result.equivalent = grammar->print(command.model);
  return result;
}

std::vector<Diagnostic> diagnostics(const CommandExplanation& explanation, bool japanese) {
  std::vector<Diagnostic> result;
  const bool sound = explanation.sound();
  for (const auto& problem : explanation.problems) {
    if (!sound && problem.severity != Severity::error) continue;  // first things first
    Diagnostic d;
    d.severity = problem.severity;
    d.source = "command";
    d.line = 1;
    d.column = problem.where.begin + 1;
    d.length = std::max(problem.where.end - problem.where.begin, 1U);
    d.excerpt = explanation.line;
    d.message = problem.text.in(japanese);
    d.hint = problem.hint.in(japanese);
    result.push_back(std::move(d));
  }
  return result;
}

}  // namespace anchoko::crib
