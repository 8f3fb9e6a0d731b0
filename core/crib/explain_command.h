// A native command line explained: what each piece does, what comes out and how it ends, what is wrong or
// dangerous.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/backend/native_command.h"
#include "core/backend/understand.h"
#include "core/base/json.h"
#include "core/crib/explain_filter.h"

namespace anchoko::crib {

// What is said of every tool's command lines; generated from common.toml.
const Crib& crib_table();

struct ExplainedPiece {
  TokenRole role = TokenRole::option;
  TextRange where;
  std::string text;  // "-i eth0"; the same letter several times is one piece: "-vvv"
  std::string id;
  BilingualText meaning;
  std::string since;
  std::vector<CribElsewhere> elsewhere;
};

struct ExplainedProblem {
  std::string id;
  Severity severity = Severity::error;
  TextRange where;
  BilingualText text;
  BilingualText hint;
};

struct CommandExplanation {
  std::string tool;  // name of the backend; empty: none
  std::string line;
  std::vector<ExplainedPiece> pieces;
  std::vector<ExplainedPiece> absent;  // options that are not there
  std::optional<FilterExplanation> filter;
  BilingualText summary;
  std::vector<ExplainedProblem> problems;
  std::vector<Hazard> hazards;
  std::vector<std::string> equivalent;  // the same command in a canonical form
  bool sound() const;                   // no problem is an error
};

CommandExplanation explain_command(const UnderstoodCommand& understood);

// In one sentence: what is taken, where it goes, what ends it.
// `format` is what the tool writes: "pcap".
BilingualText summarize(const CommandModel& model, const std::string& format);

// The problems as located messages in one language; where there are errors, only those.
std::vector<Diagnostic> diagnostics(const CommandExplanation& explanation, bool japanese);

Json to_json(const CommandExplanation& explanation, const CommandModel& model);

}  // namespace anchoko::crib
