#include "core/plan/limit_answers.h"

#include <algorithm>
#include <functional>
#include <sstream>
#include <utility>

#include "core/filter/parser.h"
#include "core/plan/planner.h"

namespace anchoko::plan {
namespace {

constexpr const char* first_interface = "net0";
constexpr const char* second_interface = "net1";
constexpr std::uint32_t asked_snaplen = 96;

struct Question {
  const char* limit;
  const char* asked;
  std::function<void(SessionSpec&)> ask;
};

SessionSpec usual_spec() {
  SessionSpec spec;
  spec.limits.duration = std::chrono::seconds(60);
  spec.limits.max_size = 100 << 20;
  return spec;
}

void ask_for_packets(SessionSpec& spec, const char* filter) {
  spec.limits.packets = 1000;
  if (const auto tree = filter::parse(filter)) spec.filter = *tree;
}

const std::vector<Question>& questions() {
  static const std::vector<Question> all{
      {"duration", "60 s", [](SessionSpec&) {}},
      {"max_size", "100 MiB in one file", [](SessionSpec&) {}},
      {"files", "a ring of 2", [](SessionSpec& spec) { spec.limits.files = 2; }},
      {"files", "a ring of 5", [](SessionSpec& spec) { spec.limits.files = 5; }},
      {"packets", "1000, without a filter", [](SessionSpec& spec) { ask_for_packets(spec, ""); }},
      {"packets", "1000 of tcp port 80", [](SessionSpec& spec) { ask_for_packets(spec, "tcp port 80"); }},
      {"min_free", "1 GiB", [](SessionSpec&) {}},
      {"snaplen", "96 bytes", [](SessionSpec& spec) { spec.snaplen = asked_snaplen; }},
      {"direction", "in", [](SessionSpec& spec) { spec.direction = CaptureDirection::in; }},
      {"promiscuous", "on", [](SessionSpec& spec) { spec.promiscuous = true; }},
      {"interface", "one by name",
       [](SessionSpec& spec) {
         spec.interface_choice = InterfaceChoice::named;
         spec.interfaces = {first_interface};
       }},
      {"interface", "any", [](SessionSpec& spec) { spec.interface_choice = InterfaceChoice::any; }},
      {"interface", "a list of 2",
       [](SessionSpec& spec) {
         spec.interface_choice = InterfaceChoice::named;
         spec.interfaces = {first_interface, second_interface};
       }},
  };
  return all;
}

HostFacts usual_facts(const Backend& backend) {
  HostFacts facts = backend.assumed_facts();
  facts.interfaces.clear();
  for (const char* name : {first_interface, second_interface}) {
    HostInterface interface;
    interface.name = name;
    interface.up = true;
    interface.is_default = name == first_interface;
    interface.link_type = "EN10MB";
    interface.driver = std::string("DRIVER_") + name;
    facts.interfaces.push_back(interface);
  }
  return facts;
}

// The command's words as they belong together; `split`: each by itself, also those within a word.
std::vector<std::string> parts_of(const CapturePlan& plan, bool split) {
  std::vector<std::string> parts;
  const PlanStep* start = plan.step(StepKind::start);
  if (!start) return parts;
  for (const auto& part : start->command) {
    std::string text;
    for (const auto& word : part.words) text += (text.empty() ? "" : " ") + word;
    std::istringstream pieces(text);
    if (!split) parts.push_back(text);
    for (std::string piece; split && pieces >> piece;) parts.push_back(piece);
  }
  return parts;
}

bool has_nested_words(const CapturePlan& plan) {
  const PlanStep* start = plan.step(StepKind::start);
  return start && std::ranges::any_of(start->command, [](const ExplainedWords& part) {
           return std::ranges::any_of(part.words,
                                      [](const auto& word) { return word.find(' ') != std::string::npos; });
         });
}

// What the native command says in answer to a wish, against the command without it.
std::string told_by(const CapturePlan& plan, const CapturePlan& usual) {
  // A command within a word, as behind `startsrc -a`: its own words tell.
  const bool split = has_nested_words(plan) || has_nested_words(usual);
  const auto with = parts_of(plan, split), without = parts_of(usual, split);
  std::string told;
  const auto add = [&](const char* before, const std::string& text) {
    told += std::string(told.empty() ? "" : ", ") + before + "`" + text + "`";
  };
  for (const auto& text : with)
    if (std::ranges::find(without, text) == without.end()) add("", text);
  for (const auto& text : without)
    if (std::ranges::find(with, text) == with.end()) add("without ", text);
  return told.empty() ? "as it always does" : told;
}

LimitAnswer answer(const Backend& backend, const Question& question, const CapturePlan* usual) {
  LimitAnswer result{question.limit, question.asked, LimitKeeping::refused, {}};
  SessionSpec spec = usual_spec();
  question.ask(spec);
  const auto plan = make_plan(backend, spec, usual_facts(backend), new_session_id(1, 1));
  if (!plan) {
    result.how = plan.error().message;
    return result;
  }
  if (result.limit == "snaplen") {
    const bool native = plan->native_snaplen == asked_snaplen;
    result.keeping = native ? LimitKeeping::native : LimitKeeping::kept;
    result.how = native && usual ? told_by(*plan, *usual) : "by conversion";
    return result;
  }
  const auto kept =
      std::ranges::find_if(plan->limits, [&](const LimitPlan& one) { return one.limit == result.limit; });
  if (kept != plan->limits.end()) {
    result.keeping = kept->keeping;
    result.how = kept->how;
  } else if (usual && result.limit != "duration" && result.limit != "max_size") {
    result.keeping = LimitKeeping::native;
    result.how = told_by(*plan, *usual);
  } else {
    result.how = "nothing is said about it";
  }
  return result;
}

}  // namespace

std::vector<LimitAnswer> limit_answers(const Backend& backend) {
  const auto usual = make_plan(backend, usual_spec(), usual_facts(backend), new_session_id(1, 1));
  std::vector<LimitAnswer> answers;
  for (const auto& question : questions())
    answers.push_back(answer(backend, question, usual ? &*usual : nullptr));
  return answers;
}

}  // namespace anchoko::plan
