#include "config/parameter_reader.h"

#include <algorithm>

#include "config/parameter_value.h"
#include "config/schema.h"
#include "config/table_reader.h"
#include "config/words.h"

namespace anchoko::config {
namespace {

class ParameterReader : private TableReader {
 public:
  ParameterReader(const Document& document, std::vector<Problem>& problems)
      : TableReader(document, problems) {}

  void read(const Member& parameters, Profile& profile) {
    if (!expect_table(parameters, "[parameters.NAME]")) return;
    for (const Member& member : parameters.value.members) {
      if (!is_parameter_name(member.key)) {
        report(member.key_span, in_quotes(member.key) + " is not the name of a parameter",
               "a letter, then letters, digits and _, at most 32");
      } else if (expect_table(member, "[parameters." + member.key + "]")) {
        profile.parameters.push_back(read_one(member));
      }
    }
  }

 private:
  Parameter read_one(const Member& table) {
    Parameter parameter;
    parameter.name = table.key;
    parameter.place = document_.place(table.key_span);
    const std::size_t problems_before = problems_.size();
    for (const Member& member : table.value.members) {
      if (member.key == "type") {
        read_type(member, parameter);
      } else if (member.key == "default") {
        read_preset(member, parameter);
      } else if (member.key == "help") {
        read_help(member, parameter);
      } else if (member.key == "allowed") {
        read_allowed(member, parameter);
      } else if (member.key == "narrow") {
        read_narrow(member, parameter);
      } else {
        report(member.key_span, "unknown key " + in_quotes(member.key) + " in [parameters." + table.key + "]",
               suggestion(member.key, key_names(), "keys here"));
      }
    }
    parameter.misread = problems_.size() > problems_before;
    return parameter;
  }

  static std::vector<std::string> key_names() {
    std::vector<std::string> names;
    for (const ParameterKey& key : parameter_keys()) names.push_back(key.key);
    return names;
  }
  static const std::string& example(const Member& member) {
    return std::ranges::find(parameter_keys(), member.key, &ParameterKey::key)->example;
  }

  void read_type(const Member& member, Parameter& parameter) {
    if (member.value.kind != ValueKind::string)
      return report_type(member, one_of(parameter_types()), example(member));
    const auto found = std::ranges::find(parameter_types(), member.value.text);
    if (found == parameter_types().end()) {
      return report(member.value.span, "there is no type " + in_quotes(member.value.text),
                    suggestion(member.value.text, parameter_types(), "types"));
    }
    parameter.type = located(member, static_cast<ParameterType>(found - parameter_types().begin()));
  }

  void read_preset(const Member& member, Parameter& parameter) {
    if (member.value.kind == ValueKind::integer) {
      parameter.preset = located(member, std::to_string(member.value.integer));
    } else if (member.value.kind != ValueKind::string) {
      report_type(member, "a string or an integer", example(member));
    } else if (check_text(member.key, member.value)) {
      parameter.preset = located(member, member.value.text);
    }
  }

  void read_help(const Member& member, Parameter& parameter) {
    if (member.value.kind != ValueKind::string) return report_type(member, "a string", example(member));
    if (check_text(member.key, member.value)) parameter.help = located(member, member.value.text);
  }

  void read_allowed(const Member& member, Parameter& parameter) {
    if (member.value.kind != ValueKind::array)
      return report_type(member, "an array of strings", example(member));
    if (member.value.items.empty()) return report(member.value.span, "allowed must not be empty");
    auto words = texts(member);
    if (!words) return;
    for (std::size_t i = 0; i < words->size(); ++i) {
      const auto at = words->begin() + static_cast<std::ptrdiff_t>(i);
      const Span& span = member.value.items[i].span;
      if (auto checked = check_choice_word(*at); !checked)
        return report(span, checked.error().message, checked.error().hint);
      if (std::find(words->begin(), at, *at) != at) return report(span, in_quotes(*at) + " is there twice");
    }
    parameter.allowed = located(member, std::move(*words));
  }

  void read_narrow(const Member& member, Parameter& parameter) {
    if (!check_filter(member, example(member))) return;
    parameter.narrow_written = document_.written_text(member.value);
    // In a text mended line by line a string can come out that nobody wrote.
    if (parameter.narrow_written.runs.empty() && !document_.problems.empty()) return;
    parameter.narrow = located(member, member.value.text);
  }
};

}  // namespace

void read_parameters(const Document& document, const Member& parameters, Profile& profile,
                     std::vector<Problem>& problems) {
  ParameterReader(document, problems).read(parameters, profile);
}

}  // namespace anchoko::config
